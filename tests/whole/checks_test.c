/* The tables of checks below tests/reliability and tests/security: each row's programs are there, and no
 * program of these folders is forgotten. */
#include <glob.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/cmocka_headers.h"

#define MAXIMUM_FILE ((size_t)64 << 10)

static const char *const kinds[] = {"reliability", "security"};
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)256 << 20);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct text read_table(const char *kind)
{
    FILE *file = fopen(arena_print(arena, SOURCE_FOLDER "/tests/%s/checks", kind), "re");
    assert_non_null(file);
    char *data = arena_allocate(arena, MAXIMUM_FILE);
    size_t length = fread(data, 1, MAXIMUM_FILE, file);
    fclose(file);
    assert_true(length < MAXIMUM_FILE);
    return (struct text){data, length};
}

struct row {
    struct text name;
    struct text promise;
    struct text programs;
};

/* The next row; false behind the last. */
static bool next_row(struct text *rest, struct row *row)
{
    while (rest->data != NULL) {
        struct text line = text_cut(rest, '\n');
        if (line.length == 0 || line.data[0] == '#') {
            continue;
        }
        row->name = text_trim(text_cut(&line, '|'));
        row->promise = line.data != NULL ? text_trim(text_cut(&line, '|')) : NO_TEXT;
        row->programs = line.data != NULL ? text_trim(line) : NO_TEXT;
        return true;
    }
    return false;
}

/* A test program by its source, a script by itself, which can be run. */
static bool is_there(struct text program)
{
    const char *path = arena_print(arena, SOURCE_FOLDER "/%.*s", (int)program.length, program.data);
    return access(arena_print(arena, "%s.c", path), R_OK) == 0 || access(path, X_OK) == 0;
}

static void every_row_says_what_it_promises_and_who_shows_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct text rest = read_table(kinds[i]);
        struct row row;
        size_t count = 0;
        for (; next_row(&rest, &row); count++) {
            if (row.name.length == 0 || row.promise.length == 0 || row.programs.length == 0) {
                fail_msg("%s: a row lacks a field: %.*s", kinds[i], (int)row.name.length, row.name.data);
            }
            for (struct text programs = row.programs; programs.data != NULL;) {
                struct text program = text_cut(&programs, ' ');
                if (!is_there(program)) {
                    fail_msg("%s: %.*s: there is no %.*s", kinds[i], (int)row.name.length, row.name.data,
                             (int)program.length, program.data);
                }
            }
        }
        assert_true(count > 0);
    }
}

static void names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct text rest = read_table(kinds[i]);
        struct row row;
        while (next_row(&rest, &row)) {
            struct text others = rest;
            struct row other;
            while (next_row(&others, &other)) {
                if (text_equal(row.name, other.name)) {
                    fail_msg("%s: twice: %.*s", kinds[i], (int)row.name.length, row.name.data);
                }
            }
        }
    }
}

static bool is_named(const char *kind, struct text program)
{
    struct arena_mark mark = arena_mark(arena);
    struct text rest = read_table(kind);
    struct row row;
    bool found = false;
    while (!found && next_row(&rest, &row)) {
        while (!found && row.programs.data != NULL) {
            found = text_equal(text_cut(&row.programs, ' '), program);
        }
    }
    arena_rewind(arena, mark);
    return found;
}

/* "/…/tests/security/x_test.c" is named as "tests/security/x_test", a script with its ending. */
static void expect_named(const char *kind, const char *path)
{
    struct text program = text_of(path + sizeof(SOURCE_FOLDER));
    if (text_equal_string(text_part(program, program.length - 2, 2), ".c")) {
        program = text_part(program, 0, program.length - 2);
    }
    if (!is_named(kind, program)) {
        fail_msg("no row of tests/%s/checks names %.*s", kind, (int)program.length, program.data);
    }
}

static void every_program_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        glob_t found;
        const char *pattern = arena_print(arena, SOURCE_FOLDER "/tests/%s/*_test*", kinds[i]);
        int status = glob(pattern, 0, NULL, &found);
        assert_true(status == 0 || status == GLOB_NOMATCH);
        for (size_t j = 0; status == 0 && j < found.gl_pathc; j++) {
            expect_named(kinds[i], found.gl_pathv[j]);
        }
        globfree(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_what_it_promises_and_who_shows_it),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(every_program_is_named),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
