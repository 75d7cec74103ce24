/* Making what the machines' APIs need, the way a customer's administrator does. */
#include "support/machines.h"

#include "support/expect.h"

const char *make_api_key(struct world *world, const char *organization, const char *scope)
{
    const char *key = scope != NULL ? world_command(world, NULL, "api-key", "create", "--organization",
                                                    organization, "--name", "Test", "--scope", scope, NULL)
                                    : world_command(world, NULL, "api-key", "create", "--organization",
                                                    organization, "--name", "Test", NULL);
    world_secret(world, key);
    return key;
}

const char *prefix_of(struct world *world, const char *key)
{
    return world_print(world, "%.*s", (int)(strrchr(key, '_') - key), key);
}

const char *make_security_token(struct world *world, const struct person *person)
{
    const char *token = world_command(world, NULL, "moab-token", person->email, "--organization",
                                      person->organization_id, NULL);
    world_secret(world, token);
    return token;
}

const char *bearer(struct world *world, const char *secret)
{
    return world_print(world, "Authorization: Bearer %s", secret);
}

const char *number_of(struct world *world, const struct person *person)
{
    return world_sql(world, "SELECT number FROM users WHERE id = $1::uuid", person->user_id, NULL);
}

const char *make_group(struct world *world, const char *organization, const char *name)
{
    return world_sql(
        world,
        "INSERT INTO teams (organization_id, parent_id, name, type) SELECT organization_id, id, $2, "
        "'META' FROM teams "
        "WHERE organization_id = $1::uuid AND type = 'ORGANIZATION' RETURNING number",
        organization, make_name(world, name), NULL);
}

const char *make_invited_address(struct world *world, const char *organization)
{
    return world_sql(world,
                     "INSERT INTO memberships (organization_id, first_name, last_name, email) "
                     "VALUES ($1::uuid, 'Lea', 'Ver', $2) RETURNING email",
                     organization, world_print(world, "%s@example.test", make_name(world, "leaver")), NULL);
}

void set_role(struct world *world, const struct person *person, int role)
{
    world_sql(world, "UPDATE memberships SET role = $2::smallint WHERE id = $1::uuid", person->membership_id,
              world_print(world, "%d", role), NULL);
}

struct answer *call_with(struct world *world, const char *secret, const char *method, const char *path,
                         const char *body)
{
    return CALL(world, .method = method, .path = path, .body = body,
                .headers = {secret != NULL ? bearer(world, secret) : NULL});
}
