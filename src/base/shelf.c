/* Places are parts of a file in memory. Who reads one holds a lock on its byte, and who writes it holds one
 * alone: locks of a process that dies are released by the kernel, and what it had begun to write has no name
 * yet. */
#include "base/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD_SIZE ((size_t)4096)
#define FILE_SIZE (HEAD_SIZE + SHELF_PLACES * SHELF_PLACE_SIZE)

struct place {
    char name[SHELF_LONGEST_NAME + 1]; /* empty: nothing is here */
    char version[SHELF_LONGEST_NAME + 1];
    size_t length;
    size_t compressed_length;
    _Atomic uint64_t used; /* by the shelf's own clock, which goes on with each use */
};

/* In front of the places. */
struct shelf {
    _Atomic uint64_t clock;
};

static int file = -1;
static char *memory;

int shelf_create(void)
{
    if (file >= 0) {
        return 0;
    }
    file = memfd_create("muster shelf", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)FILE_SIZE) != 0) {
        return -1;
    }
    void *mapped = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    memory = mapped != MAP_FAILED ? mapped : NULL;
    return memory != NULL ? 0 : -1;
}

static struct place *place_at(size_t number)
{
    void *place = memory + HEAD_SIZE + number * SHELF_PLACE_SIZE;

    return place;
}

static char *content_of(struct place *place)
{
    return (char *)place + HEAD_SIZE;
}

/* False where somebody else holds it; nobody ever waits. */
static bool lock(short type, size_t number)
{
    struct flock wanted = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};
    int result;

    do {
        result = fcntl(file, F_SETLK, &wanted);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

/* A process reads one place at a time. */
static void release(void *number)
{
    (void)lock(F_UNLCK, (size_t)(uintptr_t)number);
}

static bool is_called(const char *stored, struct text name)
{
    return name.length > 0 && strnlen(stored, SHELF_LONGEST_NAME + 1) == name.length &&
           memcmp(stored, name.data, name.length) == 0;
}

static uint64_t next_use(void)
{
    void *start = memory;
    struct shelf *shelf = start;

    return atomic_fetch_add_explicit(&shelf->clock, 1, memory_order_relaxed) + 1;
}

/* Looked at without the lock first: most places are not the one. */
static bool read_place(size_t number, struct text name, struct text version, struct shelved *found)
{
    struct place *place = place_at(number);

    if (!is_called(place->name, name) || !lock(F_RDLCK, number)) {
        return false;
    }
    if (!is_called(place->name, name) || !is_called(place->version, version)) {
        (void)lock(F_UNLCK, number);
        return false;
    }
    atomic_store_explicit(&place->used, next_use(), memory_order_relaxed);
    found->text = (struct text){content_of(place), place->length};
    found->compressed = (struct text){content_of(place) + place->length, place->compressed_length};
    return true;
}

bool shelf_find(struct arena *arena, struct text name, struct text version, struct shelved *found)
{
    for (size_t i = 0; memory != NULL && i < SHELF_PLACES; i++) {
        if (read_place(i, name, version, found)) {
            arena_on_reset(arena, release, (void *)(uintptr_t)i);
            return true;
        }
    }
    return false;
}

/* When a place was used last; one of that name is given up first, and then an empty one. */
static uint64_t use_of(size_t number, struct text name)
{
    const struct place *place = place_at(number);

    if (is_called(place->name, name)) {
        return 0;
    }
    return place->name[0] == '\0' ? 1 : place->used + 1;
}

static void order_places(size_t order[static SHELF_PLACES], struct text name)
{
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        size_t at = i;

        for (; at > 0 && use_of(i, name) < use_of(order[at - 1], name); at--) {
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

/* What the former thing took more is given back. */
static void trim_place(size_t number, size_t used)
{
    off_t start = (off_t)(HEAD_SIZE + number * SHELF_PLACE_SIZE + used);

    (void)fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start,
                    (off_t)(SHELF_PLACE_SIZE - used));
}

static void write_place(size_t number, struct text name, struct text version, const struct shelved *thing)
{
    struct place *place = place_at(number);
    char *content = content_of(place);

    place->name[0] = '\0';
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(content, thing->text.data, thing->text.length);
    /* What is not compressed has no address, which memcpy must not be given even for nothing. */
    if (thing->compressed.length > 0) {
        memcpy(content + thing->text.length, thing->compressed.data, thing->compressed.length);
    }
    trim_place(number, HEAD_SIZE + thing->text.length + thing->compressed.length);
    place->length = thing->text.length;
    place->compressed_length = thing->compressed.length;
    place->used = next_use();
    memcpy(place->version, version.data, version.length);
    place->version[version.length] = '\0';
    memcpy(place->name + 1, name.data + 1, name.length - 1);
    place->name[name.length] = '\0';
    atomic_thread_fence(memory_order_seq_cst);
    place->name[0] = name.data[0];
}

void shelf_put(struct text name, struct text version, const struct shelved *thing)
{
    size_t order[SHELF_PLACES] = {0};

    if (memory == NULL || name.length == 0 || name.length > SHELF_LONGEST_NAME ||
        version.length > SHELF_LONGEST_NAME ||
        HEAD_SIZE + thing->text.length + thing->compressed.length > SHELF_PLACE_SIZE) {
        return;
    }
    order_places(order, name);
    for (size_t i = 0; i < SHELF_PLACES; i++) {
        if (lock(F_WRLCK, order[i])) {
            write_place(order[i], name, version, thing);
            (void)lock(F_UNLCK, order[i]);
            return;
        }
    }
}
