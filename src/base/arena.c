/* A bump allocator: handing memory out is an addition, and a whole request is freed by resetting one pointer.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#define UNIT           ((size_t)16)
#define FIRST_CAPACITY ((size_t)32 * 1024)
#define LARGE_CAPACITY ((size_t)1024 * 1024)

/* Under AddressSanitizer each object is a block of its own, so that it sees an overrun of any of them. */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH true
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH false
#endif

struct block {
    struct block *older;
    char *data;
    size_t start;    /* the sequence of its first byte: where the block before it ends */
    size_t used;     /* of the capacity, in whole units */
    size_t capacity; /* in whole units */
};

struct cleanup {
    struct cleanup *older;
    void (*clean)(void *thing);
    void *thing;
    size_t sequence; /* where the arena stood once this was registered */
};

struct arena {
    struct block *newest;
    struct block *kept; /* stays over resets; none where each object has its own block */
    struct cleanup *cleanups;
    size_t used;
    size_t maximum;
    jmp_buf *escape;
};

/* The one that has an escape. */
static const struct arena *escaping;

static _Noreturn void arena_exhausted(const struct arena *arena)
{
    if (arena->escape != NULL) {
        longjmp(*arena->escape, 1);
    }
    fprintf(stderr, "muster: memory exhausted: %zu of at most %zu bytes in use\n", arena->used,
            arena->maximum);
    abort();
}

static size_t arena_sequence(const struct arena *arena)
{
    return arena->newest == NULL ? 0 : arena->newest->start + arena->newest->used;
}

static struct block *block_create(struct block *older, size_t capacity, size_t size)
{
    struct block *block = malloc(sizeof *block);
    char *data = malloc(ONE_BLOCK_EACH ? size + (size == 0) : capacity);
    if (block == NULL || data == NULL) {
        free(block);
        free(data);
        return NULL;
    }
    *block = (struct block){.older = older, .data = data, .capacity = capacity};
    block->start = older == NULL ? 0 : older->start + older->capacity;
    return block;
}

static void block_destroy(struct block *block)
{
    if (block != NULL) {
        free(block->data);
        free(block);
    }
}

struct arena *arena_create(size_t maximum)
{
    struct arena *arena = malloc(sizeof *arena);
    if (arena == NULL) {
        return NULL;
    }
    *arena = (struct arena){.maximum = maximum};
    if (!ONE_BLOCK_EACH) {
        arena->kept = block_create(NULL, FIRST_CAPACITY, 0);
        if (arena->kept == NULL) {
            free(arena);
            return NULL;
        }
    }
    arena->newest = arena->kept;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_reset(arena);
    block_destroy(arena->kept);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    arena_rewind(arena, (struct arena_mark){0});
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena_sequence(arena)};
}

static void run_cleanups(struct arena *arena, size_t sequence)
{
    while (arena->cleanups != NULL && arena->cleanups->sequence > sequence) {
        const struct cleanup *cleanup = arena->cleanups;
        arena->cleanups = cleanup->older;
        cleanup->clean(cleanup->thing);
    }
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    run_cleanups(arena, mark.sequence);
    while (arena->newest != arena->kept && arena->newest->start >= mark.sequence) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        arena->used -= block->used;
        block_destroy(block);
    }
    struct block *block = arena->newest;
    if (block != NULL && block->start + block->used > mark.sequence) {
        arena->used -= block->start + block->used - mark.sequence;
        block->used = mark.sequence - block->start;
    }
}

void arena_set_escape(struct arena *arena, jmp_buf *escape)
{
    arena->escape = escape;
    escaping = escape != NULL ? arena : NULL;
}

void arena_give_up(const char *what)
{
    if (escaping != NULL) {
        longjmp(*escaping->escape, 1);
    }
    fprintf(stderr, "muster: no memory for %s\n", what);
    abort();
}

static bool add_block(struct arena *arena, size_t units, size_t size)
{
    size_t capacity = units;
    if (!ONE_BLOCK_EACH) {
        size_t doubled =
            arena->newest->capacity >= LARGE_CAPACITY / 2 ? LARGE_CAPACITY : 2 * arena->newest->capacity;
        capacity = units > doubled ? units : doubled;
    }
    struct block *block = block_create(arena->newest, capacity, size);
    if (block == NULL) {
        return false;
    }
    arena->newest = block;
    return true;
}

/* `size` in whole units, at least one so that each object has its own address; 0 where the maximum forbids
 * it. */
static size_t units_allowed(const struct arena *arena, size_t size)
{
    size_t left = arena->maximum - arena->used;
    if (size > left) {
        return 0;
    }
    size_t units = size == 0 ? UNIT : (size + UNIT - 1) / UNIT * UNIT;
    return units > left ? 0 : units;
}

static void *try_reserve(struct arena *arena, size_t size)
{
    size_t units = units_allowed(arena, size);
    if (units == 0) {
        return NULL;
    }
    const struct block *newest = arena->newest;
    if (ONE_BLOCK_EACH || units > newest->capacity - newest->used) {
        if (!add_block(arena, units, size)) {
            return NULL;
        }
    }
    struct block *block = arena->newest;
    char *memory = block->data + block->used;
    block->used += units;
    arena->used += units;
    return memory;
}

void *arena_reserve(struct arena *arena, size_t size)
{
    void *memory = try_reserve(arena, size);
    if (memory == NULL) {
        arena_exhausted(arena);
    }
    return memory;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    return memset(arena_reserve(arena, size), 0, size);
}

void *arena_allocate_array(struct arena *arena, size_t count, size_t size)
{
    size_t product = 0;
    if (__builtin_mul_overflow(count, size, &product)) {
        arena_exhausted(arena);
    }
    return arena_allocate(arena, product);
}

/* Whether `memory` could grow where it is: the newest object, with room behind it in its block. */
static bool enlarge_in_place(struct arena *arena, const char *memory, size_t old_size, size_t size)
{
    struct block *block = arena->newest;
    size_t old_units = old_size == 0 ? UNIT : (old_size + UNIT - 1) / UNIT * UNIT;
    if (ONE_BLOCK_EACH || old_units > block->used || memory != block->data + block->used - old_units) {
        return false;
    }
    size_t room = block->capacity - block->used;
    size_t more = size <= old_units ? 0 : units_allowed(arena, size - old_units);
    if (size > old_units && (more == 0 || more > room)) {
        return false;
    }
    block->used += more;
    arena->used += more;
    return true;
}

void *arena_enlarge(struct arena *arena, void *memory, size_t old_size, size_t size)
{
    if (memory != NULL && enlarge_in_place(arena, memory, old_size, size)) {
        return memory;
    }
    void *larger = arena_reserve(arena, size);
    if (memory != NULL && old_size > 0) {
        memcpy(larger, memory, old_size < size ? old_size : size);
    }
    return larger;
}

char *arena_copy(struct arena *arena, const char *data, size_t length)
{
    if (length == SIZE_MAX) {
        arena_exhausted(arena);
    }
    char *copy = arena_reserve(arena, length + 1);
    if (length > 0) {
        memcpy(copy, data, length);
    }
    copy[length] = '\0';
    return copy;
}

char *arena_copy_string(struct arena *arena, const char *string)
{
    return arena_copy(arena, string, strlen(string));
}

struct text arena_copy_text(struct arena *arena, struct text text)
{
    if (text.data == NULL) {
        return NO_TEXT;
    }
    return (struct text){arena_copy(arena, text.data, text.length), text.length};
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *printed = arena_print_list(arena, format, arguments);
    va_end(arguments);
    return printed;
}

char *arena_print_list(struct arena *arena, const char *format, va_list arguments)
{
    char small[256];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length < 0) {
        va_end(again);
        arena_exhausted(arena);
    }
    char *printed = NULL;
    if ((size_t)length < sizeof small) {
        printed = arena_copy(arena, small, (size_t)length);
    } else {
        printed = arena_reserve(arena, (size_t)length + 1);
        vsnprintf(printed, (size_t)length + 1, format, again);
    }
    va_end(again);
    return printed;
}

void arena_on_reset(struct arena *arena, void (*clean)(void *thing), void *thing)
{
    struct cleanup *cleanup = try_reserve(arena, sizeof *cleanup);
    if (cleanup == NULL) {
        clean(thing);
        arena_exhausted(arena);
    }
    *cleanup = (struct cleanup){arena->cleanups, clean, thing, arena_sequence(arena)};
    arena->cleanups = cleanup;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
