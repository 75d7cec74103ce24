/* What tests without a world share: a context with an arena of its own for each test. Everything is static,
 * so that each program has its own. */
#ifndef MUSTER_TESTS_CONTEXT_H
#define MUSTER_TESTS_CONTEXT_H

#include "base/context.h"
#include "support/cmocka_headers.h"

#define ARENA_MAXIMUM ((size_t)256 * 1024 * 1024)

static struct context test_context;

static int start_context(void **state)
{
    (void)state;
    context_start(&test_context, arena_create(ARENA_MAXIMUM), NULL, NULL);
    return test_context.arena == NULL;
}

static int end_context(void **state)
{
    (void)state;
    arena_destroy(test_context.arena);
    return 0;
}

/* Makes the context as new between two tries of one test. */
__attribute__((unused)) static void start_again(void)
{
    arena_reset(test_context.arena);
    context_start(&test_context, test_context.arena, NULL, NULL);
}

__attribute__((unused)) static void expect_text(struct text text, const char *expected)
{
    assert_non_null(text.data);
    assert_string_equal(arena_copy(test_context.arena, text.data, text.length), expected);
}

#define IN_CONTEXT(test) cmocka_unit_test_setup_teardown(test, start_context, end_context)

#endif
