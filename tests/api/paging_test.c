/* Pages: their limits, their links, and that walking through them meets everything exactly once. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/people.h"

#define ORGANIZATIONS 60
#define PEOPLE        40
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

static struct person employee;
static struct person admin;

/* Things of one moment and of few names, so that only the id tells their order. */
static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    employee = make_employee(world, "Erika");
    admin = make_admin(world, make_organization(world, "Paging"), "Anna");
    world_sql(world,
              "INSERT INTO organizations (name, created_at) SELECT 'Tied ' || number, '2019-05-01' "
              "FROM generate_series(1, $1::integer) AS number",
              world_print(world, "%d", ORGANIZATIONS), NULL);
    world_sql(
        world,
        "WITH made AS (INSERT INTO users (username, provider, first_name, last_name, created_at) "
        "SELECT 'tied.' || number, 'username', 'First' || number % 3, 'Last' || number % 5, '2019-05-01' "
        "FROM generate_series(1, $1::integer) AS number RETURNING id, created_at, first_name, last_name) "
        "INSERT INTO memberships (organization_id, user_id, user_created_at, status, first_name, last_name) "
        "SELECT $2::uuid, id, created_at, 'active', first_name, last_name FROM made",
        world_print(world, "%d", PEOPLE), admin.organization_id, NULL);
    return 0;
}

static struct answer *get(struct world *world, const struct person *person, const char *path)
{
    return call_get(world, &person->session, path);
}

static void numbers_out_of_range_are_400(void **state)
{
    static const char *const bad[] = {
        "page=0",
        "page=-1",
        "page=",
        "page=x",
        "page=1.0",
        "page=1e1",
        "page=%2B1",
        "page=01",
        "page=%201",
        "page=0x1",
        "size=0",
        "size=-1",
        "size=101",
        "size=",
        "size=x",
        "size=25.5",
        "size=1x",
        "page=2147483648",
        "page=9223372036854775808",
        "size=2147483647",
        "size=18446744073709551617",
    };
    static const char *const lists[] = {"users", "organizations"};
    for (size_t i = 0; i < COUNT(bad) * COUNT(lists); i++) {
        const char *name = strncmp(bad[i / 2], "page", 4) == 0 ? "page" : "size";
        struct answer *answer =
            get(*state, &employee, world_print(*state, "/api/v1/%s?%s", lists[i % 2], bad[i / 2]));
        expect_error(answer, 400, name);
    }
}

static void numbers_at_their_limits_are_taken(void **state)
{
    struct answer *answer = get(*state, &employee, "/api/v1/organizations?size=100");
    expect_length(answer, "data", ORGANIZATIONS + 1);
    expect_integer(answer, "meta.size", 100);
    expect_length(get(*state, &employee, "/api/v1/organizations?size=1"), "data", 1);
    answer = get(*state, &employee, "/api/v1/organizations?page=2147483647&size=100");
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.page", INT32_MAX);
    expect_length(get(*state, &admin, "/api/v1/users?page=2147483647&size=100"), "data", 0);
}

static void a_page_has_25_unless_told_otherwise(void **state)
{
    static const char *const paths[] = {"/api/v1/organizations", "/api/v1/users",
                                        "/api/v1/users?sort=last_name", "/api/v1/users?q=tied"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = get(*state, &employee, paths[i]);
        expect_length(answer, "data", 25);
        expect_integer(answer, "meta.page", 1);
        expect_integer(answer, "meta.size", 25);
    }
}

static void totals_count_what_is_behind_all_pages(void **state)
{
    struct answer *answer = get(*state, &employee, "/api/v1/organizations?size=7");
    expect_integer(answer, "meta.total", ORGANIZATIONS + 1);
    expect_integer(answer, "meta.pages", 9);
    answer = get(*state, &admin, "/api/v1/users?size=41");
    expect_integer(answer, "meta.total", PEOPLE + 1);
    expect_integer(answer, "meta.pages", 1);
    answer = get(*state, &admin, "/api/v1/users?size=40");
    expect_integer(answer, "meta.pages", 2);
}

static void a_page_behind_the_last_is_empty_but_tells_the_total(void **state)
{
    static const char *const paths[] = {"/api/v1/users?page=3&size=30",
                                        "/api/v1/users?page=3&size=30&sort=username",
                                        "/api/v1/users?page=3&size=30&q=a"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = get(*state, &admin, paths[i]);
        expect_status(answer, 200);
        expect_length(answer, "data", 0);
        expect_integer(answer, "meta.page", 3);
        expect_integer(answer, "meta.total", strchr(paths[i], 'q') != NULL ? 1 : PEOPLE + 1);
    }
    struct answer *answer = get(*state, &employee, "/api/v1/organizations?page=9");
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.total", ORGANIZATIONS + 1);
    expect_integer(answer, "meta.pages", 3);
}

static void an_empty_list_has_no_pages(void **state)
{
    struct answer *answer = get(*state, &employee, "/api/v1/users?q=nobodyiscalledthis");
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.total", 0);
    expect_integer(answer, "meta.pages", 0);
    expect_integer(get(*state, &employee, "/api/v1/users?q=nobodyiscalledthis&page=4"), "meta.page", 4);
    answer = get(*state, &admin, "/api/v1/users?q=nobodyiscalledthis");
    expect_integer(answer, "meta.total", 0);
}

/* The address of a relation in the Link header, NULL where it has none. */
static const char *link_of(struct world *world, const struct answer *answer, const char *relation)
{
    const char *link = answer_header(answer, "Link");
    const char *mark = world_print(world, ">; rel=\"%s\"", relation);
    assert_non_null(link);
    const char *end = strstr(link, mark);
    const char *start = end;
    while (start != NULL && *start != '<') {
        start--;
    }
    return start == NULL ? NULL : world_print(world, "%.*s", (int)(end - start - 1), start + 1);
}

static void expect_link(struct world *world, const struct answer *answer, const char *relation,
                        const char *path)
{
    const char *link = link_of(world, answer, relation);
    if (path == NULL) {
        assert_null(link);
    } else {
        assert_non_null(link);
        assert_string_equal(link, world_print(world, "%s%s", world_url(world), path));
    }
}

static void links_lead_to_first_previous_next_and_last(void **state)
{
    struct answer *answer = get(*state, &employee, "/api/v1/organizations?page=2&size=20");
    expect_link(*state, answer, "first", "/api/v1/organizations?page=1&size=20");
    expect_link(*state, answer, "prev", "/api/v1/organizations?page=1&size=20");
    expect_link(*state, answer, "next", "/api/v1/organizations?page=3&size=20");
    expect_link(*state, answer, "last", "/api/v1/organizations?page=4&size=20");
    assert_int_equal(answer_header_count(answer, "Link"), 1);
}

static void the_ends_have_nothing_beyond_them(void **state)
{
    struct answer *first = get(*state, &employee, "/api/v1/organizations?size=20");
    expect_link(*state, first, "prev", NULL);
    expect_link(*state, first, "next", "/api/v1/organizations?page=2&size=20");
    struct answer *last = get(*state, &employee, "/api/v1/organizations?size=20&page=4");
    expect_link(*state, last, "prev", "/api/v1/organizations?page=3&size=20");
    expect_link(*state, last, "next", NULL);
    struct answer *beyond = get(*state, &employee, "/api/v1/organizations?size=20&page=900");
    expect_link(*state, beyond, "prev", "/api/v1/organizations?page=4&size=20");
    expect_link(*state, beyond, "next", NULL);
    struct answer *empty = get(*state, &employee, "/api/v1/users?q=nobodyiscalledthis");
    expect_link(*state, empty, "first", "/api/v1/users?q=nobodyiscalledthis&page=1&size=25");
    expect_link(*state, empty, "last", "/api/v1/users?q=nobodyiscalledthis&page=1&size=25");
    expect_link(*state, empty, "prev", NULL);
    expect_link(*state, empty, "next", NULL);
}

static void links_keep_search_and_order_and_nothing_else(void **state)
{
    struct answer *answer = get(
        *state, &employee, "/api/v1/users?size=5&sort=-last_name,first_name&q=ti%C3%A9d&access_token=secret");
    expect_integer(answer, "meta.total", PEOPLE);
    expect_link(*state, answer, "next",
                "/api/v1/users?sort=-last_name%2Cfirst_name&q=ti%C3%A9d&page=2&size=5");
    assert_null(strstr(answer_header(answer, "Link"), "secret"));
}

static void a_search_cannot_break_out_of_the_link(void **state)
{
    struct answer *answer = get(*state, &employee, "/api/v1/users?q=tied%3E%22%26page%3D9%0d%0aX%3a1");
    expect_status(answer, 200);
    expect_no_header(answer, "X");
    expect_link(*state, answer, "first", "/api/v1/users?q=tied%3E%22%26page%3D9%0D%0AX%3A1&page=1&size=25");
}

/* All values of a member in the order in which walking along the "next" links shows them; the count. */
static size_t walk(struct world *world, const struct person *person, const char *path, const char *member,
                   const char **values)
{
    size_t count = 0;
    for (const char *next = path; next != NULL;) {
        struct answer *answer = get(world, person, next);
        expect_status(answer, 200);
        for (size_t i = 0; i < length_at(answer, "data"); i++) {
            assert_true(count < 200);
            values[count++] = text_at(answer, world_print(world, "data.%zu.%s", i, member));
        }
        const char *url = link_of(world, answer, "next");
        next = url == NULL ? NULL : url + strlen(world_url(world));
    }
    return count;
}

static void expect_ascending(const char *const *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(values[i - 1], values[i]) >= 0) {
            fail_msg("%s stands before %s", values[i - 1], values[i]);
        }
    }
}

static void walking_through_ties_meets_everything_once_by_id(void **state)
{
    const char *ids[200];
    /* The organization with the admin is younger than the tied ones, the admin than the tied people. */
    assert_int_equal(walk(*state, &employee, "/api/v1/organizations?size=7", "id", ids), ORGANIZATIONS + 1);
    expect_ascending(ids, ORGANIZATIONS);
    assert_int_equal(walk(*state, &admin, "/api/v1/users?size=3", "id", ids), PEOPLE + 1);
    expect_ascending(ids, PEOPLE);
    assert_int_equal(walk(*state, &employee, "/api/v1/users?size=3", "id", ids), PEOPLE + 2);
    expect_ascending(ids, PEOPLE);
    assert_int_equal(walk(*state, &admin, "/api/v1/users?size=6&sort=created_at", "id", ids), PEOPLE + 1);
    expect_ascending(ids, PEOPLE);
    assert_int_equal(walk(*state, &employee, "/api/v1/users?size=6&q=tied", "id", ids), PEOPLE);
    expect_ascending(ids, PEOPLE);
}

/* "last name, first name in the reverse, id" of each person, comparable as text. */
static size_t walk_names(struct world *world, const char *order, const char **keys)
{
    const char *firsts[200];
    const char *lasts[200];
    const char *ids[200];
    const char *path = world_print(world, "/api/v1/users?q=tied&size=7&sort=%s", order);
    size_t count = walk(world, &employee, path, "id", ids);
    walk(world, &employee, path, "first_name", firsts);
    walk(world, &employee, path, "last_name", lasts);
    for (size_t i = 0; i < count; i++) {
        char last = lasts[i][strlen(lasts[i]) - 1];
        char first = firsts[i][strlen(firsts[i]) - 1];
        bool backwards = order[0] == '-';
        keys[i] = world_print(world, "%c%c%s", backwards ? '0' + '9' - last : last,
                              backwards ? first : '0' + '9' - first, ids[i]);
    }
    return count;
}

static void several_fields_sort_in_their_order_and_ids_always_ascend(void **state)
{
    const char *keys[200];
    assert_int_equal(walk_names(*state, "last_name,-first_name", keys), PEOPLE);
    expect_ascending(keys, PEOPLE);
    assert_int_equal(walk_names(*state, "-last_name,first_name", keys), PEOPLE);
    expect_ascending(keys, PEOPLE);
}

static void a_descending_order_breaks_ties_by_ascending_ids(void **state)
{
    const char *ids[200];
    const char *names[200];
    size_t count = walk(*state, &employee, "/api/v1/users?q=tied&sort=-first_name&size=9", "id", ids);
    walk(*state, &employee, "/api/v1/users?q=tied&sort=-first_name&size=9", "first_name", names);
    assert_int_equal(count, PEOPLE);
    for (size_t i = 1; i < count; i++) {
        int order = strcmp(names[i - 1], names[i]);
        assert_true(order > 0 || (order == 0 && strcmp(ids[i - 1], ids[i]) < 0));
    }
}

static void usernames_sort_both_ways(void **state)
{
    const char *up[200];
    const char *down[200];
    size_t count = walk(*state, &employee, "/api/v1/users?q=tied&sort=username", "username", up);
    assert_int_equal(walk(*state, &employee, "/api/v1/users?q=tied&sort=-username", "username", down), count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(up[i], down[count - 1 - i]);
    }
    assert_string_not_equal(up[0], down[0]);
}

static void a_field_named_twice_counts_once(void **state)
{
    struct answer *once = get(*state, &employee, "/api/v1/users?sort=-first_name,last_name");
    struct answer *twice = get(
        *state, &employee,
        "/api/v1/"
        "users?sort=-first_name,first_name,last_name,-first_name,last_name,last_name,last_name,first_name");
    expect_status(twice, 200);
    expect_text(twice, "data.0.id", text_at(once, "data.0.id"));
    expect_text(twice, "data.24.id", text_at(once, "data.24.id"));
}

static void unknown_sort_fields_are_400(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "id",
                                      "email",
                                      "password_hash",
                                      "first_name,",
                                      ",first_name",
                                      "first_name,,last_name",
                                      "--first_name",
                                      "First_Name",
                                      "first_name%20desc",
                                      "first_name;select",
                                      "%2Bfirst_name",
                                      "1",
                                      "created_at,x",
                                      "users.id"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer = get(*state, &admin, world_print(*state, "/api/v1/users?sort=%s", bad[i]));
        expect_error(answer, 400, "sort");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_out_of_range_are_400),
        cmocka_unit_test(numbers_at_their_limits_are_taken),
        cmocka_unit_test(a_page_has_25_unless_told_otherwise),
        cmocka_unit_test(totals_count_what_is_behind_all_pages),
        cmocka_unit_test(a_page_behind_the_last_is_empty_but_tells_the_total),
        cmocka_unit_test(an_empty_list_has_no_pages),
        cmocka_unit_test(links_lead_to_first_previous_next_and_last),
        cmocka_unit_test(the_ends_have_nothing_beyond_them),
        cmocka_unit_test(links_keep_search_and_order_and_nothing_else),
        cmocka_unit_test(a_search_cannot_break_out_of_the_link),
        cmocka_unit_test(walking_through_ties_meets_everything_once_by_id),
        cmocka_unit_test(several_fields_sort_in_their_order_and_ids_always_ascend),
        cmocka_unit_test(a_descending_order_breaks_ties_by_ascending_ids),
        cmocka_unit_test(usernames_sort_both_ways),
        cmocka_unit_test(a_field_named_twice_counts_once),
        cmocka_unit_test(unknown_sort_fields_are_400),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
