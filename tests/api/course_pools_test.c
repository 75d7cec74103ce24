/* Course pools: what the people of each team learn by their job titles. */
#include "support/expect.h"
#include "support/learning.h"

static struct company company;

/* Titles: Lena drives and Otto cooks in `team`; the leader cooks too but learns nowhere. */
static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    company = make_company(world);
    place_learner(world, company.team, company.outsider.membership_id);
    return 0;
}

static void set_title(struct world *world, const struct person *person, const char *title)
{
    world_sql(world, "UPDATE memberships SET job_title = $2 WHERE id = $1::uuid", person->membership_id,
              title, NULL);
}

/* Every test begins without categories, with the same people. */
static int begin(void **state)
{
    struct world *world = *state;
    world_sql(world, "DELETE FROM training_categories", NULL);
    world_sql(world, "DELETE FROM team_members WHERE team_id = $1::uuid", company.sister, NULL);
    world_sql(world, "UPDATE memberships SET status = 'active' WHERE user_id IS NOT NULL", NULL);
    set_title(world, &company.learner, "Driver");
    set_title(world, &company.outsider, "Cook");
    set_title(world, &company.leader, "Cook");
    return 0;
}

static struct answer *pools(struct world *world, const char *query)
{
    return call_as(world, &company.employee, "GET",
                   world_print(world, "/api/v1/worklete_admin/organizations/%s/course_pools%s",
                               company.organization, query),
                   NULL);
}

static const char *named_category(struct world *world, const char *name, const char *title)
{
    const char *category = place_category(world, company.organization, title);
    world_sql(world, "UPDATE training_categories SET name = $2 WHERE id = $1::uuid", category, name, NULL);
    return category;
}

static const char *new_course(struct world *world, const char *name, bool basics)
{
    return make_course(world, &company.employee, name, basics);
}

static void a_pool_tells_team_category_people_and_courses(void **state)
{
    struct world *world = *state;
    const char *category = named_category(world, "Kitchen", "COOK");
    const char *first = new_course(world, "Knives", false);
    const char *second = new_course(world, "Fire", false);
    place_in_category(world, category, second);
    place_in_category(world, category, new_course(world, "Basic", true));
    place_in_category(world, category, first);
    struct answer *answer = pools(world, "");
    expect_status(answer, 200);
    expect_length(answer, "data", 1);
    expect_integer(answer, "meta.total", 1);
    expect_text(answer, "data.0.team_id", company.team);
    expect_text(answer, "data.0.team_name",
                world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", company.team, NULL));
    expect_text(answer, "data.0.training_category_id", category);
    expect_text(answer, "data.0.training_category_name", "Kitchen");
    expect_integer(answer, "data.0.members_count", 1);
    expect_length(answer, "data.0.courses", 2);
    expect_text(answer, "data.0.courses.0.id", second);
    expect_text(answer, "data.0.courses.0.name", "Fire");
    expect_false(answer, "data.0.courses.0.basics");
    expect_text(answer, "data.0.courses.1.id", first);
}

static void pools_without_people_are_not_told(void **state)
{
    struct world *world = *state;
    named_category(world, "Nobody", "Pilot");
    named_category(world, "No titles", NULL);
    expect_length(pools(world, ""), "data", 0);
    expect_integer(pools(world, ""), "meta.pages", 0);
    named_category(world, "Empty", "driver");
    struct answer *answer = pools(world, "");
    expect_length(answer, "data", 1);
    expect_length(answer, "data.0.courses", 0);
}

static void active_and_invited_people_count(void **state)
{
    struct world *world = *state;
    named_category(world, "Drivers", "driver");
    const char *const options[] = {"--team", company.team, "--job-title", " DRIVER ", NULL};
    make_invitation(world, company.organization, "Ivy", options);
    expect_integer(pools(world, ""), "data.0.members_count", 2);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid",
              company.learner.membership_id, NULL);
    expect_integer(pools(world, ""), "data.0.members_count", 1);
    world_sql(world, "DELETE FROM memberships WHERE first_name = 'Ivy'", NULL);
    expect_length(pools(world, ""), "data", 0);
}

static void several_titles_of_a_category_are_one_pool(void **state)
{
    struct world *world = *state;
    const char *category = named_category(world, "All", "driver");
    world_sql(world,
              "INSERT INTO training_category_job_titles (training_category_id, organization_id, job_title, "
              "position) "
              "VALUES ($1::uuid, $2::uuid, 'Cook', 2)",
              category, company.organization, NULL);
    struct answer *answer = pools(world, "");
    expect_length(answer, "data", 1);
    expect_integer(answer, "data.0.members_count", 2);
}

/* Two teams, of which the sister was made later, and three categories: drivers are in two. */
static void place_three_categories(struct world *world, const char **categories)
{
    place_learner(world, company.sister, company.learner.membership_id);
    categories[0] = named_category(world, "bravo", "Driver");
    categories[1] = named_category(world, "Alpha", "driver");
    categories[2] = named_category(world, "Charlie", "cook");
    const char *course = new_course(world, "Shared", false);
    for (size_t i = 0; i < 3; i++) {
        place_in_category(world, categories[i], course);
    }
}

static int by_id(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void pools_come_by_team_and_category(void **state)
{
    struct world *world = *state;
    const char *categories[3];
    place_three_categories(world, categories);
    const char *of_drivers[] = {categories[0], categories[1]};
    qsort(categories, 3, sizeof(categories[0]), by_id);
    qsort(of_drivers, 2, sizeof(of_drivers[0]), by_id);
    struct answer *answer = pools(world, "");
    const char *const expected[][2] = {{company.team, categories[0]},
                                       {company.team, categories[1]},
                                       {company.team, categories[2]},
                                       {company.sister, of_drivers[0]},
                                       {company.sister, of_drivers[1]}};
    expect_length(answer, "data", COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        expect_text(answer, world_print(world, "data.%zu.team_id", i), expected[i][0]);
        expect_text(answer, world_print(world, "data.%zu.training_category_id", i), expected[i][1]);
        expect_length(answer, world_print(world, "data.%zu.courses", i), 1);
    }
    struct answer *page = pools(world, "?size=2&page=2");
    expect_integer(page, "meta.total", COUNT(expected));
    expect_integer(page, "meta.pages", 3);
    expect_length(page, "data", 2);
    expect_text(page, "data.0.training_category_id", categories[2]);
    expect_text(page, "data.1.team_id", company.sister);
    expect_length(pools(world, "?page=4&size=2"), "data", 0);
    expect_integer(pools(world, "?page=4&size=2"), "meta.total", COUNT(expected));
    page = pools(world, world_print(world, "?size=2&page=2&team_ids=%s,%s", company.sister, company.team));
    expect_integer(page, "meta.total", COUNT(expected));
    expect_text(page, "data.0.training_category_id", categories[2]);
    expect_text(page, "data.1.team_id", company.sister);
}

static void filters_come_with_commas_or_repeated(void **state)
{
    struct world *world = *state;
    const char *categories[3];
    place_three_categories(world, categories);
    const char *kept = categories[0];
    const char *other = categories[2];
    const struct {
        const char *query;
        size_t length;
    } queries[] = {
        {world_print(world, "?team_ids=%s", company.team), 3},
        {world_print(world, "?team_ids=%s,%s", company.team, company.sister), 5},
        {world_print(world, "?team_ids[]=%s&team_ids[]=%s", company.team, company.sister), 5},
        {world_print(world, "?team_ids%%5B%%5D=%s", company.sister), 2},
        {world_print(world, "?training_category_ids=%s", kept), 2},
        {world_print(world, "?training_category_ids=%s,%s", kept, other), 3},
        {world_print(world, "?training_category_ids[]=%s&training_category_ids[]=%s", kept, other), 3},
        {world_print(world, "?team_ids=%s&training_category_ids=%s", company.sister, other), 0},
        {world_print(world, "?team_ids=%s&training_category_ids=%s", company.team, other), 1},
        {world_print(world, "?team_ids=%s", company.foreign_team), 0},
        {world_print(world, "?team_ids=%s", company.root), 0},
        {"?training_category_ids=" NOBODY, 0},
    };
    for (size_t i = 0; i < COUNT(queries); i++) {
        struct answer *answer = pools(world, queries[i].query);
        expect_length(answer, "data", queries[i].length);
        expect_integer(answer, "meta.total", (int64_t)queries[i].length);
    }
}

static void bad_filters_are_400_and_unknown_organizations_404(void **state)
{
    static const char *const bad[] = {
        "?team_ids=x",           "?team_ids=", "?team_ids[]=x", "?training_category_ids=1,2",
        "?team_ids=" NOBODY ",", "?size=0"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(pools(world, bad[i]), 400, NULL);
    }
    expect_error(call_as(world, &company.employee, "GET",
                         "/api/v1/worklete_admin/organizations/" NOBODY "/course_pools", NULL),
                 404, NULL);
}

static void another_organizations_titles_and_categories_do_not_meet(void **state)
{
    struct world *world = *state;
    const char *foreign = company.stranger.organization_id;
    const char *category = place_category(world, foreign, "Driver");
    expect_length(pools(world, ""), "data", 0);
    named_category(world, "Drivers", "Driver");
    expect_length(pools(world, ""), "data", 1);
    const char *path = world_print(world, "/api/v1/worklete_admin/organizations/%s/course_pools", foreign);
    expect_length(call_as(world, &company.employee, "GET", path, NULL), "data", 0);
    set_title(world, &company.stranger, "Driver");
    place_learner(world, company.foreign_team, company.stranger.membership_id);
    expect_length(call_as(world, &company.employee, "GET", path, NULL), "data", 1);
    expect_length(pools(world, ""), "data", 1);
    expect_length(pools(world, world_print(world, "?team_ids=%s", company.foreign_team)), "data", 0);
    expect_length(pools(world, world_print(world, "?training_category_ids=%s", category)), "data", 0);
}

#define FROM_BEGIN(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FROM_BEGIN(a_pool_tells_team_category_people_and_courses),
        FROM_BEGIN(pools_without_people_are_not_told),
        FROM_BEGIN(active_and_invited_people_count),
        FROM_BEGIN(several_titles_of_a_category_are_one_pool),
        FROM_BEGIN(pools_come_by_team_and_category),
        FROM_BEGIN(filters_come_with_commas_or_repeated),
        FROM_BEGIN(bad_filters_are_400_and_unknown_organizations_404),
        FROM_BEGIN(another_organizations_titles_and_categories_do_not_meet),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
