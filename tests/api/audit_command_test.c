/* muster audit: what it prints, in which order, and what it leaves out. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"

static const char *organization;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Audited");
    make_organization(*state, "Other");
    return 0;
}

static struct json_object *events_of(struct world *world, const char *option, const char *value)
{
    struct json_object *events = json_tokener_parse(
        world_command(world, NULL, "audit", "--json", "--limit", "100000", option, value, NULL));
    assert_true(json_object_is_type(events, json_type_array));
    return events;
}

static const char *member_of(struct json_object *events, size_t index, const char *name)
{
    return json_object_get_string(json_object_object_get(json_object_array_get_idx(events, index), name));
}

static void the_command_prints_the_documented_fields_in_order(void **state)
{
    static const char *const names[] = {"id",         "at",      "action", "actor", "thing",
                                        "request_id", "address", "before", "after"};
    struct world *world = *state;
    make_team(world, organization, "Printed");
    struct json_object *events =
        json_tokener_parse(world_command(world, NULL, "audit", "--json", "--limit", "1", NULL));
    assert_int_equal(json_object_array_length(events), 1);
    size_t place = 0;
    json_object_object_foreach(json_object_array_get_idx(events, 0), name, value)
    {
        (void)value;
        assert_true(place < COUNT(names));
        assert_string_equal(name, names[place++]);
    }
    assert_int_equal(place, COUNT(names));
    assert_string_equal(member_of(events, 0, "action"), "team.create");
    assert_null(member_of(events, 0, "actor"));
    assert_null(member_of(events, 0, "request_id"));
    json_object_put(events);
}

static void a_command_is_named_as_the_operation(void **state)
{
    struct world *world = *state;
    make_team(world, organization, "Named");
    make_invitation(world, organization, "Named", NULL);
    make_employee(world, "Named");
    static const char *const pairs[][2] = {{"organization create", "organization.create"},
                                           {"team create", "team.create"},
                                           {"invite", "invitation.create"},
                                           {"user create", "user.create"}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const char *count =
            world_sql(world, "SELECT count(*) FROM audit_events WHERE operation = $1 AND action = $2",
                      pairs[i][0], pairs[i][1], NULL);
        assert_string_not_equal(count, "0");
    }
}

static void events_are_filtered_by_organization(void **state)
{
    struct world *world = *state;
    const char *filtered = make_organization(world, "Filtered");
    const char *team = make_team(world, filtered, "Filtered");
    struct json_object *events = events_of(world, "--organization", filtered);
    assert_int_equal(json_object_array_length(events), 3); /* itself, its root and the team, newest last */
    assert_non_null(strstr(member_of(events, 2, "thing"), team));
    json_object_put(events);
    events = events_of(world, "--organization", NOBODY);
    assert_int_equal(json_object_array_length(events), 0);
    json_object_put(events);
}

static void events_are_filtered_by_action(void **state)
{
    struct json_object *events = events_of(*state, "--action", "organization.create");
    size_t count = json_object_array_length(events);
    assert_int_equal(count, count_rows(*state, "SELECT count(*) FROM audit_events WHERE action = $1",
                                       "organization.create"));
    assert_true(count > 1);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(member_of(events, i, "action"), "organization.create");
        assert_true(i == 0 || strcmp(member_of(events, i - 1, "at"), member_of(events, i, "at")) <= 0);
    }
    json_object_put(events);
}

static void events_are_filtered_by_time(void **state)
{
    struct world *world = *state;
    const char *now = world_sql(
        world,
        "SELECT to_char(clock_timestamp() + interval '1 ms', 'YYYY-MM-DD\"T\"HH24:MI:SS.MSOF') || ':00'",
        NULL);
    world_sql(world, "SELECT pg_sleep(0.01)", NULL);
    const char *team = make_team(world, organization, "Late");
    struct json_object *events = events_of(world, "--since", now);
    assert_int_equal(json_object_array_length(events), 1);
    assert_non_null(strstr(member_of(events, 0, "thing"), team));
    json_object_put(events);
    events = events_of(world, "--since", "2001-01-01");
    assert_true(json_object_array_length(events) > 5);
    json_object_put(events);
}

static void of_many_events_the_newest_are_shown_oldest_first(void **state)
{
    struct world *world = *state;
    make_team(world, organization, "Older");
    const char *newer = make_team(world, organization, "Newer");
    const char *text = world_command(world, NULL, "audit", "--limit", "2", "--action", "team.create", NULL);
    const char *second = strchr(text, '\n');
    assert_non_null(second);
    assert_null(strchr(second + 1, '\n'));
    assert_null(strstr(world_print(world, "%.*s", (int)(second - text), text), newer));
    assert_non_null(strstr(second, newer));
    assert_non_null(strstr(second, " team.create thing="));
    assert_non_null(strstr(second, " operation=team create"));
}

static void bad_values_are_wrong_usage(void **state)
{
    static const char *const bad[][2] = {
        {"--organization", "x"}, {"--since", "yesterday"}, {"--since", "2019-02-30"},
        {"--limit", "0"},        {"--limit", "1x"},        {"--limit", "100001"},
        {"--limit", ""}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *arguments[] = {"audit", bad[i][0], bad[i][1], NULL};
        assert_int_equal(world_run(*state, NULL, arguments).status, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_prints_the_documented_fields_in_order),
        cmocka_unit_test(a_command_is_named_as_the_operation),
        cmocka_unit_test(events_are_filtered_by_organization),
        cmocka_unit_test(events_are_filtered_by_action),
        cmocka_unit_test(events_are_filtered_by_time),
        cmocka_unit_test(of_many_events_the_newest_are_shown_oldest_first),
        cmocka_unit_test(bad_values_are_wrong_usage),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
