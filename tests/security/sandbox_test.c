/* muster under the system-call filter of its own unit, without systemd: requests, mails, imports and films
 * work, and what the filter is for does not. The unit's exposure is judged by systemd itself. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "security/syscall_filter.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/films.h"
#include "support/process.h"
#include "support/roster.h"

#define UNIT SOURCE_FOLDER "/conf/systemd/muster.service"

/* The highest exposure that is allowed, in tenths, as --threshold of systemd-analyze takes it. */
#define EXPOSURE "15"

static char folder[] = "/tmp/muster-sandbox-XXXXXX";
static struct arena *arena;
static struct syscall_list allowed;

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *content = arena_allocate(arena, 1 << 20);
    content[fread(content, 1, (1 << 20) - 1, file)] = '\0';
    fclose(file);
    return content;
}

static const char *run(int expected, const char *const *arguments)
{
    char *out = arena_print(arena, "%s/out", folder);
    unlink(out);
    int status = process_wait(process_start(arguments, NULL, out, out));
    const char *content = read_file(out);
    if (status != expected) {
        fail_msg("%s %s: status %d: %s", arguments[0], arguments[1], status, content);
    }
    return content;
}

/* The program's place is taken by a script that runs it under the filter. */
static void write_script(const char *self)
{
    const char *path = arena_print(arena, "%s/muster", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nexec '%s' --restricted %s/numbers '%s/muster' \"$@\"\n", self, folder,
            BUILD_FOLDER);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(setenv("MUSTER_TEST_PROGRAM", path, 1), 0);
}

static void write_numbers(void)
{
    FILE *file = fopen(arena_print(arena, "%s/numbers", folder), "we");
    assert_non_null(file);
    for (size_t i = 0; i < allowed.count; i++) {
        fprintf(file, "%ld\n", allowed.numbers[i]);
    }
    assert_int_equal(fclose(file), 0);
}

static int read_filter(void **state)
{
    static const char *const sets[] = {"systemd-analyze", "syscall-filter", NULL};
    (void)state;
    allowed = syscalls_of_unit(read_file(UNIT), run(0, sets));
    write_numbers();
    return 0;
}

static int setup(void **state)
{
    read_filter(state);
    *state = world_start("job_retry_pause = 10 ms\n");
    return 0;
}

/* --- What works --------------------------------------------------------------------------------------------
 */

static void the_program_is_under_the_filter(void **state)
{
    struct world *world = *state;
    const char *status = read_file(arena_print(arena, "/proc/%d/status", (int)world_master(world)));
    assert_non_null(strstr(status, "\nSeccomp:\t2\n"));
    assert_non_null(strstr(status, "\nNoNewPrivs:\t1\n"));
    figure("%zu system calls are allowed", allowed.count);
}

static void people_sign_in_and_read(void **state)
{
    struct person person = make_member(*state, make_organization(*state, "Sandbox"), "Sandy");
    expect_status(call_get(*state, &person.session, "/api/v1/session"), 200);
    expect_status(call_get(*state, &person.session, "/api/v1/cognito/session"), 200);
    expect_status(call_get(*state, &person.session, "/api/v1/users"), 200);
    expect_status(call_get(*state, NULL, "/api/v1/saml/metadata"), 200);
}

static void a_reset_is_mailed(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, make_organization(world, "Mail"), "Mia");
    const char *body =
        world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}", person.email);
    expect_status(call_post(world, NULL, "/api/v1/auth/password", body), 200);
    for (int tries = 0; rmdir(world_mail_spool(world)) == 0; tries++) {
        assert_int_equal(mkdir(world_mail_spool(world), 0700), 0);
        assert_true(tries < 3000);
        usleep(10000);
    }
}

static void a_roster_is_uploaded_and_imported(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Emil");
    const char *organization = make_organization(world, "Roster");
    struct answer *answer =
        call_get(world, &employee.session,
                 world_print(world, "/api/v1/worklete_admin/organizations/%s/upload_memberships_list_url",
                             organization));
    const char *url = text_at(answer, "data.url");
    expect_status(CALL(world, .method = "PUT", .path = url + strlen(world_url(world)),
                       .body = "employee_id,first_name,last_name\n1,Ada,Lovelace\n", .type = "text/csv"),
                  200);
    for (int tries = 0; *member(world, organization, "1") == '\0'; tries++) {
        assert_true(tries < 3000);
        usleep(10000);
    }
}

static void a_film_is_converted(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Finn");
    make_film(world, "small.mp4", "64x64", 1, true);
    struct answer *answer = convert_film(world, &employee, "small.mp4", NULL, "en");
    await_film(world, &employee, text_at(answer, "data.id"), "complete");
}

/* Sockets are systemd's in production; the ones of the test keep their group. */
static bool holds(struct text line, const char *part)
{
    return memmem(line.data, line.length, part, strlen(part)) != NULL;
}

static void it_reloads_and_replaces_a_worker(void **state)
{
    struct world *world = *state;
    assert_int_equal(kill(world_master(world), SIGHUP), 0);
    expect_status(call_get(world, NULL, "/healthz"), 200);
    struct text rest = text_of(world_log(world));
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        if (holds(line, "not permitted") && !holds(line, "its group stays as it is")) {
            fail_msg("something was not permitted: %.*s", TEXT_ARGUMENTS(line));
        }
    }
}

/* All tests of the API that were built. */
static void the_suite_passes_under_the_filter(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(BUILD_FOLDER "/tests/api/*_test", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *out = arena_print(arena, "%s/out", folder);
        const char *const program[] = {found.gl_pathv[i], NULL};
        unlink(out);
        int status = process_wait(process_start(program, NULL, out, out));
        if (status != 0 && status != EXIT_SKIP) {
            fail_msg("%s: status %d: %s", program[0], status, read_file(out));
        }
    }
    figure("%zu programs of the suite pass under the filter", found.gl_pathc);
    globfree(&found);
}

/* --- What does not -----------------------------------------------------------------------------------------
 */

/* Each as the exit status of a process under the filter: the error that it met. */
static int attempt(int number)
{
    errno = 0;
    switch (number) {
    case 0:
        syscall(SYS_ptrace, 0, 0, 0, 0);
        break;
    case 1:
        syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
        break;
    case 2:
        syscall(SYS_setuid, 0);
        break;
    case 3:
        syscall(SYS_bpf, 0, NULL, 0);
        break;
    case 4:
        (void)socket(AF_PACKET, SOCK_RAW, 0);
        break;
    case 5:
        (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        break;
    case 6:
        syscall(SYS_io_uring_setup, 1, NULL);
        break;
    default:
        syscall(SYS_kexec_load, 0, 0, NULL, 0);
        break;
    }
    return errno;
}

static void what_the_filter_is_for_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(syscalls_restrict(&allowed) ? attempt(i) : 255);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EPERM);
    }
}

/* A filter without what the program needs does stop it. */
static void a_filter_that_is_too_narrow_is_noticed(void **state)
{
    (void)state;
    struct syscall_list narrow = allowed;
    for (size_t i = 0; i < narrow.count; i++) {
        narrow.numbers[i] = narrow.numbers[i] == SYS_openat ? SYS_reboot : narrow.numbers[i];
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(syscalls_restrict(&narrow) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? errno : 255);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), EPERM);
}

/* --- What systemd says -------------------------------------------------------------------------------------
 */

static void the_exposure_of_the_unit_is_low(void **state)
{
    (void)state;
    const char *const arguments[] = {
        "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=" EXPOSURE, UNIT, NULL};
    const char *const strict[] = {
        "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=1", UNIT, NULL};
    const char *line = strstr(run(0, arguments), "Overall exposure level");
    assert_non_null(line);
    figure("%.*s", (int)strcspn(line, "\n"), line);
    run(1, strict);
}

static void the_sockets_of_the_units_are_for_nginx_alone(void **state)
{
    (void)state;
    static const char *const units[] = {"muster.socket", "muster-slow.socket"};
    for (size_t i = 0; i < 2; i++) {
        const char *unit = read_file(arena_print(arena, SOURCE_FOLDER "/conf/systemd/%s", units[i]));
        assert_non_null(strstr(unit, "\nSocketMode=0660\n"));
        assert_non_null(strstr(unit, "\nSocketGroup=www-data\n"));
    }
}

/* "--restricted NUMBERS PROGRAM ARGUMENT…": becomes the program, under the filter. */
static int become(char **arguments)
{
    struct syscall_list list = {.count = 0};
    FILE *file = fopen(arguments[0], "re");
    char line[32];
    while (file != NULL && list.count < MAXIMUM_SYSCALLS && fgets(line, sizeof line, file) != NULL) {
        list.numbers[list.count++] = strtol(line, NULL, 10);
    }
    if (file == NULL || fclose(file) != 0 || !syscalls_restrict(&list)) {
        perror("the filter");
        return EXIT_FAILURE;
    }
    execv(arguments[1], arguments + 1);
    perror(arguments[1]);
    return EXIT_FAILURE;
}

static int teardown(void **state)
{
    world_stop(*state);
    static const char *const files[] = {"out", "numbers", "muster"};
    for (size_t i = 0; i < 3; i++) {
        unlink(arena_print(arena, "%s/%s", folder, files[i]));
    }
    rmdir(folder);
    arena_destroy(arena);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_is_under_the_filter),
        cmocka_unit_test(people_sign_in_and_read),
        cmocka_unit_test(a_reset_is_mailed),
        cmocka_unit_test(a_roster_is_uploaded_and_imported),
        cmocka_unit_test(a_film_is_converted),
        cmocka_unit_test(it_reloads_and_replaces_a_worker),
        cmocka_unit_test(what_the_filter_is_for_is_refused),
        cmocka_unit_test(a_filter_that_is_too_narrow_is_noticed),
        cmocka_unit_test(the_exposure_of_the_unit_is_low),
        cmocka_unit_test(the_sockets_of_the_units_are_for_nginx_alone),
    };
    if (count > 3 && strcmp(arguments[1], "--restricted") == 0) {
        return become(arguments + 2);
    }
#ifdef __SANITIZE_ADDRESS__
    puts("skipped: sanitizers need system calls that the filter refuses");
    return EXIT_SKIP;
#endif
    if (access("/usr/bin/systemd-analyze", X_OK) != 0) {
        puts("skipped: systemd-analyze is missing (package systemd)");
        return EXIT_SKIP;
    }
    char *self = realpath("/proc/self/exe", NULL);
    arena = arena_create((size_t)64 << 20);
    if (self == NULL || arena == NULL || mkdtemp(folder) == NULL) {
        return EXIT_FAILURE;
    }
    write_script(self);
    free(self);
    const struct CMUnitTest long_tests[] = {cmocka_unit_test(the_suite_passes_under_the_filter)};
    int failed = is_long() ? cmocka_run_group_tests(long_tests, read_filter, NULL) : 0;
    return failed + cmocka_run_group_tests(tests, setup, teardown);
}
