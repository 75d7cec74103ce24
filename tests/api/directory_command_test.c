/* organization create, team create, user create and invite: what they refuse before they touch the database.
 */
#include "support/company.h"
#include "support/expect.h"

#define TOO_LONG 201

static const char *organization;
static char long_name[TOO_LONG + 1];

static int setup(void **state)
{
    world_setup(state);
    memset(long_name, 'x', TOO_LONG);
    organization = make_organization(*state, "Commanded");
    return 0;
}

/* One line that names the option, and exit status 2. */
static void expect_wrong_usage(struct world *world, const char *option, const char *const *arguments)
{
    struct output output = world_run(world, "Correct-horse-9\n", arguments);
    assert_int_equal(output.status, 2);
    assert_string_equal(output.out, "");
    assert_non_null(strstr(output.error, option));
    assert_null(strchr(output.error, '\n'));
}

static void names_have_1_to_200_characters(void **state)
{
    struct world *world = *state;
    const char *const bad[] = {"", " ", "\xff", long_name};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_wrong_usage(world, "--name",
                           (const char *[]){"organization", "create", "--name", bad[i], NULL});
        expect_wrong_usage(
            world, "--name",
            (const char *[]){"team", "create", "--organization", organization, "--name", bad[i], NULL});
        expect_wrong_usage(world, "--first-name",
                           (const char *[]){"invite", "--organization", organization, "--first-name", bad[i],
                                            "--last-name", "Doe", NULL});
        expect_wrong_usage(world, "--last-name",
                           (const char *[]){"invite", "--organization", organization, "--first-name", "Jo",
                                            "--last-name", bad[i], NULL});
        expect_wrong_usage(world, "--first-name",
                           (const char *[]){"user", "create", "--username", "never.made", "--first-name",
                                            bad[i], "--last-name", "Doe", NULL});
        expect_wrong_usage(world, "--last-name",
                           (const char *[]){"user", "create", "--username", "never.made", "--first-name",
                                            "Jo", "--last-name", bad[i], NULL});
    }
}

static void the_rest_of_an_invitation_must_fit_too(void **state)
{
    struct world *world = *state;
    const char *const bad[][2] = {
        {"--email", "nobody"}, {"--job-title", long_name}, {"--employee-id", long_name}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_wrong_usage(world, bad[i][0],
                           (const char *[]){"invite", "--organization", organization, "--first-name", "Jo",
                                            "--last-name", "Doe", bad[i][0], bad[i][1], NULL});
    }
    make_invitation(world, organization, "Jo",
                    (const char *[]){"--email", "", "--job-title", "", "--employee-id", "", NULL});
}

static void a_user_has_an_address_or_none(void **state)
{
    struct world *world = *state;
    expect_wrong_usage(world, "--email",
                       (const char *[]){"user", "create", "--username", "never.made", "--first-name", "Jo",
                                        "--last-name", "Doe", "--email", "nobody", NULL});
    const char *made[] = {"user", "create",      "--username", "made.once", "--first-name",
                          "Jo",   "--last-name", "Doe",        NULL};
    assert_int_equal(world_run(world, "Correct-horse-9\n", made).status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_1_to_200_characters),
        cmocka_unit_test(the_rest_of_an_invitation_must_fit_too),
        cmocka_unit_test(a_user_has_an_address_or_none),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
