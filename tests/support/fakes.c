/* Starting the fakes, and reading what they were asked. */
#include "support/fakes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/process.h"

#define TENTHS_TO_START 600
#define LONGEST_LOG     ((size_t)4 << 20)

static const char *path_in(struct arena *arena, const struct fakes *fakes, const char *name)
{
    return arena_print(arena, "%s/%s", fakes->folder, name);
}

static const char *content_of(struct arena *arena, const char *path)
{
    struct builder content;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0) {
        return "";
    }
    builder_start(&content, arena, 4096, LONGEST_LOG);
    for (ssize_t length = 1; length > 0;) {
        char *place = builder_reserve(&content, 4096);
        assert_non_null(place);
        length = read(file, place, 4096);
        content.length += length > 0 ? (size_t)length : 0;
    }
    close(file);
    return arena_copy_text(arena, builder_text(&content)).data;
}

static const char *wait_for_ports(struct arena *arena, const struct fakes *fakes)
{
    for (int tenth = 0; tenth < TENTHS_TO_START; tenth++) {
        const char *ports = content_of(arena, path_in(arena, fakes, "ports"));
        if (ports[0] != '\0') {
            return ports;
        }
        usleep(100000);
    }
    fail_msg("the fake services do not start: %s", content_of(arena, path_in(arena, fakes, "errors")));
    return NULL;
}

struct fakes fakes_start(struct arena *arena)
{
    char folder[] = "/tmp/muster-fakes-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct fakes fakes = {.folder = arena_copy_string(arena, folder)};
    fakes.certificate = path_in(arena, &fakes, "certificate.pem");
    const char *errors = path_in(arena, &fakes, "errors");
    fakes.process = process_start(
        (const char *[]){"python3", SOURCE_FOLDER "/tests/support/fake_services.py", fakes.folder, NULL},
        NULL, errors, errors);
    struct text plain = text_of(wait_for_ports(arena, &fakes));
    struct text secure = text_cut(&plain, ' ');
    fakes.address = arena_print(arena, "https://127.0.0.1:%.*s", TEXT_ARGUMENTS(secure));
    fakes.open = arena_print(arena, "http://127.0.0.1:%.*s", TEXT_ARGUMENTS(plain));
    return fakes;
}

void fakes_stop(struct fakes *fakes)
{
    (void)process_stop(fakes->process, SIGTERM, 10);
    (void)process_wait(process_start((const char *[]){"rm", "-rf", fakes->folder, NULL}, NULL, NULL, NULL));
}

const char *fakes_log(struct arena *arena, const struct fakes *fakes)
{
    return content_of(arena, path_in(arena, fakes, "requests.jsonl"));
}

size_t fakes_count(struct arena *arena, const struct fakes *fakes, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(fakes_log(arena, fakes), text); at != NULL; at = strstr(at + 1, text)) {
        count++;
    }
    return count;
}

void fakes_break(struct arena *arena, const struct fakes *fakes, bool broken)
{
    const char *path = path_in(arena, fakes, "broken");
    if (broken) {
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        close(file);
    } else {
        (void)unlink(path);
    }
}

void fakes_world_start(void **state, struct arena **memory, struct fakes *fakes,
                       const char *(*configuration)(void))
{
    *memory = arena_create((size_t)64 << 20);
    *fakes = fakes_start(*memory);
    setenv("SSL_CERT_FILE", fakes->certificate, 1);
    *state = world_start(configuration());
    world_secret(*state, FAKE_SECRET);
}

int fakes_world_stop(void **state, struct arena *memory, struct fakes *fakes)
{
    world_teardown(state);
    fakes_stop(fakes);
    arena_destroy(memory);
    return 0;
}
