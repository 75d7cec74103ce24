/* The arena: alignment, limits and the escape, marks, and that clean-ups run once, in the right order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER
#endif
#endif

#define MEBIBYTE ((size_t)1024 * 1024)

static char trace[64];

static void note(void *thing)
{
    size_t length = strlen(trace);
    trace[length] = *(const char *)thing;
    trace[length + 1] = '\0';
}

static int start(void **state)
{
    trace[0] = '\0';
    *state = arena_create(64 * MEBIBYTE);
    return *state == NULL ? -1 : 0;
}

static int end(void **state)
{
    arena_destroy(*state);
    return 0;
}

/* Whether `size` bytes exhaust the arena. */
static bool exhausts(struct arena *arena, size_t count, size_t size)
{
    jmp_buf escape;
    bool volatile escaped = true;
    if (setjmp(escape) == 0) {
        arena_set_escape(arena, &escape);
        arena_allocate_array(arena, count, size);
        escaped = false;
    }
    arena_set_escape(arena, NULL);
    return escaped;
}

static void memory_is_zero_aligned_and_apart(void **state)
{
    struct arena *arena = *state;
    char *former = NULL;
    for (size_t size = 0; size < 300; size++) {
        char *memory = arena_allocate(arena, size);
        assert_int_equal((uintptr_t)memory % 16, 0);
        assert_ptr_not_equal(memory, former);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(memory[i], 0);
        }
        memset(memory, 0xA5, size);
        former = memory;
    }
}

static void memory_is_zero_again_after_a_reset(void **state)
{
    struct arena *arena = *state;
    memset(arena_allocate(arena, 1000), 0xFF, 1000);
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    const char *again = arena_allocate(arena, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(again[i], 0);
    }
}

static void objects_of_all_sizes_keep_their_content(void **state)
{
    struct arena *arena = *state;
    char *objects[12];
    for (size_t i = 0; i < 12; i++) {
        size_t size = (size_t)1 << (2 * i);
        objects[i] = arena_allocate(arena, size);
        memset(objects[i], (int)i + 1, size);
    }
    for (size_t i = 0; i < 12; i++) {
        size_t size = (size_t)1 << (2 * i);
        assert_int_equal(objects[i][0], i + 1);
        assert_int_equal(objects[i][size - 1], i + 1);
    }
}

static void the_maximum_holds_to_the_byte(void **state)
{
    (void)state;
    struct arena *arena = arena_create(4096);
    arena_allocate(arena, 4096 - 16);
    assert_true(exhausts(arena, 1, 17));
    assert_int_equal(arena_used(arena), 4080);
    assert_false(exhausts(arena, 1, 16));
    assert_int_equal(arena_used(arena), 4096);
    assert_true(exhausts(arena, 1, 1));
    assert_true(exhausts(arena, 0, 0));
    arena_reset(arena);
    assert_false(exhausts(arena, 1, 4096));
    arena_destroy(arena);
}

static void sizes_that_overflow_exhaust(void **state)
{
    struct arena *arena = *state;
    assert_true(exhausts(arena, SIZE_MAX / 2 + 1, 2));
    assert_true(exhausts(arena, SIZE_MAX, SIZE_MAX));
    assert_true(exhausts(arena, SIZE_MAX, 1));
    assert_true(exhausts(arena, SIZE_MAX - 7, 1));
    assert_int_equal(arena_used(arena), 0);
    assert_false(exhausts(arena, 3, 7));
}

static void a_library_without_memory_is_like_an_exhausted_arena(void **state)
{
    struct arena *arena = *state;
    jmp_buf escape;
    if (setjmp(escape) == 0) {
        arena_set_escape(arena, &escape);
        arena_give_up("a test");
    }
    arena_set_escape(arena, NULL);
    assert_false(exhausts(arena, 1, 1));
}

static void a_copy_longer_than_memory_exhausts(void **state)
{
    struct arena *arena = *state;
    jmp_buf escape;
    if (setjmp(escape) == 0) {
        arena_set_escape(arena, &escape);
        arena_copy(arena, "x", SIZE_MAX);
        fail();
    }
}

static void memory_that_the_kernel_refuses_exhausts(void **state)
{
    (void)state;
    struct arena *arena = arena_create(SIZE_MAX);
    /* AddressSanitizer ends the process at such a request instead of refusing it. */
#if !defined(WITH_ADDRESS_SANITIZER)
    assert_true(exhausts(arena, SIZE_MAX / 4, 1));
#endif
    assert_false(exhausts(arena, 100, 1));
    arena_destroy(arena);
}

static void clean_ups_run_once_newest_first(void **state)
{
    struct arena *arena = *state;
    arena_on_reset(arena, note, (void *)(uintptr_t) "a");
    arena_allocate(arena, 100000);
    arena_on_reset(arena, note, (void *)(uintptr_t) "b");
    arena_on_reset(arena, note, (void *)(uintptr_t) "c");
    arena_reset(arena);
    assert_string_equal(trace, "cba");
    arena_reset(arena);
    assert_string_equal(trace, "cba");
}

static void clean_ups_may_use_what_they_were_given_in_the_arena(void **state)
{
    struct arena *arena = *state;
    arena_on_reset(arena, note, arena_copy_string(arena, "x"));
    arena_allocate(arena, 2 * MEBIBYTE);
    arena_on_reset(arena, note, arena_copy_string(arena, "y"));
    arena_reset(arena);
    assert_string_equal(trace, "yx");
}

static void destroying_runs_clean_ups(void **state)
{
    (void)state;
    struct arena *arena = arena_create(MEBIBYTE);
    arena_on_reset(arena, note, (void *)(uintptr_t) "d");
    arena_destroy(arena);
    assert_string_equal(trace, "d");
    arena_destroy(NULL);
}

static void a_registration_that_fails_cleans_at_once(void **state)
{
    (void)state;
    struct arena *arena = arena_create(64);
    arena_allocate(arena, 64);
    jmp_buf escape;
    bool volatile returned = false;
    if (setjmp(escape) == 0) {
        arena_set_escape(arena, &escape);
        arena_on_reset(arena, note, (void *)(uintptr_t) "e");
        returned = true;
    }
    assert_false(returned);
    assert_string_equal(trace, "e");
    arena_destroy(arena);
    assert_string_equal(trace, "e");
}

static void a_mark_frees_only_what_came_later(void **state)
{
    struct arena *arena = *state;
    char *kept = arena_copy_string(arena, "kept");
    arena_on_reset(arena, note, (void *)(uintptr_t) "k");
    struct arena_mark mark = arena_mark(arena);
    size_t used = arena_used(arena);
    for (int round = 0; round < 3; round++) {
        arena_on_reset(arena, note, (void *)(uintptr_t) "l");
        arena_allocate(arena, 5 * MEBIBYTE);
        arena_copy_string(arena, "later");
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), used);
    }
    assert_string_equal(trace, "lll");
    assert_string_equal(kept, "kept");
    arena_reset(arena);
    assert_string_equal(trace, "lllk");
}

static void marks_nest(void **state)
{
    struct arena *arena = *state;
    struct arena_mark outer = arena_mark(arena);
    arena_on_reset(arena, note, (void *)(uintptr_t) "o");
    arena_allocate(arena, 40000);
    struct arena_mark inner = arena_mark(arena);
    arena_on_reset(arena, note, (void *)(uintptr_t) "i");
    arena_allocate(arena, 400000);
    arena_rewind(arena, inner);
    assert_string_equal(trace, "i");
    arena_rewind(arena, inner);
    assert_string_equal(trace, "i");
    arena_rewind(arena, outer);
    assert_string_equal(trace, "io");
    assert_int_equal(arena_used(arena), 0);
}

/* A mark exactly where one block ends and the next begins must mean the same place from both sides. */
static void a_mark_at_the_end_of_a_full_block(void **state)
{
    struct arena *arena = *state;
    for (size_t filled = 0; filled < 33 * 1024; filled += 16) {
        char *last = arena_allocate(arena, 16);
        last[15] = 'x';
        struct arena_mark mark = arena_mark(arena);
        size_t used = arena_used(arena);
        char *later = arena_allocate(arena, 16);
        later[15] = 'y';
        arena_rewind(arena, mark);
        assert_int_equal(arena_used(arena), used);
        assert_int_equal(last[15], 'x');
    }
}

static void rewinding_gives_the_maximum_back(void **state)
{
    (void)state;
    struct arena *arena = arena_create(3 * MEBIBYTE);
    arena_allocate(arena, 100);
    struct arena_mark mark = arena_mark(arena);
    for (int round = 0; round < 20; round++) {
        assert_false(exhausts(arena, 1, 2 * MEBIBYTE));
        assert_true(exhausts(arena, 1, 2 * MEBIBYTE));
        arena_rewind(arena, mark);
    }
    arena_destroy(arena);
}

static void enlarging_keeps_the_content(void **state)
{
    struct arena *arena = *state;
    char *memory = arena_copy(arena, "0123456789", 10);
    size_t size = 11;
    for (size_t larger = 12; larger < 200000; larger = larger * 3 / 2) {
        memory = arena_enlarge(arena, memory, size, larger);
        size = larger;
        memory[size - 1] = 'z';
        assert_memory_equal(memory, "0123456789", 10);
    }
    char *between = arena_copy_string(arena, "between");
    memory = arena_enlarge(arena, memory, size, size + 100);
    memset(memory, 'm', size + 100);
    assert_string_equal(between, "between");
    memory = arena_enlarge(arena, NULL, 0, 5);
    memset(memory, 'n', 5);
}

static void copies_end_with_zero(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(arena_copy(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(arena, NULL, 0), "");
    assert_string_equal(arena_copy_string(arena, ""), "");
    assert_null(arena_copy_text(arena, NO_TEXT).data);
    struct text copy = arena_copy_text(arena, (struct text){"xyz", 2});
    assert_int_equal(copy.length, 2);
    assert_string_equal(copy.data, "xy");
}

static void printing_any_length(void **state)
{
    struct arena *arena = *state;
    char long_text[3000];
    memset(long_text, 'p', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int length = 0; length < 3000; length += length < 250 || length > 260 ? 13 : 1) {
        const char *printed = arena_print(arena, "%.*s", length, long_text);
        assert_int_equal(strlen(printed), length);
        assert_memory_equal(printed, long_text, (size_t)length);
    }
    assert_string_equal(arena_print(arena, "%d %s", -5, "x"), "-5 x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_zero_aligned_and_apart, start, end),
        cmocka_unit_test_setup_teardown(memory_is_zero_again_after_a_reset, start, end),
        cmocka_unit_test_setup_teardown(objects_of_all_sizes_keep_their_content, start, end),
        cmocka_unit_test_setup_teardown(the_maximum_holds_to_the_byte, start, end),
        cmocka_unit_test_setup_teardown(sizes_that_overflow_exhaust, start, end),
        cmocka_unit_test_setup_teardown(a_library_without_memory_is_like_an_exhausted_arena, start, end),
        cmocka_unit_test_setup_teardown(a_copy_longer_than_memory_exhausts, start, end),
        cmocka_unit_test_setup_teardown(memory_that_the_kernel_refuses_exhausts, start, end),
        cmocka_unit_test_setup_teardown(clean_ups_run_once_newest_first, start, end),
        cmocka_unit_test_setup_teardown(clean_ups_may_use_what_they_were_given_in_the_arena, start, end),
        cmocka_unit_test_setup_teardown(destroying_runs_clean_ups, start, end),
        cmocka_unit_test_setup_teardown(a_registration_that_fails_cleans_at_once, start, end),
        cmocka_unit_test_setup_teardown(a_mark_frees_only_what_came_later, start, end),
        cmocka_unit_test_setup_teardown(marks_nest, start, end),
        cmocka_unit_test_setup_teardown(a_mark_at_the_end_of_a_full_block, start, end),
        cmocka_unit_test_setup_teardown(rewinding_gives_the_maximum_back, start, end),
        cmocka_unit_test_setup_teardown(enlarging_keeps_the_content, start, end),
        cmocka_unit_test_setup_teardown(copies_end_with_zero, start, end),
        cmocka_unit_test_setup_teardown(printing_any_length, start, end),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
