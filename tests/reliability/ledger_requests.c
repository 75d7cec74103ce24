/* What a ledger sends: who writes, and the request of each number. */
#include "reliability/ledger_parts.h"
#include "support/company.h"
#include "support/world_parts.h"

struct ledger_cast ledger_cast;

/* One learner, straight into the database. */
static struct session add_learner(struct world *world, const char *organization, size_t number)
{
    const char *name = world_print(world, "learner%zu", number);
    const char *user = world_sql(world,
                                 "INSERT INTO users (provider, username, first_name, last_name) VALUES "
                                 "('username', $1, 'A', 'B') RETURNING id",
                                 name, NULL);
    world_sql(
        world,
        "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, status, "
        "joined_at, active_from) SELECT $1::uuid, id, created_at, 'A', 'B', 'active', now(), now() FROM "
        "users WHERE id = $2::uuid",
        organization, user, NULL);
    world_sql(world,
              "INSERT INTO sessions (token_hash, user_id, client, expires_at) VALUES "
              "(sha256($1::text::bytea), $2::uuid, $1, now() + interval '1 day')",
              name, user, NULL);
    return (struct session){name, name, name};
}

static const char *add_course(struct world *world)
{
    const char *course = world_sql(
        world, "INSERT INTO courses (name, basics, versions_count) VALUES ('C', true, 1) RETURNING id", NULL);
    world_sql(world,
              "WITH version AS (INSERT INTO course_versions (course_id, number, status, title, published_at) "
              "VALUES ($1::uuid, 1, 'published', 'First', now()) RETURNING id, course_id) UPDATE courses SET "
              "published_version_id = version.id FROM version WHERE courses.id = version.course_id",
              course, NULL);
    return course;
}

void ledger_make_cast(struct world *world)
{
    const char *organization = make_organization(world, "Ledger");
    ledger_cast = (struct ledger_cast){.world = world,
                                       .organization = organization,
                                       .course = add_course(world),
                                       .admin = make_admin(world, organization, "Lea"),
                                       .employee = make_employee(world, "Emma")};
    for (size_t i = 0; i < LEDGER_LEARNERS; i++) {
        ledger_cast.learners[i] = add_learner(world, organization, i);
    }
    const char *root = root_of(world, organization);
    for (size_t i = 0; i < LEDGER_RENAMED; i++) {
        ledger_cast.renamed[i] =
            place_team(world, organization, root, "LEARNER", world_print(world, "Named %zu", i));
    }
}

/* The kinds take turns, events having most of them. */
enum entry_kind ledger_kind(size_t number)
{
    static const enum entry_kind turns[] = {ENTRY_EVENT, ENTRY_READ,  ENTRY_RENAME,     ENTRY_EVENT,
                                            ENTRY_TEAM,  ENTRY_EVENT, ENTRY_MEMBERSHIP, ENTRY_READ};
    return turns[number % COUNT(turns)];
}

bool ledger_is_wrong(size_t number)
{
    return number % 13 == 5;
}

static void write_event(size_t number, struct ledger_request *request)
{
    const char *type = number % 7 == 3 ? "complete" : "update_progress";
    snprintf(request->path, sizeof request->path, "/api/v1/player/courses/%s/user_course_statuses",
             ledger_cast.course);
    snprintf(request->body, sizeof request->body,
             "{\"event_type\": \"%s\", \"player_session_id\": \"00000000-0000-4000-8000-%012zu\", "
             "\"client_supplied_occured_at_in_ms\": %zu, \"progress\": {\"n\": %zu}}",
             ledger_is_wrong(number) ? "nothing" : type, number, 1000 + number, number);
}

static void write_team(size_t number, struct ledger_request *request)
{
    snprintf(request->path, sizeof request->path, "/api/v1/organizations/%s/teams", ledger_cast.organization);
    snprintf(request->body, sizeof request->body, "{\"name\": \"Team %zu\", \"parent_id\": %s}", number,
             ledger_is_wrong(number) ? "\"" NOBODY "\"" : "null");
    request->session = &ledger_cast.admin.session;
}

static void write_rename(size_t number, struct ledger_request *request)
{
    const char *team = ledger_is_wrong(number) ? NOBODY : ledger_cast.renamed[number / 8 % LEDGER_RENAMED];
    request->method = "PATCH";
    snprintf(request->path, sizeof request->path, "/api/v1/teams/%s", team);
    snprintf(request->body, sizeof request->body, "{\"name\": \"Renamed %zu\"}", number);
    request->session = &ledger_cast.admin.session;
}

static void write_membership(size_t number, struct ledger_request *request)
{
    snprintf(request->path, sizeof request->path, "/api/v1/worklete_admin/memberships");
    snprintf(request->body, sizeof request->body,
             "{\"organization_id\": \"%s\", \"first_name\": \"Person %zu\", \"last_name\": \"%s\"}",
             ledger_cast.organization, number, ledger_is_wrong(number) ? "" : "B");
    request->session = &ledger_cast.employee.session;
}

void ledger_request(size_t number, struct ledger_request *request)
{
    *request =
        (struct ledger_request){.method = "POST", .session = &ledger_cast.learners[number % LEDGER_LEARNERS]};
    switch (ledger_kind(number)) {
    case ENTRY_EVENT:
        write_event(number, request);
        break;
    case ENTRY_TEAM:
        write_team(number, request);
        break;
    case ENTRY_RENAME:
        write_rename(number, request);
        break;
    case ENTRY_MEMBERSHIP:
        write_membership(number, request);
        break;
    case ENTRY_READ:
    case ENTRY_KINDS:
        request->method = "GET";
        /* One that the check of the session answers, one that a standby can. */
        snprintf(request->path, sizeof request->path, "/api/v1/%s",
                 number % 8 == 1 ? "organizations" : "session");
        break;
    }
}
