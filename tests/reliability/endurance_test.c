/* A long mixture of requests, a tenth of them wrong: the worker that serves them all keeps neither memory nor
 * descriptors. */
#include <dirent.h>
#include <unistd.h>

#include "process/server.h"
#include "reliability/typical.h"
#include "support/figure.h"

#define FEW  4000
#define MANY 1000000

/* What the short form allows for pages that were first touched late. */
#define ALLOWANCE ((int64_t)64 * 1024)

static pid_t worker;

static int setup(void **state)
{
    pid_t children[MAXIMUM_CHILDREN];
    *state = world_start(TYPICAL_CONFIGURATION "log_level = warning\n");
    typical_start(*state);
    assert_int_equal(children_of(world_master(*state), children), 1);
    worker = children[0];
    return 0;
}

/* Bytes of the worker that are in no file: its share of files changes with whoever else has them mapped. */
static int64_t memory_of_worker(struct world *world)
{
    const char *rollup = world_read_file(world, world_print(world, "/proc/%ld/smaps_rollup", (long)worker));
    const char *line = rollup != NULL ? strstr(rollup, "\nAnonymous:") : NULL;
    if (line == NULL) {
        fail_msg("the worker is gone, or nothing is told of its memory");
    }
    return strtoll(line + strlen("\nAnonymous:"), NULL, 10) * 1024;
}

static size_t descriptors_of_worker(struct world *world)
{
    DIR *folder = opendir(world_print(world, "/proc/%ld/fd", (long)worker));
    size_t count = 0;
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* While nothing is asked: the last connection is closed after its answer. */
static size_t descriptors_at_rest(struct world *world)
{
    size_t least = SIZE_MAX;
    for (int i = 0; i < 50; i++) {
        size_t count = descriptors_of_worker(world);
        least = count < least ? count : least;
        usleep(10000);
    }
    return least;
}

static const struct {
    const char *method;
    const char *uri;
    const char *body;
    int status;
} wrong[] = {
    {"GET", "/api/v1/session", NULL, 401},
    {"GET", "/api/v1/nothing", NULL, 404},
    {"BREW", "/api/v1/session", NULL, 405},
    {"POST", "/api/v1/auth/sign_in", "{\"username\": ", 400},
    {"POST", "/api/v1/auth/sign_in", "{\"username\": 1, \"username\": 2}", 400},
    {"POST", "/v3/users/delete", "{\"emails\": [\"nobody\"]}", 401},
    {"GET", "/api/v1/users?page=%zz&size=-1", NULL, 0},
};

static void send_wrong(struct world *world, size_t number)
{
    size_t kind = number % (sizeof wrong / sizeof wrong[0]);
    struct exchange exchange;
    const char *const parameters[] = {"REQUEST_METHOD", wrong[kind].method, "REQUEST_URI", wrong[kind].uri,
                                      "REMOTE_ADDR",    "192.0.2.1",        NULL};
    exchange_send(world_socket(world), parameters, wrong[kind].body, &exchange);
    if (!exchange.complete || exchange.status < 400 || exchange.status >= 500 ||
        (wrong[kind].status != 0 && exchange.status != wrong[kind].status)) {
        fail_msg("%s %s: %s", wrong[kind].method, wrong[kind].uri, exchange.text);
    }
}

/* A thousandth of them hashes a password. */
static void send_right(struct world *world, size_t number)
{
    const struct typical *operation = &typical[number % TYPICAL_COUNT];
    char key[TYPICAL_KEY_SIZE];
    struct exchange exchange;
    if (operation->slow && number % 1000 >= TYPICAL_COUNT) {
        operation = &typical[0];
    }
    typical_key(key);
    typical_send(world, operation, key, &exchange);
    if (!typical_is_done(operation, &exchange)) {
        fail_msg("%s: %s", operation->name, exchange.text);
    }
}

static void send_many(struct world *world, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(world_arena(world));
        if (i % 10 == 9) {
            send_wrong(world, i / 10);
        } else {
            send_right(world, i);
        }
        arena_rewind(world_arena(world), mark);
    }
}

static void nothing_is_kept_over_requests(void **state)
{
    struct world *world = *state;
    size_t count = short_or_long(FEW, MANY);
    send_many(world, count / 4);
    int64_t memory = memory_of_worker(world);
    size_t descriptors = descriptors_at_rest(world);
    send_many(world, count);
    int64_t grown = memory_of_worker(world) - memory;
    size_t afterwards = descriptors_at_rest(world);
    figure("%zu requests, a tenth of them wrong: memory grew by %d bytes, descriptors by %d", count,
           (int)grown, (int)(afterwards - descriptors));
    assert_int_equal(afterwards, descriptors);
    assert_true(grown <= (is_long() ? (int64_t)count : ALLOWANCE));
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__)
    puts("skipped: AddressSanitizer keeps what was freed");
    return EXIT_SKIP;
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_over_requests),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
#endif
}
