/* One process at a time looks at the switch; all others go by what it saw, without a lock or a wait. */
#include "http/maintenance.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "database/database.h"
#include "sql/statements.h"

#define INTERVAL (MICROSECONDS_PER_SECOND / 2)

/* Maintenance takes minutes, and the end of it is noticed at once. */
#define RETRY_AFTER 60

struct state {
    _Atomic int64_t looked_at; /* monotonic; 0: never */
    atomic_bool closed;
};

static struct state own;
static struct state *state = &own;

int maintenance_create(void)
{
    if (state == &own) {
        void *shared = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (shared == MAP_FAILED) {
            return -1;
        }
        state = shared;
    }
    return 0;
}

static void look(struct context *context)
{
    struct result *rows;

    if (sql_maintenance_state(context, (struct sql_maintenance_state){0}, &rows) == PROBLEM_NONE) {
        atomic_store_explicit(&state->closed, result_true(rows, 0, "closed"), memory_order_relaxed);
    } else {
        context_forgive(context);
    }
}

enum problem maintenance_check(struct context *context)
{
    int64_t now = clock_monotonic();
    int64_t before = atomic_load_explicit(&state->looked_at, memory_order_relaxed);
    bool due = before == 0 || now - before >= INTERVAL;

    if (due && atomic_compare_exchange_strong(&state->looked_at, &before, now)) {
        look(context);
    }
    if (!atomic_load_explicit(&state->closed, memory_order_relaxed)) {
        return PROBLEM_NONE;
    }
    context->retry_after = RETRY_AFTER;
    return FAIL(context, PROBLEM_UNAVAILABLE,
                "The service is closed for maintenance; please try again later.");
}
