/* What is committed but made by the program or by a script, against what they would make now. */
#include <ftw.h>
#include <unistd.h>

#include "base/arena.h"
#include "command/help.h"
#include "config/config_document.h"
#include "support/cmocka_headers.h"

#define MAXIMUM_FILE ((size_t)4 << 20)

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)1 << 30);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct text read_file(const char *path)
{
    const char *whole_path = arena_print(arena, SOURCE_FOLDER "/%s", path);
    FILE *file = fopen(whole_path, "re");
    if (file == NULL) {
        fail_msg("%s cannot be opened", path);
        return NO_TEXT;
    }
    char *data = arena_allocate(arena, MAXIMUM_FILE);
    size_t length = fread(data, 1, MAXIMUM_FILE - 1, file);
    fclose(file);
    return (struct text){data, length};
}

static void check_file(const char *path, struct text expected, const char *command)
{
    if (!text_equal(read_file(path), expected)) {
        fail_msg("%s is stale; print it again: muster %s > %s", path, command, path);
    }
}

static void the_configuration_file_is_current(void **state)
{
    (void)state;
    check_file("conf/muster.conf", configuration_template(arena), "config --template");
}

static void the_manual_of_the_configuration_is_current(void **state)
{
    (void)state;
    check_file("doc/muster.conf.5", configuration_manual(arena), "config --man");
}

static void the_manual_of_the_program_is_current(void **state)
{
    (void)state;
    struct builder page;
    builder_start(&page, arena, (size_t)64 << 10, MAXIMUM_FILE);
    manual_page(&page);
    check_file("doc/muster.1", builder_text(&page), "help --man");
}

/* --- sources.am, made by build-aux/sources.sh --- */

static struct text lists;
static size_t missing;

/* A file stands between blanks, a program without its ending. */
static bool is_listed(const char *path)
{
    const char *found = memmem(lists.data, lists.length, path, strlen(path));
    while (found != NULL &&
           (strchr(" \t", found[-1]) == NULL || strchr(" \n", found[strlen(path)]) == NULL)) {
        found = memmem(found + 1, lists.length - (size_t)(found + 1 - lists.data), path, strlen(path));
    }
    return found != NULL;
}

static bool ends_with(const char *path, const char *ending)
{
    size_t length = strlen(path);
    return length >= strlen(ending) && strcmp(path + length - strlen(ending), ending) == 0;
}

static bool belongs_to_lists(const char *path)
{
    bool source = strncmp(path, "src/", 4) == 0 && strcmp(path, "src/main.c") != 0 &&
                  (ends_with(path, ".c") || ends_with(path, ".h") || ends_with(path, ".def"));
    bool statements = strncmp(path, "sql/", 4) == 0 && ends_with(path, ".sql");
    bool test =
        strncmp(path, "tests/", 6) == 0 &&
        (ends_with(path, "_test.c") || ends_with(path, "_fuzz.c") || ends_with(path, "_test.sh") ||
         ends_with(path, ".h") || (strncmp(path, "tests/support/", 14) == 0 && ends_with(path, ".c")));
    return source || statements || test;
}

static int check_listed(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    const char *name = path + sizeof(SOURCE_FOLDER);
    if (type == FTW_F && belongs_to_lists(name) && !is_listed(name)) {
        print_error("%s is not in sources.am\n", name);
        missing++;
    }
    return 0;
}

static void every_source_is_in_the_lists_of_the_build(void **state)
{
    (void)state;
    lists = read_file("sources.am");
    assert_int_equal(nftw(SOURCE_FOLDER "/src", check_listed, 16, FTW_PHYS), 0);
    assert_int_equal(nftw(SOURCE_FOLDER "/sql", check_listed, 16, FTW_PHYS), 0);
    assert_int_equal(nftw(SOURCE_FOLDER "/tests", check_listed, 16, FTW_PHYS), 0);
    if (missing > 0) {
        fail_msg("sources.am is stale; run build-aux/sources.sh");
    }
}

static void every_file_in_the_lists_of_the_build_is_there(void **state)
{
    (void)state;
    struct text rest = read_file("sources.am");
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        while (line.data != NULL) {
            struct text word = text_trim(text_cut(&line, ' '));
            char *path = arena_copy(arena, word.data, word.length);
            if (belongs_to_lists(path) && access(arena_print(arena, SOURCE_FOLDER "/%s", path), R_OK) != 0) {
                fail_msg("sources.am has %s, which is not there; run build-aux/sources.sh", path);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_file_is_current),
        cmocka_unit_test(the_manual_of_the_configuration_is_current),
        cmocka_unit_test(the_manual_of_the_program_is_current),
        cmocka_unit_test(every_source_is_in_the_lists_of_the_build),
        cmocka_unit_test(every_file_in_the_lists_of_the_build_is_there),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
