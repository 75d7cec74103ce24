/* Filling in and calling what operations.def lists. */
#include "support/operations.h"

#include "base/encoding.h"
#include "base/random.h"
#include "support/expect.h"

static const struct operation operations[] = {
#define OPERATION(operation_name, operation_query, operation_body, ...) \
    {.name = #operation_name, .query = (operation_query), .body = (operation_body), .statuses = __VA_ARGS__},
#include "support/operations.def"
#undef OPERATION
};

const struct operation *operation_of(const struct endpoint *row)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, row->name) == 0) {
            return &operations[i];
        }
    }
    fail_msg("tests/support/operations.def does not say what each role is answered by %s", row->name);
    return NULL;
}

/* Something to learn, and a champion. */
static void add_learning(struct world *world, struct tenant *tenant)
{
    tenant->course_id = world_sql(
        world, "INSERT INTO courses (name, versions_count) VALUES ('Course', 1) RETURNING id", NULL);
    tenant->version_id = world_sql(world,
                                   "INSERT INTO course_versions (course_id, number, title) VALUES ($1::uuid, "
                                   "1, 'First') RETURNING id",
                                   tenant->course_id, NULL);
    tenant->category_id = world_sql(world,
                                    "INSERT INTO training_categories (organization_id, name) VALUES "
                                    "($1::uuid, 'Category') RETURNING id",
                                    tenant->organization_id, NULL);
    world_sql(world, "INSERT INTO champion_certifications (user_id, date) VALUES ($1::uuid, '2019-05-01')",
              tenant->member.user_id, NULL);
}

/* A film that was made ready. */
static void add_film(struct world *world, struct tenant *tenant)
{
    tenant->film_id = world_sql(world,
                                "INSERT INTO media_conversions (video_source_path, video_output_path, "
                                "thumbnail_output_path, transcoder, finished_at) VALUES ('s3://films/a.mp4', "
                                "'s3://films/streams/a/1/master.m3u8', 's3://films/streams/a/1/poster.jpg', "
                                "'builtin', now()) RETURNING id",
                                NULL);
}

static void add_practice(struct world *world, struct tenant *tenant)
{
    tenant->lesson_id = world_sql(
        world, "INSERT INTO courses (name, basics, versions_count) VALUES ('Lesson', true, 1) RETURNING id",
        NULL);
    world_sql(world,
              "WITH version AS (INSERT INTO course_versions (course_id, number, status, title, published_at) "
              "VALUES ($1::uuid, 1, 'published', 'First', now()) RETURNING id, course_id) UPDATE courses SET "
              "published_version_id = version.id FROM version WHERE courses.id = version.course_id",
              tenant->lesson_id, NULL);
    tenant->refinement_id = world_sql(world,
                                      "INSERT INTO refinements (organization_id, team_id, starts_on, "
                                      "ends_on) VALUES ($1::uuid, $2::uuid, '2019-05-01', '2019-05-31') "
                                      "RETURNING id",
                                      tenant->organization_id, tenant->team_id, NULL);
}

enum api role_api(enum role role)
{
    return role >= DELETING_KEY ? API_MOODWORK : role >= CREATOR ? API_MOAB : API_WORKLETE;
}

int expected_status(const struct endpoint *row, enum role role)
{
    enum api api = row->api == API_SERVER ? API_WORKLETE : row->api;
    bool foreign = role_api(role) != api;
    return operation_of(row)->statuses[!foreign ? role : row->session_optional ? ENDED : NOBODY];
}

enum role admin_role(const struct endpoint *row)
{
    return row->api == API_MOODWORK ? DELETING_KEY : row->api == API_MOAB ? CREATOR : ORGANIZATION_ADMIN;
}

struct presented presented_by(struct world *world, const struct endpoint *row, const struct person *person)
{
    switch (row->api) {
    case API_MOODWORK:
        return (struct presented){
            .authorization = bearer(world, make_api_key(world, person->organization_id, "users:delete"))};
    case API_MOAB:
        return (struct presented){.authorization = bearer(world, make_security_token(world, person))};
    default:
        return (struct presented){.session = &person->session};
    }
}

struct tenant make_tenant(struct world *world, const char *name)
{
    struct tenant tenant = {.organization_id = make_organization(world, name)};
    tenant.team_id = make_team(world, tenant.organization_id, name);
    const char *const options[] = {"--team", tenant.team_id, NULL};
    const char *code = make_invitation(world, tenant.organization_id, "Mary", options);
    tenant.member = join_with(world, tenant.organization_id, code, "Mary");
    tenant.colleague = make_member(world, tenant.organization_id, "Cora");
    tenant.team_admin = make_member(world, tenant.organization_id, "Tess");
    tenant.organization_admin = make_admin(world, tenant.organization_id, "Olaf");
    tenant.code = make_invitation(world, tenant.organization_id, "Ivy", options);
    world_sql(world,
              "INSERT INTO team_admins (team_id, membership_id, organization_id) VALUES ($1::uuid, $2::uuid, "
              "$3::uuid)",
              tenant.team_id, tenant.team_admin.membership_id, tenant.organization_id, NULL);
    add_learning(world, &tenant);
    add_practice(world, &tenant);
    add_film(world, &tenant);
    return tenant;
}

bool is_id(const char *name)
{
    size_t length = strlen(name);
    return strcmp(name, "id") == 0 || (length > 3 && strcmp(name + length - 3, "_id") == 0) ||
           (length > 7 && strcmp(name + length - 7, "_number") == 0);
}

/* {id} is that of the thing which the path is about. */
static const char *plain_id(const struct endpoint *row, const struct tenant *tenant)
{
    if (strncmp(row->path, "/users/", 7) == 0) {
        return tenant->member.user_id;
    }
    if (strncmp(row->path, "/worklete_admin/courses/", 24) == 0) {
        return tenant->course_id;
    }
    if (strncmp(row->path, "/worklete_admin/media_converter/", 32) == 0) {
        return tenant->film_id;
    }
    fail_msg("the tests know no {id} of %s", row->path);
    return "";
}

/* A thing made just for this call, where the call uses it up; NULL where it does not. */
static const char *spent_thing(struct world *world, const struct endpoint *row, const char *name,
                               const struct tenant *tenant)
{
    if (strcmp(row->name, "delete_team") == 0 && strcmp(name, "team_id") == 0) {
        return make_team(world, tenant->organization_id, make_name(world, "Short-lived "));
    }
    if (strcmp(row->name, "accept_invitation") == 0 && strcmp(name, "code") == 0) {
        const char *organization = make_organization(world, make_name(world, "One more "));
        return make_invitation(world, organization, "Guest", NULL);
    }
    if (strcmp(row->name, "remove_team_admin") == 0 && strcmp(name, "admin_id") == 0) {
        struct person admin = make_member(world, tenant->organization_id, "Adam");
        world_sql(world,
                  "INSERT INTO team_admins (team_id, membership_id, organization_id) VALUES ($1::uuid, "
                  "$2::uuid, $3::uuid)",
                  tenant->team_id, admin.membership_id, tenant->organization_id, NULL);
        return admin.membership_id;
    }
    if (strncmp(row->name, "delete_champion_certification", 29) == 0 && strcmp(name, "id") == 0) {
        return world_sql(
            world,
            "INSERT INTO champion_certifications (user_id, date) VALUES ($1::uuid, "
            "'2019-05-01') ON CONFLICT (user_id) DO UPDATE SET date = excluded.date RETURNING id",
            tenant->colleague.user_id, NULL);
    }
    if (strcmp(row->name, "moab_delete_user") == 0 && strcmp(name, "user_number") == 0) {
        struct person leaver = make_member(world, tenant->organization_id, "Lea");
        return number_of(world, &leaver);
    }
    if (strcmp(name, "group_number") == 0) {
        return make_group(world, tenant->organization_id, "Group ");
    }
    if (strcmp(name, "leaver_email") == 0) {
        return make_invited_address(world, tenant->organization_id);
    }
    return NULL;
}

const char *tenant_thing(struct world *world, const struct endpoint *row, const char *name,
                         const void *argument)
{
    const struct tenant *tenant = argument;
    const char *spent = spent_thing(world, row, name, tenant);
    const struct {
        const char *name;
        const char *value;
    } things[] = {
        {"organization_id", tenant->organization_id},
        {"team_id", tenant->team_id},
        {"user_id", tenant->member.user_id},
        {"membership_id", tenant->member.membership_id},
        {"admin_id", tenant->team_admin.membership_id},
        {"code", tenant->code},
        {"course_id", strncmp(row->path, "/player/", 8) == 0 ? tenant->lesson_id : tenant->course_id},
        {"refinement_id", tenant->refinement_id},
        {"version_id", tenant->version_id},
        {"training_category_id", tenant->category_id},
        {"colleague_id", tenant->colleague.user_id},
        {"username", tenant->member.username},
        {"email", tenant->member.email},
        {"password", tenant->member.password},
    };
    if (spent != NULL) {
        return spent;
    }
    for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
        if (strcmp(things[i].name, name) == 0) {
            return things[i].value;
        }
    }
    if (strcmp(name, "invitation_id") == 0) {
        return world_sql(world, "SELECT id::text FROM invitations WHERE invite_code = $1", tenant->code,
                         NULL);
    }
    if (strcmp(name, "upload_id") == 0) {
        return world_sql(world,
                         "INSERT INTO uploads (organization_id, key, expires_at) VALUES ($1::uuid, "
                         "gen_random_uuid(), now() + interval '1 hour') RETURNING id",
                         tenant->organization_id, NULL);
    }
    if (strcmp(name, "user_number") == 0) {
        return number_of(world, &tenant->member);
    }
    if (strcmp(name, "new_name") == 0) {
        return make_name(world, "New.name.");
    }
    if (strcmp(name, "new_code") == 0) {
        return make_invitation(world, tenant->organization_id, "New", NULL);
    }
    if (strcmp(name, "id") == 0) {
        return plain_id(row, tenant);
    }
    fail_msg("the tests know no {%s}, which %s needs", name, row->name);
    return "";
}

const char *fill(struct world *world, const char *text, const struct endpoint *row, find_thing *find,
                 const void *argument)
{
    const char *filled = "";
    const char *open = strchr(text, '{');
    while (open != NULL) {
        size_t length = strspn(open + 1, "abcdefghijklmnopqrstuvwxyz_");
        bool name = length > 0 && open[length + 1] == '}';
        const char *key = world_print(world, "%.*s", (int)length, open + 1);
        filled = world_print(world, "%s%.*s%s", filled, (int)(open - text), text,
                             name ? find(world, row, key, argument) : "{");
        text = open + (name ? length + 2 : 1);
        open = strchr(text, '{');
    }
    return world_print(world, "%s%s", filled, text);
}

struct answer *call_operation_by(struct world *world, const struct endpoint *row, struct presented presented,
                                 const char *body, find_thing *find, const void *argument)
{
    const struct operation *operation = operation_of(row);
    const char *path = world_print(world, "%s%s%s", api_base(row->api), row->path, operation->query);
    const char *template = body != NULL ? body : operation->body;
    return CALL(world, .method = method_name(row->method), .path = fill(world, path, row, find, argument),
                .session = presented.session,
                .body = template != NULL ? fill(world, template, row, find, argument) : NULL,
                .headers = {"X-Request-Id: same", presented.authorization});
}

struct answer *call_operation(struct world *world, const struct endpoint *row, const struct session *session,
                              const char *body, find_thing *find, const void *argument)
{
    return call_operation_by(world, row, (struct presented){.session = session}, body, find, argument);
}

struct session insert_session(struct world *world, const char *user_id, const char *lifetime)
{
    const char *token = arena_copy_text(world_arena(world), random_token(world_arena(world), 32)).data;
    const char *client = arena_copy_text(world_arena(world), random_token(world_arena(world), 16)).data;
    world_sql(world,
              "INSERT INTO sessions (token_hash, user_id, client, expires_at) "
              "VALUES (sha256($1::bytea), $2::uuid, $3, now() + $4::interval)",
              token, user_id, client, lifetime, NULL);
    return (struct session){token, client,
                            world_sql(world, "SELECT uid FROM users WHERE id = $1::uuid", user_id, NULL)};
}
