/* Starting and stopping a world. */
#include "support/world.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/process.h"
#include "support/world_parts.h"

/* Far more than any start takes, sanitizers included; reaching it is a failure. */
#define START_SECONDS 60
#define STOP_SECONDS  30
#define PORT_TRIES    10

_Noreturn void world_give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("world: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

/* The kernel names a port that is free now; whoever takes it first has it, so the caller tries again when
 * that was not us. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, size) < 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &size) < 0) {
        world_give_up("no free port");
    }
    close(descriptor);
    return ntohs(address.sin_port);
}

static void choose_address(struct world *world)
{
    world->url = world_print(world, "http://127.0.0.1:%d", free_port());
}

static void configure_nginx(struct world *world)
{
    const char *user = geteuid() == 0 ? "user=root" : "user=";
    const char *arguments[] = {
        "bash",
        SOURCE_FOLDER "/conf/nginx-configure",
        world_path(world, "nginx"),
        world_print(world, "listen=%s", world->url + sizeof("http://") - 1),
        world_print(world, "fast=%s", world->fast != NULL ? world->fast : world_socket(world)),
        world_print(world, "slow=%s", world->slow != NULL ? world->slow : world_path(world, "slow.sock")),
        world_print(world, "health=%s", world_path(world, "health.sock")),
        world_print(world, "data=%s", world_path(world, "nginx")),
        world_print(world, "logs=%s", world_path(world, "nginx")),
        user,
        "processes=1",
        world_print(world, "connections=%d", world->connections),
        world_print(world, "rate=%d", world->rate),
        world_print(world, "burst=%d", world->burst),
        "origin=" WORLD_ORIGIN,
        NULL};
    if (process_wait(process_start(arguments, NULL, NULL, world_path(world, "nginx.error"))) != 0) {
        world_give_up("nginx-configure: %s", world_read_file(world, world_path(world, "nginx.error")));
    }
}

static void start_nginx(struct world *world)
{
    configure_nginx(world);
    const char *arguments[] = {"nginx",
                               "-c",
                               world_path(world, "nginx/nginx.conf"),
                               "-e",
                               world_path(world, "nginx.error"),
                               "-g",
                               "daemon off;",
                               NULL};
    world->nginx = process_start(arguments, NULL, NULL, world_path(world, "nginx.error"));
}

static void start_muster(struct world *world)
{
    const char *arguments[] = {world_program(), "-c", world->configuration_file, "serve", NULL};
    world->muster =
        process_start(arguments, NULL, world_path(world, "muster.log"), world_path(world, "muster.log"));
}

static size_t drop(char *data, size_t size, size_t count, void *argument)
{
    (void)data;
    (void)argument;
    return size * count;
}

static bool is_ready(struct world *world)
{
    long status = 0;
    curl_easy_reset(world->curl);
    curl_easy_setopt(world->curl, CURLOPT_URL, world_print(world, "%s/readyz", world->url));
    curl_easy_setopt(world->curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(world->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(world->curl, CURLOPT_TIMEOUT, (long)START_SECONDS);
    return curl_easy_perform(world->curl) == CURLE_OK &&
           curl_easy_getinfo(world->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
}

/* False where nginx ended, which it does when somebody else has taken its port. */
static bool wait_until_ready(struct world *world)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int status = 0;
    for (int round = 0; round < START_SECONDS * 100; round++) {
        if (is_ready(world)) {
            return true;
        }
        if (process_ended(world->nginx, &status)) {
            return false;
        }
        if (process_ended(world->muster, &status)) {
            world_give_up("muster serve ended with status %d:\n%s", status, world_log(world));
        }
        nanosleep(&pause, NULL);
    }
    world_give_up("not ready after %d seconds:\n%s", START_SECONDS, world_log(world));
}

static void make_folders(struct world *world)
{
    char *template = arena_copy_string(world->arena, "/tmp/muster-world-XXXXXX");
    world->folder = mkdtemp(template);
    if (world->folder == NULL || mkdir(world_path(world, "mail"), 0700) < 0 ||
        mkdir(world_path(world, "nginx"), 0700) < 0 || mkdir(world_path(world, "saml"), 0700) < 0 ||
        mkdir(world_path(world, "uploads"), 0700) < 0 || mkdir(world_path(world, "media"), 0755) < 0 ||
        mkdir(world_path(world, "media/" WORLD_BUCKET), 0755) < 0) {
        world_give_up("cannot make a folder in /tmp");
    }
    world_write_file(world_path(world, "saml/current.pem"),
                     world_read_file(world, SOURCE_FOLDER "/tests/data/saml/keys/service.pem"));
}

/* cmocka prints that a group's teardown failed, but its status stays 0; a world that ended badly must fail
 * the program all the same. */
static bool ended_badly;

static void insist(void)
{
    if (ended_badly) {
        fflush(NULL);
        _exit(EXIT_FAILURE);
    }
}

struct world *world_start(const char *configuration)
{
    const char *maintenance_url = getenv("MUSTER_TEST_DATABASE_URL");
    if (maintenance_url == NULL) {
        puts("skipped: MUSTER_TEST_DATABASE_URL is not set (tests/run starts a PostgreSQL and sets it)");
        exit(EXIT_SKIP);
    }
    atexit(insist);
    struct arena *arena = arena_create((size_t)1 << 30);
    struct world *world = calloc(1, sizeof(*world));
    if (arena == NULL || world == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        world_give_up("out of memory");
    }
    world->arena = arena;
    world->curl = curl_easy_init();
    world->rate = 1000;
    world->burst = 1000;
    world->connections = 512;
    make_folders(world);
    world->configuration_file = world_path(world, "muster.conf");
    choose_address(world);
    world_make_database(world, maintenance_url);
    for (int i = 0; i < PORT_TRIES; i++) {
        world_configure(world, configuration);
        start_muster(world);
        start_nginx(world);
        if (wait_until_ready(world)) {
            return world;
        }
        process_stop(world->muster, SIGTERM, STOP_SECONDS);
        choose_address(world);
    }
    world_give_up("nginx does not start:\n%s", world_read_file(world, world_path(world, "nginx.error")));
}

void world_restart(struct world *world, const char *configuration)
{
    assert_int_equal(process_stop(world->muster, SIGTERM, STOP_SECONDS), 0);
    world_configure(world, configuration);
    start_muster(world);
    assert_true(wait_until_ready(world));
}

void world_limit(struct world *world, int rate, int burst)
{
    assert_int_equal(process_stop(world->nginx, SIGQUIT, STOP_SECONDS), 0);
    world->rate = rate;
    world->burst = burst;
    start_nginx(world);
    assert_true(wait_until_ready(world));
}

void world_reach(struct world *world, const char *fast, const char *slow)
{
    assert_int_equal(process_stop(world->nginx, SIGQUIT, STOP_SECONDS), 0);
    world->fast = fast;
    world->slow = slow;
    start_nginx(world);
    assert_true(wait_until_ready(world));
}

void world_widen(struct world *world, int connections)
{
    world->connections = connections;
    world_limit(world, world->rate, world->burst);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static bool log_is_clean(struct world *world, const char *path)
{
    static const char *const complaints[] = {"AddressSanitizer", "LeakSanitizer", "runtime error:"};
    const char *log = world_read_file(world, path);
    bool clean = true;
    for (size_t i = 0; log != NULL && i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if (strstr(log, complaints[i]) != NULL) {
            print_error("%s has \"%s\":\n%s\n", path, complaints[i], log);
            clean = false;
        }
    }
    for (const struct secret *secret = world->secrets; log != NULL && secret != NULL; secret = secret->next) {
        if (strstr(log, secret->text) != NULL) {
            print_error("%s has the secret %s\n", path, secret->text);
            clean = false;
        }
    }
    return clean;
}

static bool logs_are_clean(struct world *world)
{
    static const char *const logs[] = {"muster.log", "nginx.error", "nginx/error.log",
                                       "nginx/muster.error.log", "nginx/muster.access.log"};
    bool clean = true;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        clean = log_is_clean(world, world_path(world, logs[i])) && clean;
    }
    return clean;
}

void world_stop(struct world *world)
{
    int nginx_status = process_stop(world->nginx, SIGQUIT, STOP_SECONDS);
    int muster_status = process_stop(world->muster, SIGTERM, STOP_SECONDS);
    if (muster_status != 0) {
        print_error("muster ended with status %d:\n%s\n", muster_status, world_log(world));
    }
    bool clean = logs_are_clean(world);
    world_drop_database(world);
    curl_easy_cleanup(world->curl);
    curl_global_cleanup();
    nftw(world->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    arena_destroy(world->arena);
    free(world);
    ended_badly = ended_badly || nginx_status != 0 || muster_status != 0 || !clean;
    assert_int_equal(nginx_status, 0);
    assert_int_equal(muster_status, 0);
    assert_true(clean);
}

int world_setup(void **state)
{
    *state = world_start(NULL);
    return 0;
}

int world_teardown(void **state)
{
    world_stop(*state);
    return 0;
}
