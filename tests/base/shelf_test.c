/* What is on the shelf is found by all processes, by its version only, and stays while it is read. */
#include "base/shelf.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_headers.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)64 << 20);
    return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static int release(void **state)
{
    (void)state;
    arena_reset(arena);
    return 0;
}

static void put(const char *name, const char *version, const char *text, const char *compressed)
{
    const struct shelved thing = {text_of(text), text_of(compressed)};
    shelf_put(text_of(name), text_of(version), &thing);
}

static bool has(const char *name, const char *version)
{
    struct shelved found;
    return shelf_find(arena, text_of(name), text_of(version), &found);
}

static void expect_found(const char *name, const char *version, const char *text, const char *compressed)
{
    struct shelved found;
    assert_true(shelf_find(arena, text_of(name), text_of(version), &found));
    assert_true(text_equal_string(found.text, text));
    assert_true(text_equal_string(found.compressed, compressed));
}

static void without_a_shelf_nothing_is_found(void **state)
{
    (void)state;
    put("a", "1", "text", "packed");
    assert_false(has("a", "1"));
    assert_int_equal(shelf_create(), 0);
}

static void a_thing_is_found_by_its_name_and_version(void **state)
{
    (void)state;
    put("a", "1", "text", "packed");
    expect_found("a", "1", "text", "packed");
    assert_false(has("a", "2"));
    assert_false(has("a", ""));
    assert_false(has("b", "1"));
    assert_false(has("", "1"));
    assert_false(has("ab", "1"));
}

static void a_newer_version_takes_its_place(void **state)
{
    (void)state;
    put("a", "2", "longer text", "");
    assert_false(has("a", "1"));
    expect_found("a", "2", "longer text", "");
}

static void what_was_not_asked_for_longest_goes_first(void **state)
{
    (void)state;
    const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        put(names[i], "1", names[i], "");
    }
    assert_true(has("a", "1"));
    assert_true(has("c", "1"));
    assert_true(has("d", "1"));
    arena_reset(arena);
    put("e", "1", "e", "");
    assert_false(has("b", "1"));
    expect_found("e", "1", "e", "");
    expect_found("a", "1", "a", "");
}

static void what_is_too_large_is_left_out(void **state)
{
    (void)state;
    const size_t length = SHELF_PLACE_SIZE;
    char *text = arena_allocate(arena, length);
    memset(text, 'x', length);
    struct shelved thing = {{text, length - 4096}, NO_TEXT};
    shelf_put(TEXT("large"), TEXT("1"), &thing);
    assert_true(has("large", "1"));
    arena_reset(arena);
    text = arena_allocate(arena, length);
    thing = (struct shelved){{text, length - 4095}, NO_TEXT};
    shelf_put(TEXT("larger"), TEXT("1"), &thing);
    assert_false(has("larger", "1"));
    put("12345678901234567890123456789012345678901", "1", "x", "");
    assert_false(has("12345678901234567890123456789012345678901", "1"));
    put("1234567890123456789012345678901234567890", "1", "x", "");
    assert_true(has("1234567890123456789012345678901234567890", "1"));
}

/* A child that reads a thing, says so, and looks at it again when it is told to. */
static pid_t start_reader(const char *name, const char *version, int told, int go)
{
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        struct shelved found;
        char byte;
        alarm(20);
        bool done = shelf_find(arena, text_of(name), text_of(version), &found) && write(told, "x", 1) == 1 &&
                    read(go, &byte, 1) == 1 && text_equal_string(found.text, "first");
        _exit(done ? 0 : 1);
    }
    return process;
}

static void what_is_read_stays_as_it_is(void **state)
{
    (void)state;
    int told[2];
    int go[2];
    char byte;
    int status = -1;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(go), 0);
    put("read", "1", "first", "");
    pid_t reader = start_reader("read", "1", told[1], go[0]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    for (int i = 0; i < 2 * SHELF_PLACES; i++) {
        put("read", "2", "other", "");
        expect_found("read", "2", "other", "");
        arena_reset(arena);
        put(i % 2 == 0 ? "p" : "q", "1", "other", "");
    }
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
}

static void a_reader_that_dies_keeps_nothing(void **state)
{
    (void)state;
    int told[2];
    int go[2];
    char byte;
    int status;
    pid_t readers[SHELF_PLACES];
    const char *const names[] = {"a", "b", "c", "d"};
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(go), 0);
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        put(names[i], "9", "first", "");
    }
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        readers[i] = start_reader(names[i], "9", told[1], go[0]);
        assert_int_equal(read(told[0], &byte, 1), 1);
    }
    put("late", "1", "late", "");
    assert_false(has("late", "1"));
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        kill(readers[i], SIGKILL);
        assert_int_equal(waitpid(readers[i], &status, 0), readers[i]);
    }
    put("late", "1", "late", "");
    assert_true(has("late", "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_shelf_nothing_is_found, release),
        cmocka_unit_test_setup(a_thing_is_found_by_its_name_and_version, release),
        cmocka_unit_test_setup(a_newer_version_takes_its_place, release),
        cmocka_unit_test_setup(what_was_not_asked_for_longest_goes_first, release),
        cmocka_unit_test_setup(what_is_too_large_is_left_out, release),
        cmocka_unit_test_setup(what_is_read_stays_as_it_is, release),
        cmocka_unit_test_setup(a_reader_that_dies_keeps_nothing, release),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
