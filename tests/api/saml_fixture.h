/* What the tests of refused messages share: two organizations with their identity providers, and ways to
 * spoil a message before and after it is signed. */
#ifndef MUSTER_TESTS_API_SAML_FIXTURE_H
#define MUSTER_TESTS_API_SAML_FIXTURE_H

#include "base/clock.h"
#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/provider.h"

static struct company company;
__attribute__((unused)) static const struct provider provider = {"https://idp.example.test/one", "provider"};
__attribute__((unused)) static const struct provider foreign = {"https://idp.example.test/two", "stranger"};

__attribute__((unused)) static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    provider_connect(*state, company.organization, provider.entity, "provider second");
    provider_connect(*state, company.stranger.organization_id, foreign.entity, "stranger");
    return 0;
}

/* Nobody came in, whatever was tried. */
__attribute__((unused)) static int teardown(void **state)
{
    struct world *world = *state;
    const char *entered = world_sql(
        world,
        "SELECT count(*) FROM audit_events WHERE operation LIKE 'saml_consume%' AND action <> 'saml.refused'",
        NULL);
    assert_string_equal(entered, "0");
    return world_teardown(state);
}

__attribute__((unused)) static const char *says(struct world *world)
{
    return provider_says(world, &provider, company.learner.email);
}

__attribute__((unused)) static const char *unsigned_one(struct world *world)
{
    return provider_signs(world, &provider, says(world), "");
}

__attribute__((unused)) static const char *good(struct world *world, const char *signing)
{
    return provider_signs(world, &provider, says(world), signing);
}

__attribute__((unused)) static void refuses(struct world *world, const char *xml, int status,
                                            const char *reason)
{
    expect_untaken(world, provider_sends(world, xml), status, reason);
}

struct change {
    const char *from;
    const char *to;
    int status;
    const char *reason;
};

/* Changes that an identity provider itself makes before it signs. */
__attribute__((unused)) static void refuses_signed(struct world *world, const struct change *changes,
                                                   size_t count, const char *signing)
{
    for (size_t i = 0; i < count; i++) {
        const char *xml = changed(world, says(world), changes[i].from, changes[i].to);
        refuses(world, provider_signs(world, &provider, xml, signing), changes[i].status, changes[i].reason);
    }
}

/* Changes that somebody makes on the way. */
__attribute__((unused)) static void refuses_spoiled(struct world *world, const struct change *changes,
                                                    size_t count, const char *signing)
{
    for (size_t i = 0; i < count; i++) {
        refuses(world, changed(world, good(world, signing), changes[i].from, changes[i].to),
                changes[i].status, changes[i].reason);
    }
}

__attribute__((unused)) static const char *between(struct world *world, const char *text, const char *start,
                                                   const char *end)
{
    const char *from = strstr(text, start);
    assert_non_null(from);
    const char *to = strstr(from, end);
    assert_non_null(to);
    return world_print(world, "%.*s", (int)(to + strlen(end) - from), from);
}

__attribute__((unused)) static const char *assertion_of(struct world *world, const char *xml)
{
    return between(world, xml, "<saml:Assertion ", "</saml:Assertion>");
}

__attribute__((unused)) static const char *signature_of(struct world *world, const char *xml)
{
    return between(world, xml, "<ds:Signature ", "</ds:Signature>");
}

#endif
