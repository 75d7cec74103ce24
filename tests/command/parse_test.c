/* Sorting the words of a command line: options anywhere, values in both forms, and a sentence for whatever
 * does not fit. */
#include <fcntl.h>
#include <unistd.h>

#include "command/parse.h"
#include "support/cmocka_headers.h"

#define MAXIMUM_WORDS 16

static struct arena *arena;
static struct command_line line;
static char told[1024];

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)1 << 20);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* Parses, with what goes to standard error kept in `told`. */
static int parse_words(char *const *words, int count)
{
    int ends[2];
    int error = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    line = (struct command_line){.context.arena = arena};
    int status = command_parse(&line, count, words);
    fflush(stderr);
    assert_true(dup2(error, STDERR_FILENO) >= 0);
    ssize_t length = read(ends[0], told, sizeof(told) - 1);
    told[length > 0 ? length : 0] = '\0';
    close(error);
    close(ends[0]);
    close(ends[1]);
    return status;
}

/* The words are separated by single spaces. */
static int parse(const char *words)
{
    char *list[MAXIMUM_WORDS] = {arena_copy_string(arena, "muster")};
    int count = 1;
    struct text rest = text_of(words);
    while (rest.length > 0) {
        struct text word = text_cut(&rest, ' ');
        assert_true(count < MAXIMUM_WORDS);
        list[count++] = arena_copy(arena, word.data, word.length);
    }
    return parse_words(list, count);
}

static void assert_refused(const char *words, const char *sentence)
{
    assert_int_equal(parse(words), EXIT_USAGE);
    assert_non_null(strstr(told, sentence));
    assert_ptr_equal(strchr(told, '\n'), told + strlen(told) - 1);
}

static void commands_of_one_and_two_words_are_found(void **state)
{
    (void)state;
    assert_int_equal(parse("serve"), EXIT_DONE);
    assert_string_equal(line.command->name, "serve");
    assert_int_equal(parse("organization create --name A"), EXIT_DONE);
    assert_string_equal(line.command->name, "organization create");
    assert_string_equal(option_value(&line, "name"), "A");
    assert_null(option_value(&line, "s3-integrations-folder"));
}

static void common_options_stand_anywhere(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "-c a.conf --json version",
        "version --json -c a.conf",
        "--config a.conf version --json",
        "--json version --config=a.conf",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(parse(lines[i]), EXIT_DONE);
        assert_string_equal(line.command->name, "version");
        assert_string_equal(line.file, "a.conf");
        assert_true(line.json);
    }
    assert_int_equal(parse("version"), EXIT_DONE);
    assert_false(line.json);
    assert_null(line.file);
}

static void options_may_stand_between_the_words_of_a_command(void **state)
{
    (void)state;
    assert_int_equal(parse("organization --json create --name=A"), EXIT_DONE);
    assert_string_equal(line.command->name, "organization create");
    assert_true(line.json);
}

static void values_are_taken_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(parse("organization create --name --json"), EXIT_DONE);
    assert_string_equal(option_value(&line, "name"), "--json");
    assert_false(line.json);
    assert_int_equal(parse("organization create --name="), EXIT_DONE);
    assert_string_equal(option_value(&line, "name"), "");
    assert_int_equal(parse("organization create --name=a=b"), EXIT_DONE);
    assert_string_equal(option_value(&line, "name"), "a=b");
}

static void repeated_options_come_in_order(void **state)
{
    (void)state;
    size_t position = 0;
    assert_int_equal(
        parse("invite --team A --organization O --first-name F --team=B --last-name L --org-admin"),
        EXIT_DONE);
    assert_string_equal(option_next(&line, "team", &position), "A");
    assert_string_equal(option_next(&line, "team", &position), "B");
    assert_null(option_next(&line, "team", &position));
    assert_true(option_given(&line, "org-admin"));
    assert_false(option_given(&line, "email"));
}

static void what_does_not_fit_is_refused_in_one_line(void **state)
{
    (void)state;
    assert_refused("nonsense", "there is no command \"nonsense\"");
    assert_refused("organization", "\"organization\" needs one more word");
    assert_refused("organization destroy", "there is no command \"organization destroy\"");
    assert_refused("serve now", "\"now\" is one word too many");
    assert_refused("serve --loud", "there is no option --loud here");
    assert_refused("--name A organization create", "there is no option --name here");
    assert_refused("serve -x", "there is no option -x");
    assert_refused("version --json=yes", "--json takes no value");
    assert_refused("organization create --name", "--name needs a value (NAME)");
    assert_refused("version -c", "-c needs a value (FILE)");
    assert_refused("organization create", "--name NAME is missing");
    assert_refused("organization create --name A --name B", "--name is given twice");
}

static void after_two_dashes_there_are_only_words(void **state)
{
    (void)state;
    assert_refused("version -- --json", "\"--json\" is one word too many");
    assert_int_equal(parse("help -- serve"), EXIT_DONE);
    assert_int_equal(line.operand_count, 1);
    assert_string_equal(line.operands[0], "serve");
}

static void help_asks_for_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(parse("organization create --help"), EXIT_DONE);
    assert_true(line.help);
    assert_string_equal(line.command->name, "organization create");
    assert_int_equal(parse("-h"), EXIT_DONE);
    assert_true(line.help);
    assert_null(line.command);
    assert_int_equal(parse("--version"), EXIT_DONE);
    assert_true(line.version);
    assert_int_equal(parse(""), EXIT_DONE);
    assert_null(line.command);
}

static void operands_tell_how_many_there_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *operands;
        size_t least, most;
    } cases[] = {{"", 0, 0}, {"FILE", 1, 1}, {"FILE [WORD]", 1, 2}, {"[WORD…]", 0, SIZE_MAX}, {"A B", 2, 2}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t least = 9;
        size_t most = 9;
        operand_limits(cases[i].operands, &least, &most);
        assert_int_equal(least, cases[i].least);
        assert_true(most == cases[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_of_one_and_two_words_are_found),
        cmocka_unit_test(common_options_stand_anywhere),
        cmocka_unit_test(options_may_stand_between_the_words_of_a_command),
        cmocka_unit_test(values_are_taken_as_they_are),
        cmocka_unit_test(repeated_options_come_in_order),
        cmocka_unit_test(what_does_not_fit_is_refused_in_one_line),
        cmocka_unit_test(after_two_dashes_there_are_only_words),
        cmocka_unit_test(help_asks_for_nothing_else),
        cmocka_unit_test(operands_tell_how_many_there_may_be),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
