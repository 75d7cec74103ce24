/* Every order of the list of people, page by page, as an admin of one organization, an admin of several and
 * an employee see it: exactly what PostgreSQL makes of the same order over the users themselves. */
#include "base/random.h"
#include "support/company.h"
#include "support/expect.h"

#define SIZE 7

static struct person admin_of_one;
static struct person admin_of_both;
static struct person employee;

/* People of few names, some without a username, of few moments; `organizations` are ids with commas. */
static void add_people(struct world *world, int count, const char *organizations)
{
    world_sql(
        world,
        "WITH made AS (INSERT INTO users (username, email, provider, first_name, last_name, created_at) "
        "SELECT CASE WHEN number % 3 > 0 THEN 'Ordered' || number % 4 || $3 || number END, "
        "'person' || $3 || number || '@ordered.test', 'email', (ARRAY['Éva', 'eva', 'Zoë', 'Ana'])[1 + "
        "number % 4], 'Last' || number % 3, "
        "timestamptz '2019-05-01' + number % 5 * interval '1 day' "
        "FROM generate_series(1, $1::integer) AS number RETURNING *) "
        "INSERT INTO memberships (organization_id, user_id, user_created_at, status, first_name, last_name) "
        "SELECT organization, made.id, made.created_at, 'active', 'Other', 'Name' "
        "FROM made CROSS JOIN unnest(string_to_array($2, ',')::uuid[]) AS organization",
        world_print(world, "%d", count), organizations, make_name(world, "p"), NULL);
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    const char *one = make_organization(world, "One");
    const char *other = make_organization(world, "Other");
    admin_of_one = make_admin(world, one, "Anna");
    admin_of_both = make_admin(world, one, "Bea");
    add_membership(world, other, &admin_of_both, 1, "active");
    employee = make_employee(world, "Emil");
    add_people(world, 23, one);
    add_people(world, 19, other);
    add_people(world, 8, world_print(world, "%s,%s", one, other));
    return 0;
}

/* What a caller may see, as a condition on users; $1 is the caller. */
static const char own_people[] =
    "EXISTS (SELECT FROM memberships AS theirs JOIN memberships AS own USING (organization_id) "
    "WHERE theirs.user_id = users.id AND own.user_id = $1::uuid AND own.role = 1)";
static const char everybody[] = "$1::uuid IS NOT NULL";

/* "first_name,-created_at" as SQL says it, with the ids behind. */
static const char *order_of(struct world *world, const char *sort)
{
    const char *order = "";
    struct text rest = text_of(*sort != '\0' ? sort : "created_at");
    while (rest.data != NULL) {
        struct text field = text_cut(&rest, ',');
        bool descending = text_starts_with(field, TEXT("-"));
        order = world_print(world, "%susers.%.*s%s, ", order, (int)(field.length - descending),
                            field.data + descending, descending ? " DESC" : "");
    }
    return world_print(world, "%susers.id", order);
}

/* The ids of all pages with commas between them. */
static const char *walk(struct world *world, const struct person *caller, const char *query, int64_t total)
{
    const char *ids = "";
    for (int page = 1; page <= total / SIZE + 1; page++) {
        struct answer *answer =
            call_get(world, &caller->session,
                     world_print(world, "/api/v1/users?size=%d&page=%d&%s", SIZE, page, query));
        expect_status(answer, 200);
        expect_integer(answer, "meta.total", total);
        for (size_t i = 0; i < length_at(answer, "data"); i++) {
            ids = world_print(world, "%s%s%s", ids, *ids != '\0' ? "," : "",
                              text_at(answer, world_print(world, "data.%zu.id", i)));
        }
    }
    return ids;
}

static void expect_order(struct world *world, const struct person *caller, const char *seen,
                         const char *query, const char *sort)
{
    const char *found = *query != '\0' ? "users.email LIKE '%@ordered.test'" : "true";
    const char *expected = world_sql(world,
                                     world_print(world,
                                                 "SELECT string_agg(id::text, ',' ORDER BY %s) FROM users "
                                                 "WHERE %s AND %s",
                                                 order_of(world, sort), seen, found),
                                     caller->user_id, NULL);
    int64_t total = (int64_t)(strlen(expected) + 1) / (UUID_TEXT_SIZE);
    const char *order = *sort != '\0' ? world_print(world, "&sort=%s", sort) : "";
    assert_string_equal(walk(world, caller, world_print(world, "%s%s", query, order), total), expected);
}

static void expect_orders(struct world *world, const struct person *caller, const char *seen)
{
    static const char *const sorts[] = {"",
                                        "first_name",
                                        "-first_name",
                                        "last_name",
                                        "-last_name",
                                        "username",
                                        "-username",
                                        "created_at",
                                        "-created_at",
                                        "last_name,first_name",
                                        "-last_name,username",
                                        "first_name,-created_at,-last_name"};
    for (size_t i = 0; i < COUNT(sorts); i++) {
        expect_order(world, caller, seen, "", sorts[i]);
        expect_order(world, caller, seen, "q=ordered", sorts[i]);
    }
}

static void an_admin_of_one_organization_pages_through_every_order(void **state)
{
    expect_orders(*state, &admin_of_one, own_people);
}

static void an_admin_of_several_pages_through_every_order_and_meets_everybody_once(void **state)
{
    expect_orders(*state, &admin_of_both, own_people);
}

static void an_employee_pages_through_every_order(void **state)
{
    expect_orders(*state, &employee, everybody);
}

/* Ids of organizations may begin alike: what a search looks up first. */
static void organizations_with_one_mark_find_nobody_of_each_other(void **state)
{
    struct world *world = *state;
    const char *twin =
        world_sql(world,
                  "WITH made AS (INSERT INTO organizations (id, name) "
                  "SELECT overlay($1 placing '00000000-0000' from 24)::uuid, 'Twin' RETURNING id) "
                  "INSERT INTO teams (organization_id, name, type) SELECT id, 'Twin', 'ORGANIZATION' "
                  "FROM made RETURNING organization_id",
                  admin_of_one.organization_id, NULL);
    struct person admin = make_admin(world, twin, "Tina");
    add_people(world, 1, twin);
    assert_memory_equal(twin, admin_of_one.organization_id, 8);
    expect_integer(call_get(world, &admin.session, "/api/v1/users?q=ordered"), "meta.total", 1);
    expect_integer(call_get(world, &admin_of_one.session, "/api/v1/users?q=ordered"), "meta.total", 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_admin_of_one_organization_pages_through_every_order),
        cmocka_unit_test(an_admin_of_several_pages_through_every_order_and_meets_everybody_once),
        cmocka_unit_test(an_employee_pages_through_every_order),
        cmocka_unit_test(organizations_with_one_mark_find_nobody_of_each_other),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
