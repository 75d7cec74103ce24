/* No space left: for uploads, for what nginx puts aside, for PostgreSQL, for logs. Whoever asks is told to
 * come back, nothing is half done, and all is well when there is space again. Small file systems in memory
 * stand for full disks. */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "reliability/own_cluster.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/world_parts.h"

#define RETURN_TIME 5000000

static struct own_cluster cluster;
static const char *organization;

static bool mount_small(const char *path, const char *size)
{
    char options[64];
    snprintf(options, sizeof options, "size=%s,mode=0777", size);
    return mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

/* Whoever still has a file open there keeps it. */
static void unmount(const char *path)
{
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}

static int setup(void **state)
{
    own_cluster_make_small(&cluster, "size=320m,mode=0755");
    *state = world_start("log_level = warning\n");
    organization = make_organization(*state, "Full");
    ledger_start(*state);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    /* Where a test broke off they are still there. */
    (void)umount2(world_path(*state, "uploads"), MNT_DETACH);
    (void)umount2(world_path(*state, "nginx/body"), MNT_DETACH);
    (void)umount2(world_path(*state, "logs"), MNT_DETACH);
    world_teardown(state);
    own_cluster_remove(&cluster);
    return 0;
}

/* Takes all space that is left. */
static void fill(const char *folder)
{
    static char piece[64 * 1024];
    char path[256];
    snprintf(path, sizeof path, "%s/filler", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    for (size_t size = sizeof piece; size > 0; size /= 2) {
        while (fwrite(piece, 1, size, file) == size) {
        }
        clearerr(file);
    }
    (void)fclose(file);
}

static void give_back(const char *folder)
{
    char path[256];
    snprintf(path, sizeof path, "%s/filler", folder);
    assert_int_equal(unlink(path), 0);
}

/* What was refused is gone for good when the worker has closed it, which is after its answer. */
static void await_space(const char *folder, unsigned long wanted)
{
    struct statvfs space = {0};
    for (int tenth = 0; tenth < 100; tenth++) {
        assert_int_equal(statvfs(folder, &space), 0);
        if (space.f_bfree * space.f_frsize >= wanted) {
            return;
        }
        usleep(100000);
    }
    fail_msg("only %lu bytes are free", (unsigned long)(space.f_bfree * space.f_frsize));
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        count += entry->d_name[0] != '.' && strcmp(entry->d_name, "filler") != 0;
    }
    closedir(entries);
    return count;
}

/* An address for an upload. */
static const char *new_address(struct world *world, const char *signature)
{
    const char *address = place_upload(world, organization, signature);
    world_sql(world, "UPDATE uploads SET key = $1 WHERE key = 'audit.csv'",
              world_print(world, "%s.csv", signature), NULL);
    return world_print(world, "/api/v1/uploads/%s", address);
}

static struct answer *upload(struct world *world, const char *signature, size_t size)
{
    char *body = arena_allocate(world_arena(world), size + 1);
    memset(body, 'a', size);
    body[size] = '\0';
    return CALL(world, .method = "PUT", .type = "text/csv", .unchecked = true, .body = body,
                .path = new_address(world, signature));
}

static void expect_no_space(const struct answer *answer)
{
    if (answer->status != 503 && answer->status != 507) {
        fail_msg("%s: %d %s", answer->request, answer->status, answer->body);
    }
    assert_true(answer->status == 507 || answer_header(answer, "Retry-After") != NULL);
}

static void a_full_folder_of_uploads_keeps_no_part(void **state)
{
    struct world *world = *state;
    const char *folder = world_path(world, "uploads");
    assert_true(mount_small(folder, "1m"));
    expect_no_space(upload(world, "first", (size_t)3 << 20));
    assert_int_equal(files_in(folder), 0);
    await_space(folder, 1000000);
    fill(folder);
    expect_no_space(upload(world, "second", 300000));
    assert_int_equal(files_in(folder), 0);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM uploads WHERE used_at IS NOT NULL", NULL),
                        "0");
    give_back(folder);
    struct answer *answer = upload(world, "third", 300000);
    assert_true(answer->status >= 200 && answer->status < 300);
    assert_int_equal(files_in(folder), 1);
    unmount(folder);
    figure("uploads: 503 or 507, no part is kept, and the next one works");
}

static void a_full_folder_of_nginx_is_told(void **state)
{
    struct world *world = *state;
    const char *folder = world_path(world, "nginx/body");
    assert_true(mount_small(folder, "128k"));
    fill(folder);
    size_t size = 300000;
    char *text = arena_allocate(world_arena(world), size + 1);
    memset(text, 'a', size);
    text[size] = '\0';
    const char *body = world_print(world, "{\"name\": \"%s\"}", text);
    expect_no_space(CALL(world, .method = "POST", .path = "/api/v1/invitations/AAAAAA/accept",
                         .unchecked = true, .body = body));
    expect_no_space(upload(world, "fourth", size));
    assert_int_equal(files_in(world_path(world, "uploads")), 0);
    give_back(folder);
    unmount(folder);
    assert_int_equal(CALL(world, .method = "POST", .path = "/api/v1/invitations/AAAAAA/accept",
                          .unchecked = true, .body = body)
                         ->status,
                     401);
    figure("nginx's temporary files: 503 or 507");
}

/* --- Logs ------------------------------------------------------------------------------------------------
 */

static const char *const logs[][2] = {{"muster.log", "logs/muster"},
                                      {"nginx/muster.access.log", "logs/access"},
                                      {"nginx/error.log", "logs/error"}};

/* Puts the logs where there is little space, and starts what writes them anew; each request leaves a line. */
static void move_logs(struct world *world)
{
    const char *folder = world_path(world, "logs");
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_true(mount_small(folder, "512k"));
    for (size_t i = 0; i < COUNT(logs); i++) {
        const char *log = world_read_file(world, world_path(world, logs[i][0]));
        world_write_file(world_path(world, logs[i][1]), log != NULL ? log : "");
        (void)unlink(world_path(world, logs[i][0]));
        assert_int_equal(symlink(world_path(world, logs[i][1]), world_path(world, logs[i][0])), 0);
    }
    world_restart(world, "log_level = info\n");
    world_limit(world, world->rate, world->burst);
}

static void move_logs_back(struct world *world)
{
    for (size_t i = 0; i < COUNT(logs); i++) {
        const char *log = world_read_file(world, world_path(world, logs[i][0]));
        assert_int_equal(unlink(world_path(world, logs[i][0])), 0);
        world_write_file(world_path(world, logs[i][0]), log);
    }
    world_restart(world, "log_level = warning\n");
    world_limit(world, world->rate, world->burst);
    unmount(world_path(world, "logs"));
}

/* No line goes on in the middle of another one. */
static void expect_whole_lines(struct world *world)
{
    for (char *rest = world_log(world), *line = strsep(&rest, "\n"); line != NULL;
         line = strsep(&rest, "\n")) {
        if (*line != '\0' && strstr(line + 1, "time=20") != NULL) {
            fail_msg("two lines in one: %s", line);
        }
    }
}

static void a_full_disk_of_logs_stops_nobody(void **state)
{
    struct world *world = *state;
    move_logs(world);
    ledger_send(6);
    ledger_await(40);
    fill(world_path(world, "logs"));
    size_t first = ledger_count();
    /* What is left of the page of memory that holds the end of the log is filled first. */
    ledger_await(200);
    size_t lines = log_count(world, "");
    ledger_await(short_or_long(200, 5000));
    ledger_pause();
    for (size_t i = first; i < ledger_count(); i++) {
        if (ledger_entry(i)->outcome == UNKNOWN) {
            fail_msg("request %zu was answered with %d", i, ledger_entry(i)->status);
        }
    }
    assert_int_equal(log_count(world, ""), lines);
    give_back(world_path(world, "logs"));
    int64_t start = clock_monotonic();
    assert_int_equal(CALL(world, .path = "/api/v1/session")->status, 401);
    log_await(world, "", lines);
    figure_time("logs: no request failed for a full disk; lines after the return of space within",
                clock_monotonic() - start, RETURN_TIME);
    expect_whole_lines(world);
    move_logs_back(world);
    ledger_expect_good();
}

/* Everything of PostgreSQL's is on one file system here: its log of transactions cannot grow, whereupon it
 * ends. */
static void a_full_disk_of_postgresql_loses_nothing(void **state)
{
    struct world *world = *state;
    char folder[128];
    snprintf(folder, sizeof folder, "%s/data", cluster.folder);
    ledger_send(6);
    size_t rounds = short_or_long(1, 10);
    int64_t longest = 0;
    for (size_t i = 0; i < rounds; i++) {
        ledger_await(40);
        fill(folder);
        size_t first = ledger_count();
        for (int round = 0; round < 3000 && ledger_failures(first) < 20; round++) {
            PQclear(PQexec(world->maintenance, "SELECT pg_switch_wal()"));
            usleep(5000);
        }
        assert_true(ledger_failures(first) > 0);
        give_back(folder);
        int64_t start = clock_monotonic();
        own_cluster_do(&cluster, "revive");
        int64_t back = clock_monotonic() - start + ledger_first_success(first, clock_monotonic());
        longest = larger(longest, back);
        PQreset(world->database);
        PQreset(world->maintenance);
    }
    ledger_pause();
    for (size_t i = 0; i < ledger_count(); i++) {
        int status = ledger_entry(i)->status;
        if (ledger_entry(i)->outcome == UNKNOWN && status != 503 && status != 507) {
            fail_msg("request %zu was answered with %d", i, status);
        }
    }
    figure_time("PostgreSQL's disk: first success after the return of space within", longest, RETURN_TIME);
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_folder_of_uploads_keeps_no_part),
        cmocka_unit_test(a_full_folder_of_nginx_is_told),
        cmocka_unit_test(a_full_disk_of_logs_stops_nobody),
        cmocka_unit_test(a_full_disk_of_postgresql_loses_nothing),
    };
    own_cluster_need();
    if (geteuid() != 0 || !mount_small("/mnt", "64k") || umount("/mnt") != 0) {
        puts("skipped: small file systems can be mounted by root only");
        return EXIT_SKIP;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
