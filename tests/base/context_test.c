/* The context keeps the first cause and all faults; the table of problems is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/context.h"
#include "base/log.h"

static struct context context;
static int ends[2];

static int start(void **state)
{
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
        return -1;
    }
    log_set_descriptor(ends[1]);
    *state = arena_create((size_t)1024 * 1024);
    context_start(&context, *state, NULL, NULL);
    return 0;
}

static int end(void **state)
{
    log_set_descriptor(STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    arena_destroy(*state);
    return 0;
}

static void a_new_context_is_empty(void **state)
{
    int64_t before = clock_now();
    memset(&context, 0xA5, sizeof context);
    context_start(&context, *state, NULL, NULL);
    assert_ptr_equal(context.arena, *state);
    assert_true(context.now >= before && context.now <= clock_now());
    assert_int_equal(context.problem, PROBLEM_NONE);
    assert_null(context.detail);
    assert_null(context.faults);
    assert_ptr_equal(context.last_fault, &context.faults);
    assert_int_equal(context.retry_after, 0);
    assert_true(text_is_empty(context.request_id));
    assert_int_equal(FAIL_ON_FAULTS(&context, PROBLEM_REFUSED), PROBLEM_NONE);
    assert_int_equal(context.problem, PROBLEM_NONE);
}

static enum problem fail_here(void)
{
    return FAIL(&context, PROBLEM_CONFLICT, "The team %s exists; it has %d people.", "Blue", 3);
}

static enum problem fail_through_try(void)
{
    TRY(PROBLEM_NONE);
    TRY(fail_here());
    return PROBLEM_INTERNAL;
}

static void the_cause_is_kept_with_its_place(void **state)
{
    (void)state;
    assert_int_equal(fail_through_try(), PROBLEM_CONFLICT);
    assert_int_equal(context.problem, PROBLEM_CONFLICT);
    assert_string_equal(context.detail, "The team Blue exists; it has 3 people.");
    assert_non_null(strstr(context.file, "context_test.c"));
    assert_true(context.line > 0);
}

static void the_first_cause_wins_and_later_ones_are_logged(void **state)
{
    (void)state;
    context.request_id = TEXT("request-7");
    fail_here();
    int line = context.line;
    assert_int_equal(FAIL(&context, PROBLEM_INTERNAL, "Rolling back\nfailed"), PROBLEM_INTERNAL);
    assert_int_equal(FAIL_PLAINLY(&context, PROBLEM_UNAVAILABLE), PROBLEM_UNAVAILABLE);
    assert_int_equal(context.problem, PROBLEM_CONFLICT);
    assert_string_equal(context.detail, "The team Blue exists; it has 3 people.");
    assert_int_equal(context.line, line);
    char logged[4096] = "";
    assert_true(read(ends[0], logged, sizeof logged - 1) > 0);
    assert_non_null(
        strstr(logged, "request=request-7 first=conflict problem=internal detail=\"Rolling back\\nfailed\""));
    assert_non_null(strstr(logged, "first=conflict problem=unavailable at="));
    assert_null(strstr(logged, "problem=conflict"));
}

static void a_plain_failure_has_no_sentence_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(FAIL_PLAINLY(&context, PROBLEM_NOT_FOUND), PROBLEM_NOT_FOUND);
    assert_null(context.detail);
    assert_int_equal(context.problem, PROBLEM_NOT_FOUND);
}

static void faults_are_kept_in_order(void **state)
{
    (void)state;
    char field[] = "name";
    context_fault(&context, field, "Name is longer than %d characters.", 200);
    field[0] = 'x';
    context_fault(&context, "email", "Email is no address.");
    context_fault(&context, NULL, "The body has nothing to change.");
    assert_int_equal(FAIL_ON_FAULTS(&context, PROBLEM_REFUSED), PROBLEM_REFUSED);
    assert_int_equal(context.problem, PROBLEM_REFUSED);
    const struct fault *fault = context.faults;
    assert_string_equal(fault->field, "name");
    assert_string_equal(fault->sentence, "Name is longer than 200 characters.");
    fault = fault->next;
    assert_string_equal(fault->field, "email");
    fault = fault->next;
    assert_null(fault->field);
    assert_string_equal(fault->sentence, "The body has nothing to change.");
    assert_null(fault->next);
}

static void forgiving_makes_room_for_another_try(void **state)
{
    (void)state;
    struct arena_mark mark = arena_mark(context.arena);
    context_fault(&context, "name", "Name is taken.");
    assert_int_equal(FAIL_ON_FAULTS(&context, PROBLEM_REFUSED), PROBLEM_REFUSED);
    context.retry_after = 5;
    arena_rewind(context.arena, mark);
    context_forgive(&context);
    assert_int_equal(context.problem, PROBLEM_NONE);
    assert_null(context.detail);
    assert_null(context.file);
    assert_null(context.faults);
    assert_int_equal(context.retry_after, 0);
    context_fault(&context, "again", "Again is wrong.");
    assert_string_equal(context.faults->field, "again");
    assert_null(context.faults->next);
    assert_int_equal(FAIL(&context, PROBLEM_RETRY, "x"), PROBLEM_RETRY);
    assert_int_equal(context.problem, PROBLEM_RETRY);
}

static bool is_sentence(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' && strlen(text) > 10;
}

static void each_problem_is_whole(void **state)
{
    (void)state;
    for (int problem = PROBLEM_NONE + 1; problem < PROBLEM_COUNT; problem++) {
        int status = problem_status((enum problem)problem);
        assert_in_range(status, 400, 599);
        assert_string_equal(problem_title((enum problem)problem), status_title(status));
        assert_true(is_sentence(problem_detail((enum problem)problem)));
        const char *name = problem_name((enum problem)problem);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(strlen(name) > 3);
    }
    assert_string_equal(problem_name(PROBLEM_MISSING_RESET_PARAMETER), "missing_reset_parameter");
    assert_string_equal(problem_name(PROBLEM_NOT_FOUND), "not_found");
    assert_int_equal(problem_status(PROBLEM_NOT_FOUND), 404);
    assert_string_equal(problem_name(PROBLEM_NONE), "none");
}

static void an_unknown_number_is_an_internal_problem(void **state)
{
    (void)state;
    assert_int_equal(problem_status(PROBLEM_COUNT), 500);
    assert_string_equal(problem_name((enum problem)1000), "internal");
}

static void statuses_have_their_phrases(void **state)
{
    (void)state;
    static const int statuses[] = {200, 201, 202, 204, 302, 303, 304, 400, 401, 403, 404, 405, 406,
                                   409, 413, 414, 415, 422, 429, 431, 500, 501, 502, 503, 504, 507};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        assert_string_not_equal(status_title(statuses[i]), status_title(999));
    }
    assert_string_equal(status_title(204), "No Content");
    assert_string_equal(status_title(302), "Found");
    assert_string_equal(status_title(999), "Unknown Status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_context_is_empty, start, end),
        cmocka_unit_test_setup_teardown(the_cause_is_kept_with_its_place, start, end),
        cmocka_unit_test_setup_teardown(the_first_cause_wins_and_later_ones_are_logged, start, end),
        cmocka_unit_test_setup_teardown(a_plain_failure_has_no_sentence_of_its_own, start, end),
        cmocka_unit_test_setup_teardown(faults_are_kept_in_order, start, end),
        cmocka_unit_test_setup_teardown(forgiving_makes_room_for_another_try, start, end),
        cmocka_unit_test(each_problem_is_whole),
        cmocka_unit_test(an_unknown_number_is_an_internal_problem),
        cmocka_unit_test(statuses_have_their_phrases),
    };
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
