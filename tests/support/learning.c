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
