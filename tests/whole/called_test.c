/* The last of all tests: whether the others have called every operation with success. */
#include "http/endpoint.h"
#include "support/cmocka_headers.h"

/* Status with which a test program says "skipped" to automake. */
#define EXIT_SKIP    77
#define MAXIMUM_FILE ((size_t)64 << 20)

static char *called;

/* Whether there is a line "operation status" of a success; redirects are successes. */
static bool was_called(const char *operation)
{
    size_t length = strlen(operation);
    for (const char *line = called; *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool same = strncmp(line, operation, length) == 0 && line[length] == ' ';
        if (same && (line[length + 1] == '2' || line[length + 1] == '3')) {
            return true;
        }
    }
    return false;
}

static void every_operation_was_called_with_success(void **state)
{
    (void)state;
    size_t missing = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        if (!was_called(endpoints[i].name)) {
            print_error("%s was never called with success\n", endpoints[i].name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void an_operation_that_does_not_exist_was_not_called(void **state)
{
    (void)state;
    assert_false(was_called("no_such_operation"));
    assert_false(was_called("show_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_was_called_with_success),
        cmocka_unit_test(an_operation_that_does_not_exist_was_not_called),
    };
    const char *path = getenv("MUSTER_TEST_CALLED");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    if (file == NULL) {
        puts("skipped: MUSTER_TEST_CALLED names no file (tests/run sets it)");
        return EXIT_SKIP;
    }
    called = calloc(1, MAXIMUM_FILE);
    if (called == NULL || fread(called, 1, MAXIMUM_FILE - 1, file) == 0) {
        puts("nothing was called");
        return EXIT_FAILURE;
    }
    fclose(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(called);
    return failed;
}
