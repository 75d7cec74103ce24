/* The commands that need no database, as a user meets them: what goes to which output, and the exit status.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "command/run.h"
#include "http/endpoint.h"
#include "support/cmocka_headers.h"
#include "json/json.h"

static struct arena *arena;
static char folder[] = "/tmp/muster-command-XXXXXX";
static char file[64];

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)64 << 20);
    if (arena == NULL || mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(file, sizeof(file), "%s/muster.conf", folder);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    unlink(file);
    return rmdir(folder);
}

static void write_configuration(const char *lines)
{
    FILE *stream = fopen(file, "we");
    assert_non_null(stream);
    assert_true(fputs(lines, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static void assert_is_json(const char *text)
{
    struct context context;
    struct json_object *value = NULL;
    context_start(&context, arena, NULL, NULL);
    assert_int_equal(json_parse(&context, text_trim(text_of(text)), &value), PROBLEM_NONE);
}

static void assert_wrong_usage(const struct run *run)
{
    assert_int_equal(run->status, 2);
    assert_string_equal(run->out, "");
    assert_int_equal(count_lines(run->error), 1);
}

static void alone_it_shows_its_usage(void **state)
{
    (void)state;
    assert_wrong_usage(run_muster(NULL, NULL));
    assert_wrong_usage(run_muster("--json", NULL));
    assert_wrong_usage(run_muster("nonsense", NULL));
    assert_wrong_usage(run_muster("help", "nonsense", NULL));
    assert_wrong_usage(run_muster("serve", "--nonsense", NULL));
}

static void help_lists_all_commands(void **state)
{
    (void)state;
    const struct run *run = run_muster("help", NULL);
    assert_int_equal(run->status, 0);
    assert_string_equal(run->error, "");
    for (size_t i = 0; i < command_count; i++) {
        assert_non_null(strstr(run->out, commands[i].name));
        assert_non_null(strstr(run->out, commands[i].summary));
    }
    assert_int_equal(run_muster("--help", NULL)->status, 0);
}

/* The help of each command has its options, and no line is wider than a terminal. */
static void each_command_has_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        struct text rest = text_of(commands[i].name);
        const char *first = arena_copy_text(arena, text_cut(&rest, ' ')).data;
        const char *second = rest.data != NULL ? arena_copy_text(arena, rest).data : NULL;
        const struct run *run = run_muster("help", first, second, NULL);
        assert_int_equal(run->status, 0);
        for (const struct command_option *option = commands[i].options; option->name != NULL; option++) {
            assert_non_null(strstr(run->out, arena_print(arena, "--%s", option->name)));
        }
        struct text lines = text_of(strchr(run->out, '\n'));
        while (lines.length > 0) {
            assert_true(text_characters(text_cut(&lines, '\n')) <= 80);
        }
        run = run_muster("help", "--json", first, second, NULL);
        assert_int_equal(run->status, 0);
        assert_is_json(run->out);
    }
}

static void summaries_are_half_sentences_and_texts_whole_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        assert_true(command->summary[strlen(command->summary) - 1] != '.');
        assert_true(command->about[strlen(command->about) - 1] == '.');
        for (const struct command_option *option = command->options; option->name != NULL; option++) {
            assert_true(option->about[strlen(option->about) - 1] == '.');
        }
    }
}

static void the_manual_page_is_current(void **state)
{
    (void)state;
    const char *path = SOURCE_FOLDER "/doc/muster.1";
    FILE *stream = fopen(path, "re");
    assert_non_null(stream);
    static char committed[1 << 18];
    committed[fread(committed, 1, sizeof(committed) - 1, stream)] = '\0';
    fclose(stream);
    const struct run *run = run_muster("help", "--man", NULL);
    assert_int_equal(run->status, 0);
    assert_string_equal(run->out, committed);
}

static void the_version_is_printed(void **state)
{
    (void)state;
    assert_memory_equal(run_muster("version", NULL)->out, "muster ", 7);
    assert_memory_equal(run_muster("--version", NULL)->out, "muster ", 7);
    const struct run *run = run_muster("version", "--json", NULL);
    assert_memory_equal(run->out, "{\"version\":\"", 12);
    assert_is_json(run->out);
}

static void routes_are_those_of_the_table(void **state)
{
    (void)state;
    const struct run *run = run_muster("routes", NULL);
    assert_int_equal(run->status, 0);
    assert_int_equal(count_lines(run->out), endpoint_count);
    for (size_t i = 0; i < endpoint_count; i++) {
        assert_non_null(strstr(run->out, arena_print(arena, " %s\n", endpoints[i].name)));
    }
    run = run_muster("routes", "--json", NULL);
    assert_is_json(run->out);
}

static void openapi_names_the_server_it_is_told(void **state)
{
    (void)state;
    const struct run *run = run_muster("openapi", "--server", "https://muster.example", NULL);
    assert_int_equal(run->status, 0);
    assert_non_null(strstr(run->out, "\"https://muster.example\""));
    assert_is_json(run->out);
    assert_null(strstr(run_muster("openapi", NULL)->out, "https://muster.example"));
}

static void config_prints_what_is_in_force(void **state)
{
    (void)state;
    write_configuration("workers = 5\ndatabase_url = postgresql://u:canary@h/d\n");
    const struct run *run = run_muster("-c", file, "config", NULL);
    assert_int_equal(run->status, 0);
    assert_non_null(strstr(run->out, "\nworkers = 5\n"));
    assert_non_null(strstr(run->out, "\ndatabase_url = ********\n"));
    assert_null(strstr(run->out, "canary"));
    run = run_muster("config", "-c", file, "--json", NULL);
    assert_non_null(strstr(run->out, "\"workers\":\"5\""));
    assert_null(strstr(run->out, "canary"));
    assert_is_json(run->out);
    write_configuration(run_muster("config", "--template", NULL)->out);
    assert_int_equal(run_muster("-c", file, "config", NULL)->status, 0);
}

static void a_faulty_configuration_is_told_with_its_line(void **state)
{
    (void)state;
    static const char *const names[] = {"config", "serve", "migrate", "check"};
    write_configuration("\nworkers = none\n");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct run *run = run_muster("-c", file, names[i], NULL);
        assert_int_equal(run->status, 1);
        assert_true(strstr(run->error, "muster.conf:2: workers") != NULL ||
                    strstr(run->out, "muster.conf:2: workers") != NULL);
        run = run_muster("-c", "/nonexistent/muster.conf", names[i], NULL);
        assert_int_equal(run->status, 1);
    }
}

static void check_reports_each_thing_in_a_line(void **state)
{
    (void)state;
    write_configuration(arena_print(arena,
                                    "database_url = postgresql:///d?host=%s\nsocket = %s/a.sock\n"
                                    "slow_socket = /nonexistent/b.sock\n",
                                    folder, folder));
    const struct run *run = run_muster("-c", file, "check", NULL);
    assert_int_equal(run->status, 1);
    assert_int_equal(count_lines(run->out), 11);
    assert_memory_equal(run->out, "configuration  ok ", 18);
    assert_non_null(strstr(run->out, "\ndatabase       failed "));
    assert_non_null(strstr(run->out, "\nrow security   failed "));
    assert_non_null(strstr(run->out, "\nsocket         ok "));
    assert_non_null(strstr(run->out, "\nslow_socket    failed "));
    assert_non_null(strstr(run->out, "\njobs           failed "));
    assert_non_null(strstr(run->out, "\nopenid keys    failed "));
    run = run_muster("-c", file, "check", "--json", NULL);
    assert_int_equal(run->status, 1);
    assert_is_json(run->out);
    assert_non_null(strstr(run->out, "\"slow_socket\":{\"ok\":false"));
}

static void a_command_without_its_database_fails(void **state)
{
    (void)state;
    write_configuration(arena_print(arena, "database_url = postgresql:///d?host=%s\n", folder));
    const struct run *run = run_muster("-c", file, "migrate", NULL);
    assert_int_equal(run->status, 1);
    assert_string_equal(run->out, "");
    assert_non_null(strstr(run->error, "muster migrate: "));
}

static void a_full_disk_is_no_success(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0) {
        print_message("skipped: there is no /dev/full\n");
        skip();
    }
    int status = 0;
    pid_t process = fork();
    if (process == 0) {
        if (dup2(full, STDOUT_FILENO) >= 0) {
            execl(BUILD_FOLDER "/muster", "muster", "routes", (char *)NULL);
        }
        _exit(127);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(WEXITSTATUS(status), 1);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_it_shows_its_usage),
        cmocka_unit_test(help_lists_all_commands),
        cmocka_unit_test(each_command_has_help),
        cmocka_unit_test(summaries_are_half_sentences_and_texts_whole_ones),
        cmocka_unit_test(the_manual_page_is_current),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(routes_are_those_of_the_table),
        cmocka_unit_test(openapi_names_the_server_it_is_told),
        cmocka_unit_test(config_prints_what_is_in_force),
        cmocka_unit_test(a_faulty_configuration_is_told_with_its_line),
        cmocka_unit_test(check_reports_each_thing_in_a_line),
        cmocka_unit_test(a_command_without_its_database_fails),
        cmocka_unit_test(a_full_disk_is_no_success),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
