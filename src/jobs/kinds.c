/* The rows of kinds.def, and looking them up. */
#include "jobs/kinds.h"

const struct job_kind job_kinds[] = {
#define JOB_KIND(name, function, attempts, lease_seconds, pool) \
    {#name, function, attempts, lease_seconds, JOB_POOL_##pool},
#include "jobs/kinds.def"
#undef JOB_KIND
    {NULL, NULL, 0, 0, JOB_POOL_QUICK},
};

const struct job_kind *job_kind_find(const struct job_kind *kinds, struct text name)
{
    for (; kinds->name != NULL; kinds++) {
        if (text_equal_string(name, kinds->name)) {
            return kinds;
        }
    }
    return NULL;
}

const char *job_kind_names(struct arena *arena, const struct job_kind *kinds, enum job_pool pool)
{
    const char *names = "";

    for (; kinds->name != NULL; kinds++) {
        if (kinds->pool == pool) {
            names = arena_print(arena, "%s%s%s", names, names[0] == '\0' ? "" : ",", kinds->name);
        }
    }
    return arena_print(arena, "{%s}", names);
}

const char *job_pool_name(enum job_pool pool)
{
    return pool == JOB_POOL_LONG ? "long" : "quick";
}
