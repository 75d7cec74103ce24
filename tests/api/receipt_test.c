/* Receipts of deletions: what stays of them, for whom they tell something, and that nobody can change one. */
#include "support/expect.h"
#include "support/machines.h"

static const char *organization;
static const char *key;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Receipts");
    key = make_api_key(*state, organization, "users:delete");
    return 0;
}

static struct answer *delete_some(struct world *world, const char *address)
{
    struct answer *answer =
        CALL(world, .method = "POST", .path = "/v3/users/delete",
             .body = world_print(world, "{\"emails\": [\"%s\", \"Unknown@example.test\"]}", address),
             .headers = {bearer(world, key), "Prefer: return=representation"});
    expect_status(answer, 200);
    return answer;
}

static void the_receipt_is_the_answer_with_hashes_for_addresses(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Rea");
    struct answer *answer = delete_some(world, person.email);
    const char *id = text_at(answer, "receipt_id");
    const char *receipt = world_command(world, NULL, "receipt", id, "--json", NULL);
    const char *expected =
        world_print(world, "{\"status\":\"deleted\",\"requested\":2,\"deleted\":1,\"not_found\":[\"");
    assert_int_equal(strncmp(receipt, expected, strlen(expected)), 0);
    const char *rest = receipt + strlen(expected);
    assert_int_equal(strspn(rest, "0123456789abcdef"), 64);
    expected = world_print(
        world, "\"],\"sessions_ended\":1,\"receipt_id\":\"%s\",\"organization_id\":\"%s\",\"at\":\"20", id,
        organization);
    assert_int_equal(strncmp(rest + 64, expected, strlen(expected)), 0);
    const char *lines = world_command(world, NULL, "receipt", id, NULL);
    assert_non_null(strstr(lines, "\nrequested 2\ndeleted 1\nsessions_ended 1\nnot_found 1"));
}

static struct output ask(struct world *world, const char *receipt, const char *address, const char *with)
{
    const char *const arguments[] = {"receipt", receipt, "--address", address, "--json", NULL};
    return world_run(world, with, arguments);
}

static void expect_outcome(struct world *world, const char *receipt, const char *address, const char *with,
                           const char *outcome)
{
    struct output output = ask(world, receipt, address, with);
    assert_int_equal(output.status, 0);
    const char *expected = world_print(world, "\"address\":\"%s\"}", outcome);
    if (strstr(output.out, expected) == NULL) {
        fail_msg("%s is not %s: %s", address, outcome, output.out);
    }
}

static void only_the_key_of_the_request_tells_what_became_of_an_address(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ray");
    const char *receipt = text_at(delete_some(world, person.email), "receipt_id");
    const char *other = make_api_key(world, organization, "users:delete");
    const char *upper = world_sql(world, "SELECT upper($1)", person.email, NULL);
    expect_outcome(world, receipt, person.email, key, "deleted");
    expect_outcome(world, receipt, upper, world_print(world, "%s\n", key), "deleted");
    expect_outcome(world, receipt, "unknown@example.test", key, "not_found");
    expect_outcome(world, receipt, "third@example.test", key, "not_requested");
    expect_outcome(world, receipt, person.email, other, "not_requested");
    assert_int_equal(ask(world, receipt, person.email, NULL).status, 2);
    assert_int_equal(ask(world, receipt, "no address", key).status, 2);
}

static void an_unknown_receipt_is_refused_and_a_malformed_id_is_wrong_usage(void **state)
{
    struct world *world = *state;
    const char *const unknown[] = {"receipt", "00000000-0000-4000-8000-000000000000", NULL};
    const char *const malformed[] = {"receipt", "x", NULL};
    const char *const none[] = {"receipt", NULL};
    assert_int_equal(world_run(world, NULL, unknown).status, 1);
    assert_int_equal(world_run(world, NULL, malformed).status, 2);
    assert_int_equal(world_run(world, NULL, none).status, 2);
}

static void it_stands_in_the_audit_log(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Rob");
    const char *receipt = text_at(delete_some(world, person.email), "receipt_id");
    const char *events = world_command(world, NULL, "audit", "--action", "deletion_receipt.create",
                                       "--organization", organization, NULL);
    assert_non_null(strstr(events, world_print(world, "thing=%s", receipt)));
    assert_non_null(strstr(events, "\"deleted\": 1, \"requested\": 2"));
    assert_null(strstr(events, person.email));
}

static void each_request_leaves_one_with_or_without_the_preference(void **state)
{
    struct world *world = *state;
    const char *before = world_sql(world, "SELECT count(*) FROM deletion_receipts", NULL);
    expect_status(call_with(world, key, "POST", "/v3/users/delete", NULL), 200);
    expect_status(call_with(world, key, "POST", "/v3/users/delete", "{\"emails\": [\"wrong\"]}"), 400);
    assert_string_equal(world_sql(world, "SELECT count(*) - 1 FROM deletion_receipts", NULL), before);
}

static void receipts_cannot_be_changed_or_taken_back(void **state)
{
    static const char *const attempts[] = {"UPDATE deletion_receipts SET deleted = 0",
                                           "DELETE FROM deletion_receipts WHERE false",
                                           "TRUNCATE deletion_receipts"};
    struct world *world = *state;
    world_sql(
        world,
        "CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
        "EXECUTE statement; RETURN 'done'; EXCEPTION WHEN insufficient_privilege THEN RETURN SQLERRM; END $$",
        NULL);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        assert_string_equal(world_sql(world, "SELECT pg_temp.outcome($1)", attempts[i], NULL),
                            "deletion_receipts is append-only");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receipt_is_the_answer_with_hashes_for_addresses),
        cmocka_unit_test(only_the_key_of_the_request_tells_what_became_of_an_address),
        cmocka_unit_test(an_unknown_receipt_is_refused_and_a_malformed_id_is_wrong_usage),
        cmocka_unit_test(it_stands_in_the_audit_log),
        cmocka_unit_test(each_request_leaves_one_with_or_without_the_preference),
        cmocka_unit_test(receipts_cannot_be_changed_or_taken_back),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
