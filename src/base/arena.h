/* Memory that lives exactly as long as one request, so that handlers never free and never leak. */
#ifndef MUSTER_BASE_ARENA_H
#define MUSTER_BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/* A point in an arena's life to go back to; see arena_mark(). */
struct arena_mark {
    size_t sequence;
};

/* Makes an arena that hands out at most `maximum` bytes between two resets, counted in units of 16. NULL when
 * memory is short. */
struct arena *arena_create(size_t maximum);

/* Runs the clean-ups and gives all memory back. NULL is allowed. */
void arena_destroy(struct arena *arena);

/* Runs the clean-ups, newest first, and makes the arena empty; one block is kept for the next request. */
void arena_reset(struct arena *arena);

/* Where the arena stands now; arena_rewind() frees everything that was allocated or registered since. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Where to go when memory or the maximum is exhausted: longjmp(*escape, 1). With none set the process aborts.
 */
void arena_set_escape(struct arena *arena, jmp_buf *escape);

/* For what cannot be done because a library has no memory: goes where the arena that has an escape would go
 * (there is one at a time), and aborts where none has. `what` could not be done, for the log. */
_Noreturn void arena_give_up(const char *what);

/* Zeroed memory, aligned for any type, valid until the reset. Never NULL: see arena_set_escape(). */
void *arena_allocate(struct arena *arena, size_t size) __attribute__((returns_nonnull, malloc));

/* The same for `count` elements of `size` bytes; an overflow of the product counts as exhaustion. */
void *arena_allocate_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/* The same without the zeroes, for memory that is about to be written in full. */
void *arena_reserve(struct arena *arena, size_t size) __attribute__((returns_nonnull, malloc));

/* Makes memory of this arena larger: in place where it was the newest, else by a copy; what is new is not
 * zeroed. */
void *arena_enlarge(struct arena *arena, void *memory, size_t old_size, size_t size)
    __attribute__((returns_nonnull));

/* A zero-terminated copy of `length` bytes. */
char *arena_copy(struct arena *arena, const char *data, size_t length) __attribute__((returns_nonnull));
char *arena_copy_string(struct arena *arena, const char *string) __attribute__((returns_nonnull));

/* A copy of a view, zero-terminated behind its end. */
struct text arena_copy_text(struct arena *arena, struct text text);

/* printf into the arena. */
char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_print_list(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0), returns_nonnull));

/* Calls `clean(thing)` when the arena is reset, rewound past this point, or destroyed. Use it where a foreign
 * object is made (PGresult, json_object, xmlDoc), at once, so that no way out of a handler can leak it: even
 * where the registration itself exhausts the arena, `thing` is cleaned before the escape. */
void arena_on_reset(struct arena *arena, void (*clean)(void *thing), void *thing);

/* Bytes handed out since the last reset, in units of 16. */
size_t arena_used(const struct arena *arena);

#define ARENA_NEW(arena, type)          ((type *)arena_allocate((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_allocate_array((arena), (count), sizeof(type)))

#endif
