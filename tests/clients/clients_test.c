/* Client libraries that applications use: they must work as they are, with constant and with changing tokens.
 */
#include "support/expect.h"
#include "support/people.h"
#include "support/process.h"

/* Runs the clients with what they need in their environment; the exit status. */
static int run_script(struct world *world, const char *out)
{
    const char *organization = make_organization(world, "Acme");
    struct person person = make_member(world, organization, "Ada");
    const char *first_code = make_invitation(world, organization, "Ada", NULL);
    const char *second_code = make_invitation(world, organization, "Ada", NULL);
    const char *const arguments[] = {"env",
                                     world_print(world, "MUSTER_URL=%s", world_url(world)),
                                     world_print(world, "MUSTER_EMAIL=%s", person.email),
                                     world_print(world, "MUSTER_PASSWORD=%s", person.password),
                                     world_print(world, "MUSTER_INVITE_CODES=%s %s", first_code, second_code),
                                     "MUSTER_REDIRECT_URL=" WORLD_RESET_URL,
                                     SOURCE_FOLDER "/tests/clients/run",
                                     NULL};

    return process_wait(process_start(arguments, NULL, out, out));
}

static void run_clients(struct world *world)
{
    const char *out = world_print(world, "%s/clients.out", world_folder(world));
    int status = run_script(world, out);

    if (status == EXIT_SKIP) {
        print_message("skipped: %s", world_read_file(world, out));
        skip();
    }
    if (status != 0) {
        fputs(world_read_file(world, out), stderr); /* longer than cmocka prints */
        fail_msg("the clients ended with status %d", status);
    }
}

/* A world whose sign-up answers with an object, without which libraries that sign up find nothing. */
static struct world *start(const char *rotation)
{
    char configuration[128];

    snprintf(configuration, sizeof configuration, "auth.sign_up_answer = object\ntoken_rotation = %s\n",
             rotation);
    return world_start(configuration);
}

static int start_constant(void **state)
{
    *state = start("off");
    return 0;
}

static int start_changing(void **state)
{
    *state = start("on");
    return 0;
}

static void clients_work_with_constant_tokens(void **state)
{
    run_clients(*state);
}

static void clients_work_with_changing_tokens(void **state)
{
    run_clients(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clients_work_with_constant_tokens, start_constant, world_teardown),
        cmocka_unit_test_setup_teardown(clients_work_with_changing_tokens, start_changing, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
