/* What the tests of the configuration share: no variables of whoever runs them, and a parser that must not
 * fail. */
#ifndef MUSTER_TESTS_CONFIG_FIXTURE_H
#define MUSTER_TESTS_CONFIG_FIXTURE_H

#include "support/cmocka_headers.h"

#include "config/config.h"
#include "config/config_values.h"

#define SECOND INT64_C(1000000)

static char fault[512];

/* No variable of whoever runs the tests may reach them. */
static int start(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        struct arena *arena = arena_create(4096);
        if (options[i].name != NULL) {
            unsetenv(option_environment(arena, &options[i]));
        }
        arena_destroy(arena);
    }
    unsetenv("MUSTER_CONF");
    unsetenv("MUSTER_URL");
    unsetenv("MUSTER_BIN");
    fault[0] = '\0';
    return 0;
}

static struct configuration *parse(const char *text)
{
    struct configuration *configuration = configuration_parse(text_of(text), "a.conf", fault, sizeof fault);
    if (configuration == NULL) {
        fail_msg("%s", fault);
    }
    return configuration;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, start)

#endif
