/* What the fuzz targets share: one arena for all inputs, reset before each, and a check that stops the run.
 */
#ifndef MUSTER_TESTS_FUZZ_FUZZ_H
#define MUSTER_TESTS_FUZZ_FUZZ_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_ARENA_MAXIMUM ((size_t)64 * 1024 * 1024)

/* Stops the run where something that must hold does not. */
static inline void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A context as new. Memory for the inputs of one run always suffices: an exhausted arena aborts, which is a
 * finding. */
static inline void fuzz_context(struct context *context)
{
    static struct arena *arena;

    if (arena == NULL) {
        arena = arena_create(FUZZ_ARENA_MAXIMUM);
        require(arena != NULL);
    }
    arena_reset(arena);
    context_start(context, arena, NULL, NULL);
}

static inline struct text fuzz_text(const uint8_t *data, size_t size)
{
    return (struct text){(const char *)data, size};
}

#endif
