/* Making a company with teams quickly. */
#include "support/company.h"

#include <stdlib.h>

#include "support/expect.h"

const char *place_team(struct world *world, const char *organization, const char *parent, const char *type,
                       const char *name)
{
    return world_sql(
        world,
        "INSERT INTO teams (organization_id, parent_id, type, name) VALUES ($1::uuid, $2::uuid, $3, $4) "
        "RETURNING id",
        organization, parent, type, make_name(world, name), NULL);
}

static void place(struct world *world, const char *table, const char *team, const char *membership)
{
    world_sql(world,
              world_print(world,
                          "INSERT INTO %s (team_id, membership_id, organization_id) "
                          "SELECT $1::uuid, id, organization_id FROM memberships WHERE id = $2::uuid",
                          table),
              team, membership, NULL);
}

void place_learner(struct world *world, const char *team, const char *membership)
{
    place(world, "team_members", team, membership);
}

void place_leader(struct world *world, const char *team, const char *membership)
{
    place(world, "team_admins", team, membership);
}

const char *root_of(struct world *world, const char *organization)
{
    return world_sql(world, "SELECT id FROM teams WHERE organization_id = $1::uuid AND type = 'ORGANIZATION'",
                     organization, NULL);
}

const char *membership_of_code(struct world *world, const char *code)
{
    return world_sql(world, "SELECT membership_id FROM invitations WHERE invite_code = $1", code, NULL);
}

static void make_teams(struct world *world, struct company *company)
{
    company->root = root_of(world, company->organization);
    company->area = place_team(world, company->organization, company->root, "META", "Area");
    company->team = place_team(world, company->organization, company->area, "LEARNER", "Team");
    company->sister = place_team(world, company->organization, company->area, "LEARNER", "Sister");
}

struct company make_company(struct world *world)
{
    struct company company = {.organization = make_organization(world, "Company")};
    const char *foreign = make_organization(world, "Foreign");

    make_teams(world, &company);
    company.admin = make_admin(world, company.organization, "Ada");
    company.learner = make_member(world, company.organization, "Lena");
    company.leader = make_member(world, company.organization, "Leo");
    company.leader_of_area = make_member(world, company.organization, "Arne");
    company.outsider = make_member(world, company.organization, "Otto");
    company.stranger = make_admin(world, foreign, "Stan");
    company.employee = make_employee(world, "Emil");
    company.foreign_team = place_team(world, foreign, root_of(world, foreign), "LEARNER", "Foreign");
    place_learner(world, company.team, company.learner.membership_id);
    place_leader(world, company.team, company.leader.membership_id);
    place_leader(world, company.area, company.leader_of_area.membership_id);
    return company;
}

struct answer *call_as(struct world *world, const struct person *caller, const char *method, const char *path,
                       const char *body)
{
    return CALL(world, .method = method, .path = path, .body = body,
                .session = caller != NULL ? &caller->session : NULL, .headers = {"X-Request-Id: same"});
}

void expect_hidden(const struct answer *answer, const struct answer *unknown)
{
    expect_error(unknown, 404, NULL);
    expect_status(answer, 404);
    expect_body(answer, unknown->body);
    assert_int_equal(answer->header_count, unknown->header_count);
}

const char *text_body(struct world *world, const char *name, const char *value)
{
    return world_print(world, "{\"%s\": \"%s\"}", name, value);
}

int64_t count_rows(struct world *world, const char *statement, const char *id)
{
    return strtoll(world_sql(world, statement, id, NULL), NULL, 10);
}

int position_of(struct world *world, const struct answer *answer, const char *path, const char *name,
                const char *value)
{
    for (size_t i = 0; i < length_at(answer, path); i++) {
        if (strcmp(text_at(answer, world_print(world, "%s.%zu.%s", path, i, name)), value) == 0) {
            return (int)i;
        }
    }
    return -1;
}

const char *place_upload(struct world *world, const char *organization, const char *signature)
{
    return world_sql(world,
                     "INSERT INTO uploads (organization_id, key, signature_hash, expires_at) VALUES "
                     "($1::uuid, 'audit.csv', sha256($2::text::bytea), date_trunc('second', now()) + "
                     "interval '1 hour') RETURNING id || '?expires=' || extract(epoch FROM "
                     "expires_at)::bigint || '&signature=' || $2::text",
                     organization, signature, NULL);
}

const char *place_reset(struct world *world, const char *user, const char *token)
{
    world_sql(world,
              "INSERT INTO password_resets (token_hash, user_id, expires_at) VALUES "
              "(sha256($1::text::bytea), $2::uuid, "
              "now() + interval '1 hour')",
              token, user, NULL);
    return token;
}
