/* PATCH /users/{id}/password_reset: an admin, or oneself, has the reset link mailed. */
#include <glob.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/sessions.h"

#define FIRST_URL "https://first.example.test/new?from=mail"

static struct company company;

static int setup(void **state)
{
    struct world *world = world_start("reset_redirect_urls = " FIRST_URL " " WORLD_RESET_URL "\n");

    *state = world;
    company = make_company(world);
    return 0;
}

static struct answer *reset_with(struct world *world, const struct person *caller, const char *user,
                                 const char *body)
{
    return call_as(world, caller, "PATCH", world_print(world, "/api/v1/users/%s/password_reset", user), body);
}

static struct answer *reset(struct world *world, const struct person *caller, const struct person *user)
{
    return reset_with(world, caller, user->user_id, text_body(world, "username", user->username));
}

/* How many finished mails the spool has for the address, and the last of them. */
static size_t mails(struct world *world, const char *address, const char **last)
{
    glob_t found = {0};
    size_t count = 0;

    glob(world_print(world, "%s/*.eml", world_mail_spool(world)), 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *mail = world_read_file(world, found.gl_pathv[i]);
        if (strstr(mail, world_print(world, "\r\nTo: %s\r\n", address)) != NULL) {
            *last = mail;
            count++;
        }
    }
    globfree(&found);
    return count;
}

static size_t count_mails(struct world *world, const struct person *person)
{
    const char *last = NULL;
    return mails(world, person->email, &last);
}

static void admins_employees_and_oneself_have_the_link_mailed(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.employee, &company.learner};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = reset(world, callers[i], &company.learner);
        expect_status(answer, 200);
        expect_body(answer, "true");
        assert_int_equal(count_mails(world, &company.learner), i + 1);
    }
    expect_open(world, &company.learner.session);
}

/* The link's path and query. */
static const char *link_in(struct world *world, const char *mail)
{
    const char *link = strstr(mail, world_print(world, "%s/api/v1/auth/password/edit?", world_url(world)));
    assert_non_null(link);
    link += strlen(world_url(world));
    const char *path = world_print(world, "%.*s", (int)strcspn(link, "\r\n"), link);
    world_secret(world, strstr(path, "reset_password_token=") + strlen("reset_password_token="));
    return path;
}

static void the_link_leads_to_the_first_allowed_address_and_is_good_once(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Forgot");
    const char *mail = NULL;
    expect_status(reset(world, &company.admin, &person), 200);
    assert_int_equal(mails(world, person.email, &mail), 1);
    const char *link = link_in(world, mail);
    struct answer *answer = call_get(world, NULL, link);
    expect_status(answer, 302);
    assert_int_equal(strncmp(answer_header(answer, "Location"), FIRST_URL "&", strlen(FIRST_URL "&")), 0);
    expect_error(call_get(world, NULL, link), 404, NULL);
}

static void the_username_is_compared_without_case_and_may_be_the_address(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Named");
    const char *shout = world_sql(world, "SELECT upper($1)", person.username, NULL);
    expect_status(reset_with(world, &company.admin, person.user_id, text_body(world, "username", shout)),
                  200);
    expect_status(
        reset_with(world, &company.admin, person.user_id, text_body(world, "username", person.email)), 200);
    assert_int_equal(count_mails(world, &person), 2);
}

static void another_username_is_422_and_mails_nothing(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Mixed");
    const char *wrong[] = {company.admin.username, "nobody", company.admin.email, "Mixed"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        expect_error(
            reset_with(world, &company.admin, person.user_id, text_body(world, "username", wrong[i])), 422,
            "username");
    }
    assert_int_equal(count_mails(world, &person), 0);
    assert_int_equal(count_mails(world, &company.admin), 0);
}

static void without_an_address_the_answer_is_false(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Unmailed");
    world_sql(world, "UPDATE users SET provider = 'username', email = NULL WHERE id = $1::uuid",
              person.user_id, NULL);
    struct answer *answer = reset(world, &company.admin, &person);
    expect_status(answer, 200);
    expect_body(answer, "false");
    assert_int_equal(count_mails(world, &person), 0);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM password_resets WHERE user_id = $1::uuid", person.user_id),
        0);
    expect_error(reset_with(world, &company.admin, person.user_id, "{\"username\": \"wrong\"}"), 422,
                 "username");
}

static void a_disabled_user_is_sent_nothing(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Disabled");
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    expect_status(reset(world, &company.admin, &person), 200);
    assert_int_equal(count_mails(world, &person), 0);
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 422},
               {"{\"username\": null}", 422},
               {"{\"username\": \"\"}", 422},
               {"{\"username\": \" \"}", 422},
               {"{\"username\": 5}", 400},
               {"{\"username\": [\"a\"]}", 400},
               {"{", 400}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(reset_with(*state, &company.admin, company.outsider.user_id, bad[i].body), bad[i].status,
                     NULL);
    }
    assert_int_equal(count_mails(*state, &company.outsider), 0);
}

static void others_are_403_or_404(void **state)
{
    struct world *world = *state;
    expect_error(reset(world, &company.outsider, &company.leader), 403, NULL);
    expect_error(reset(world, &company.leader, &company.leader_of_area), 403, NULL);
    expect_error(reset_with(world, &company.outsider, company.leader.user_id, "{\"username\": \"wrong\"}"),
                 403, NULL);
    const char *body = text_body(world, "username", company.leader.username);
    expect_hidden(reset(world, &company.stranger, &company.leader),
                  reset_with(world, &company.stranger, NOBODY, body));
    expect_hidden(reset(world, &company.admin, &company.stranger),
                  reset_with(world, &company.admin, NOBODY, body));
    expect_error(reset_with(world, &company.employee, NOBODY, body), 404, NULL);
    expect_error(reset_with(world, &company.admin, "x", body), 404, NULL);
    expect_error(reset(world, NULL, &company.leader), 401, NULL);
    assert_int_equal(count_mails(world, &company.leader), 0);
    assert_int_equal(count_mails(world, &company.stranger), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admins_employees_and_oneself_have_the_link_mailed),
        cmocka_unit_test(the_link_leads_to_the_first_allowed_address_and_is_good_once),
        cmocka_unit_test(the_username_is_compared_without_case_and_may_be_the_address),
        cmocka_unit_test(another_username_is_422_and_mails_nothing),
        cmocka_unit_test(without_an_address_the_answer_is_false),
        cmocka_unit_test(a_disabled_user_is_sent_nothing),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(others_are_403_or_404),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
