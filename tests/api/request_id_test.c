/* The request id: the caller's own where it is harmless, else a new one; told in the answer and in both logs.
 */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/logs.h"
#include "support/people.h"
#include "support/raw.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define OF_64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"

static struct answer *call_with_id(struct world *world, const char *path, const char *id)
{
    return CALL(world, .path = path, .headers = {world_print(world, "X-Request-Id: %s", id)});
}

static void a_harmless_id_of_the_caller_is_kept(void **state)
{
    static const char *const good[] = {"a", "0",       "-",   ".",
                                       "_", "A.b-c_9", OF_64, "123e4567-e89b-12d3-a456-426614174000"};
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_header(call_with_id(*state, "/api/v1/uuid/new", good[i]), "X-Request-Id", good[i]);
    }
}

static void errors_name_the_id_in_header_and_body(void **state)
{
    static const char *const paths[] = {"/api/v1/session", "/api/v1/nothing", "/api/v1/auth/sign_in"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = call_with_id(*state, paths[i], "own-id.1");
        assert_true(answer->status >= 400);
        expect_header(answer, "X-Request-Id", "own-id.1");
        expect_text(answer, "request_id", "own-id.1");
    }
    expect_header(call_with_id(*state, "/v3/nothing", "own-id.2"), "X-Request-Id", "own-id.2");
    expect_header(call_with_id(*state, "/api/v1/user/1/x", "own-id.3"), "X-Request-Id", "own-id.3");
}

static void any_other_id_is_replaced(void **state)
{
    static const char *const bad[] = {OF_64 "0", "two words",   "a,b",  "a/b",  "a\"b",
                                      "a=b",     "caf\xc3\xa9", "\xff", "a;b",  "<a>",
                                      "$(a)",    "a:b",         "%41",  "a\tb", "a\\b"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer = call_with_id(*state, "/api/v1/session", bad[i]);
        const char *id = answer_header(answer, "X-Request-Id");
        assert_null(strstr(id, bad[i]));
        expect_text(answer, "request_id", id);
    }
}

static void each_request_without_an_id_gets_one_of_its_own(void **state)
{
    const char *ids[50];
    for (size_t i = 0; i < COUNT(ids); i++) {
        ids[i] = answer_header(call_get(*state, NULL, "/api/v1/uuid/new"), "X-Request-Id");
        assert_int_equal(strlen(ids[i]), 32);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(ids[i], ids[j]);
        }
    }
}

static void an_empty_id_is_none(void **state)
{
    struct answer *answer = CALL(*state, .path = "/api/v1/uuid/new", .headers = {"X-Request-Id;"});
    assert_int_equal(strlen(answer_header(answer, "X-Request-Id")), 32);
}

static void the_log_line_has_the_id_of_the_answer(void **state)
{
    struct world *world = *state;
    call_with_id(world, "/api/v1/session", "in-the-log.1");
    const char *line = wait_for_line(world, MUSTER_LOG, "request_id=in-the-log.1 ");
    assert_non_null(strstr(line, " method=GET "));
    assert_non_null(strstr(line, " operation=show_session "));
    assert_non_null(strstr(line, " status=401 "));
    const char *made = answer_header(call_get(world, NULL, "/api/v1/uuid/new"), "X-Request-Id");
    line = wait_for_line(world, MUSTER_LOG, world_print(world, "request_id=%s ", made));
    assert_non_null(strstr(line, " operation=new_uuid "));
    assert_non_null(strstr(line, " status=200 "));
}

static void the_line_of_a_request_with_a_session_names_its_user(void **state)
{
    struct world *world = *state;
    struct person member = make_member(world, make_organization(world, "Traced"), "Tom");
    const char *id = answer_header(call_get(world, &member.session, "/api/v1/session"), "X-Request-Id");
    const char *line = wait_for_line(world, MUSTER_LOG, world_print(world, "request_id=%s ", id));
    assert_non_null(strstr(line, world_print(world, " user=%s", member.user_id)));
}

static void the_access_log_has_the_id_of_the_answer(void **state)
{
    struct world *world = *state;
    call_with_id(world, "/api/v1/uuid/new", "in-the-access-log.1");
    wait_for_line(world, ACCESS_LOG, " request_id=in-the-access-log.1 ");
    const char *made = answer_header(call_get(world, NULL, "/api/v1/uuid/new"), "X-Request-Id");
    wait_for_line(world, ACCESS_LOG, world_print(world, " request_id=%s ", made));
}

static void no_request_writes_a_log_line_of_its_own(void **state)
{
    struct world *world = *state;
    CALL(world, .path = "/api/v1/nothing%0a%0dtime=forged?x=%0atime=forged",
         .headers = {"X-Request-Id: x%0atime=forged", "User-Agent: a\ttime=forged"});
    call_with_id(world, "/api/v1/uuid/new", "behind-the-forged-one");
    wait_for_line(world, MUSTER_LOG, "behind-the-forged-one");
    wait_for_line(world, ACCESS_LOG, "behind-the-forged-one");
    assert_null(strstr(world_log(world), "\ntime=forged"));
    assert_null(strstr(world_read_file(world, world_print(world, "%s/%s", world_folder(world), ACCESS_LOG)),
                       "\ntime=forged"));
}

static void two_ids_are_not_mixed(void **state)
{
    struct answer *answer =
        raw_print(*state, "GET /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                          "X-Request-Id: first\r\nX-Request-Id: second\r\n\r\n");
    expect_status(answer, 401);
    expect_text(answer, "request_id", answer_header(answer, "X-Request-Id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_harmless_id_of_the_caller_is_kept),
        cmocka_unit_test(errors_name_the_id_in_header_and_body),
        cmocka_unit_test(any_other_id_is_replaced),
        cmocka_unit_test(each_request_without_an_id_gets_one_of_its_own),
        cmocka_unit_test(an_empty_id_is_none),
        cmocka_unit_test(the_log_line_has_the_id_of_the_answer),
        cmocka_unit_test(the_line_of_a_request_with_a_session_names_its_user),
        cmocka_unit_test(the_access_log_has_the_id_of_the_answer),
        cmocka_unit_test(no_request_writes_a_log_line_of_its_own),
        cmocka_unit_test(two_ids_are_not_mixed),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
