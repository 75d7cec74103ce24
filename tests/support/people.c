/* Making people quickly. */
#include "support/people.h"

#include "support/expect.h"

const char *make_name(struct world *world, const char *beginning)
{
    static unsigned number;
    return world_print(world, "%s%u", beginning, ++number);
}

const char *make_organization(struct world *world, const char *name)
{
    return world_command(world, NULL, "organization", "create", "--name", make_name(world, name), NULL);
}

const char *make_team(struct world *world, const char *organization, const char *name)
{
    return world_command(world, NULL, "team", "create", "--organization", organization, "--name",
                         make_name(world, name), NULL);
}

const char *make_invitation(struct world *world, const char *organization, const char *first_name,
                            const char *const *options)
{
    const char *arguments[32] = {"invite",   "--organization", organization, "--first-name",
                                 first_name, "--last-name",    "Tester"};
    for (size_t count = 7; options != NULL && *options != NULL && count < 31; count++) {
        arguments[count] = *options++;
    }
    struct output output = world_run(world, NULL, arguments);
    if (output.status != 0) {
        fail_msg("muster invite: %s", output.error);
    }
    return output.out;
}

struct session open_session(struct world *world, const char *username, const char *password)
{
    const char *body = world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", username, password);
    struct answer *answer = call_post(world, NULL, "/api/v1/auth/sign_in", body);
    expect_status(answer, 200);
    return answer_session(world, answer);
}

static struct person name_person(struct world *world, const char *first_name)
{
    struct person person = {.username = make_name(world, first_name)};
    person.email = world_print(world, "%s@example.test", person.username);
    person.password = world_print(world, CANARY "%s", person.username);
    world_secret(world, CANARY);
    return person;
}

/* The address is written in lower case, as a uid is. */
static const char *in_lower_case(struct world *world, const char *text)
{
    char *copy = world_print(world, "%s", text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + ('a' - 'A')) : *at;
    }
    return copy;
}

struct person join_with(struct world *world, const char *organization, const char *code,
                        const char *first_name)
{
    struct person person = name_person(world, first_name);
    person.email = in_lower_case(world, person.email);
    const char *body =
        world_print(world,
                    "{\"username\": \"%s\", \"email\": \"%s\", \"first_name\": \"%s\", "
                    "\"last_name\": \"Tester\", \"password\": \"%s\", \"invite_code\": \"%s\", "
                    "\"provider\": \"email\"}",
                    person.username, person.email, first_name, person.password, code);
    struct answer *answer = call_post(world, NULL, "/api/v1/auth", body);
    expect_status(answer, 200);
    person.session = answer_session(world, answer);
    person.organization_id = organization;
    person.user_id = world_sql(world, "SELECT id FROM users WHERE email = $1", person.email, NULL);
    person.membership_id =
        world_sql(world, "SELECT id FROM memberships WHERE user_id = $1::uuid AND organization_id = $2::uuid",
                  person.user_id, organization, NULL);
    return person;
}

struct person make_member(struct world *world, const char *organization, const char *first_name)
{
    return join_with(world, organization, make_invitation(world, organization, first_name, NULL), first_name);
}

struct person make_admin(struct world *world, const char *organization, const char *first_name)
{
    static const char *const options[] = {"--org-admin", NULL};
    return join_with(world, organization, make_invitation(world, organization, first_name, options),
                     first_name);
}

const char *add_membership(struct world *world, const char *organization, const struct person *person,
                           int role, const char *status)
{
    return world_sql(world,
                     "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, "
                     "last_name, role, status, "
                     "invited_at, joined_at) SELECT $1::uuid, id, created_at, first_name, last_name, "
                     "$2::smallint, $3, now(), now() "
                     "FROM users WHERE id = $4::uuid RETURNING id",
                     organization, world_print(world, "%d", role), status, person->user_id, NULL);
}

struct person make_employee(struct world *world, const char *first_name)
{
    struct person person = name_person(world, first_name);
    person.user_id =
        world_command(world, person.password, "user", "create", "--username", person.username, "--email",
                      person.email, "--first-name", first_name, "--last-name", "Tester", "--employee", NULL);
    person.session = open_session(world, person.username, person.password);
    return person;
}
