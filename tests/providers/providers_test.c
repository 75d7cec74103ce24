/* Identity providers that others have written sign people in, end to end: metadata is exchanged as
 * administrators do, requests and responses go through a browser, and the session works. */
#include "support/company.h"
#include "support/expect.h"
#include "support/process.h"

/* Runs the script of a provider with what it needs in its environment; the exit status. */
static int run_script(struct world *world, const char *provider, const char *out)
{
    const char *organization = make_organization(world, "Acme");
    struct person admin = make_admin(world, organization, "Ada");
    struct person member = make_member(world, organization, "Mia");
    const char *const arguments[] = {"env",
                                     world_print(world, "MUSTER_URL=%s", world_url(world)),
                                     world_print(world, "MUSTER_ORGANIZATION=%s", organization),
                                     world_print(world, "MUSTER_ADMIN=%s", admin.email),
                                     world_print(world, "MUSTER_PASSWORD=%s", admin.password),
                                     world_print(world, "MUSTER_EMAIL=%s", member.email),
                                     "MUSTER_REDIRECT_URL=" WORLD_SAML_URL,
                                     SOURCE_FOLDER "/tests/providers/run",
                                     provider,
                                     NULL};

    return process_wait(process_start(arguments, NULL, out, out));
}

static void run_provider(struct world *world, const char *provider)
{
    const char *out = world_print(world, "%s/%s.out", world_folder(world), provider);
    int status = run_script(world, provider, out);

    if (status == EXIT_SKIP) {
        print_message("skipped: %s", world_read_file(world, out));
        skip();
    }
    if (status != 0) {
        fputs(world_read_file(world, out), stderr); /* longer than cmocka prints */
        fail_msg("%s ended with status %d; the newest refusal: %s", provider, status,
                 world_sql(world,
                           "SELECT after ->> 'reason' FROM audit_events WHERE action = 'saml.refused' "
                           "ORDER BY position DESC LIMIT 1",
                           NULL));
    }
}

static void samlp_signs_people_in(void **state)
{
    run_provider(*state, "samlp");
}

static void simplesamlphp_signs_people_in_with_a_browser(void **state)
{
    run_provider(*state, "simplesamlphp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samlp_signs_people_in),
        cmocka_unit_test(simplesamlphp_signs_people_in_with_a_browser),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
