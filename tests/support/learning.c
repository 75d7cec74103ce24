/* Making what there is to learn quickly. */
#include "support/learning.h"

#include "support/expect.h"

const char *make_course(struct world *world, const struct person *employee, const char *name, bool basics)
{
    const char *body =
        world_print(world, "{\"name\": \"%s\", \"basics\": %s}", name, basics ? "true" : "false");
    return text_at(call_as(world, employee, "POST", COURSES_PATH, body), "data.id");
}

static const char *member(struct world *world, const char *name, const char *value, bool quoted)
{
    const char *quote = quoted ? "\"" : "";
    return value == NULL ? "" : world_print(world, ", \"%s\": %s%s%s", name, quote, value, quote);
}

const char *version_body(struct world *world, const char *title, const char *content, const char *status)
{
    return world_print(world, "{\"data\": {\"x\": 0%s%s%s}}", member(world, "title", title, true),
                       member(world, "content", content, false), member(world, "status", status, true));
}

const char *versions_path(struct world *world, const char *course, const char *version)
{
    return world_print(world, COURSES_PATH "/%s/versions%s%s", course, version != NULL ? "/" : "",
                       version != NULL ? version : "");
}

const char *make_version(struct world *world, const struct person *employee, const char *course,
                         const char *title, const char *status)
{
    return text_at(call_as(world, employee, "POST", versions_path(world, course, NULL),
                           version_body(world, title, NULL, status)),
                   "data.id");
}

const char *place_category(struct world *world, const char *organization, const char *job_title)
{
    const char *category = world_sql(world,
                                     "INSERT INTO training_categories (organization_id, name) VALUES "
                                     "($1::uuid, $2) RETURNING id",
                                     organization, make_name(world, "Category "), NULL);
    if (job_title != NULL) {
        world_sql(world,
                  "INSERT INTO training_category_job_titles (training_category_id, organization_id, "
                  "job_title, position) VALUES ($1::uuid, $2::uuid, $3, 1)",
                  category, organization, job_title, NULL);
    }
    return category;
}

void place_in_category(struct world *world, const char *category, const char *course)
{
    world_sql(world,
              "INSERT INTO training_category_courses (training_category_id, organization_id, course_id, "
              "position) SELECT id, organization_id, $2::uuid, 1 + (SELECT count(*) FROM "
              "training_category_courses WHERE training_category_id = $1::uuid) FROM training_categories "
              "WHERE id = $1::uuid",
              category, course, NULL);
}

const char *day(struct world *world, int months_ago, int days)
{
    return world_sql(world,
                     "SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => "
                     "$1::integer))::date + $2::integer",
                     world_print(world, "%d", months_ago), world_print(world, "%d", days), NULL);
}

void place_assignment(struct world *world, const char *membership, const char *course, const char *due,
                      const char *completed)
{
    world_sql(world,
              "INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, "
              "due_on, completed_at, status) SELECT organization_id, memberships.id, courses.id, "
              "published_version_id, $3::date, nullif($4, '')::timestamptz, CASE WHEN $4 = '' THEN "
              "'not_started' ELSE 'completed' END FROM memberships, courses WHERE memberships.id = $1::uuid "
              "AND courses.id = $2::uuid",
              membership, course, due, completed != NULL ? completed : "", NULL);
}

void place_refinement(struct world *world, const char *team, const char *ends, const char *status)
{
    world_sql(world,
              "INSERT INTO refinements (organization_id, team_id, starts_on, ends_on, status) SELECT "
              "organization_id, id, $2::date - 5, $2::date, $3 FROM teams WHERE id = $1::uuid",
              team, ends, status, NULL);
}
