/* POST /auth: who gets in with an invitation, and under which names. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH   "/api/v1/auth"
#define RACERS 50

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    world_secret(world, CANARY);
    organization = make_organization(world, "Acme");
    return 0;
}

static const char *new_code(struct world *world)
{
    return make_invitation(world, organization, "Ada", NULL);
}

static void a_username_signs_up_and_is_signed_in(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Ada.L-o_v+e");
    struct answer *answer = try_sign_up(world, draft_account(world, name, new_code(world)), "{}");

    expect_status(answer, 200);
    expect_length(answer, "", 1);
    expect_text(answer, "0.username", name);
    expect_null(answer, "0.email");
    expect_text(answer, "0.provider", "username");
    expect_text(answer, "0.uid", name);
    expect_text(answer, "0.first_name", "Ada");
    expect_text(answer, "0.last_name", "Tester");
    expect_text(answer, "0.language_code", "en");
    expect_false(answer, "0.worklete_employee");
    expect_true(answer, "0.enabled");
    expect_text(answer, "0.session.client", answer_header(answer, "client"));
    expect_header(answer, "uid", name);
    expect_header(answer, "token-type", "Bearer");
    expect_header(answer, "Cache-Control", "no-store");
    struct session session = answer_session(world, answer);
    expect_open(world, &session);
}

static void signing_up_is_the_first_sign_in(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        try_sign_up(world, draft_account(world, make_name(world, "first"), new_code(world)), "{}");

    expect_integer(answer, "0.sign_in_count", 1);
    expect_text(answer, "0.current_sign_in_ip", "127.0.0.1");
    assert_non_null(text_at(answer, "0.current_sign_in_at"));
    expect_null(answer, "0.last_sign_in_at");
    expect_null(answer, "0.last_sign_in_ip");
}

static void the_membership_of_the_invitation_joins_the_user(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);
    struct answer *answer = try_sign_up(world, draft_account(world, make_name(world, "joins"), code), "{}");
    const char *membership = text_at(answer, "0.memberships.0.id");

    expect_length(answer, "0.memberships", 1);
    expect_length(answer, "0.organizations", 1);
    expect_text(answer, "0.memberships.0.organization_id", organization);
    expect_text(answer, "0.memberships.0.status", "active");
    expect_false(answer, "0.memberships.0.org_admin");
    expect_text(answer, "0.organizations.0.id", organization);
    assert_string_equal(
        world_sql(world, "SELECT user_id FROM memberships WHERE id = $1::uuid", membership, NULL),
        text_at(answer, "0.id"));
    assert_string_equal(
        world_sql(world,
                  "SELECT membership_id::text || (used_at IS NOT NULL) || "
                  "(SELECT joined_at IS NOT NULL AND active_from IS NOT NULL FROM memberships "
                  "WHERE id = membership_id) FROM invitations WHERE invite_code = $1",
                  code, NULL),
        world_print(world, "%struetrue", membership));
}

static void an_invitation_of_an_admin_makes_an_admin(void **state)
{
    static const char *const options[] = {"--org-admin", "--job-title", "Foreman", NULL};
    struct world *world = *state;
    const char *code = make_invitation(world, organization, "Boss", options);
    struct answer *answer = try_sign_up(world, draft_account(world, make_name(world, "boss"), code), "{}");

    expect_true(answer, "0.memberships.0.org_admin");
    expect_text(answer, "0.memberships.0.job_title", "Foreman");
}

static void an_address_signs_up_as_email_or_as_username(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "mailer");
    const char *with_at =
        world_print(world, "{\"provider\": \"email\", \"username\": \"%s@Example.TEST\"}", name);
    struct answer *answer = try_sign_up(world, draft_account(world, name, new_code(world)), with_at);

    expect_text(answer, "0.email", world_print(world, "%s@example.test", name));
    expect_text(answer, "0.uid", world_print(world, "%s@example.test", name));
    expect_header(answer, "uid", world_print(world, "%s@example.test", name));
    expect_null(answer, "0.username");
    name = make_name(world, "mailer");
    with_at = world_print(world, "{\"provider\": \"email\", \"email\": \"%s@Example.TEST\"}", name);
    answer = try_sign_up(world, draft_account(world, name, new_code(world)), with_at);
    expect_text(answer, "0.email", world_print(world, "%s@example.test", name));
    expect_text(answer, "0.username", name);
    expect_text(answer, "0.uid", world_print(world, "%s@example.test", name));
}

static void a_missing_provider_follows_from_the_username(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "guess");
    const char *body = json_without(world, draft_account(world, name, new_code(world)), "provider");
    struct answer *answer = try_sign_up(world, body, "{}");

    expect_text(answer, "0.provider", "username");
    name = make_name(world, "guess");
    body = json_without(world,
                        draft_account(world, world_print(world, "%s@example.test", name), new_code(world)),
                        "provider");
    answer = try_sign_up(world, body, "{}");
    expect_text(answer, "0.provider", "email");
}

static void a_form_and_a_code_in_lower_case_are_taken(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "form");
    const char *body =
        world_print(world,
                    "username=%s&first_name=J%%C3%%BCrgen+Emil&last_name=T%%26r&password=" CANARY "form"
                    "&provider=username&invite_code=%s",
                    name, world_sql(world, "SELECT lower($1)", new_code(world), NULL));
    struct answer *answer = CALL(world, .method = "POST", .path = PATH "/", .body = body,
                                 .type = "application/x-www-form-urlencoded; charset=UTF-8");

    expect_status(answer, 200);
    answer_session(world, answer);
    expect_text(answer, "0.first_name", "Jürgen Emil");
    expect_text(answer, "0.last_name", "T&r");
}

static void stale_session_values_are_ignored(void **state)
{
    struct world *world = *state;
    const struct session stale = {"stale-token", "stale-client", "stale-uid"};
    const char *body = json_with(world, draft_account(world, make_name(world, "stale"), new_code(world)),
                                 "{\"access-token\": \"x\", \"client\": \"y\", \"uid\": \"z\"}");
    struct answer *answer = call_post(world, &stale, PATH, body);

    expect_status(answer, 200);
    assert_string_not_equal(answer_session(world, answer).client, "stale-client");
}

static void fields_that_the_operation_does_not_name_never_stick(void **state)
{
    struct world *world = *state;
    struct answer *answer = try_sign_up(
        world, draft_account(world, make_name(world, "greedy"), new_code(world)),
        "{\"worklete_employee\": true, \"id\": \"11111111-2222-4333-8444-555555555555\", \"role\": 1, "
        "\"org_admin\": true, \"enabled\": false, \"sign_in_count\": 99, \"uid\": \"other\", "
        "\"password_hash\": \"x\", \"number\": 1, \"language_code\": \"xx\", \"organizations\": [], "
        "\"memberships\": [{\"org_admin\": true}], \"created_at\": \"2001-01-01T00:00:00.000Z\", "
        "\"former_uids\": [\"x\"]}");

    expect_status(answer, 200);
    expect_false(answer, "0.worklete_employee");
    assert_string_not_equal(text_at(answer, "0.id"), "11111111-2222-4333-8444-555555555555");
    expect_false(answer, "0.memberships.0.org_admin");
    expect_true(answer, "0.enabled");
    expect_integer(answer, "0.sign_in_count", 1);
    expect_text(answer, "0.uid", text_at(answer, "0.username"));
    expect_text(answer, "0.language_code", "en");
    assert_true(strncmp(text_at(answer, "0.created_at"), "2001", 4) != 0);
    assert_string_equal(world_sql(world, "SELECT former_uids::text FROM users WHERE id = $1::uuid",
                                  text_at(answer, "0.id"), NULL),
                        "{}");
}

/* How many of the answers are successes; all others are refused because of the field. */
static int winners(struct world *world, struct answer *const *answers, const char *field)
{
    int count = 0;

    for (int i = 0; i < RACERS; i++) {
        if (answers[i]->status == 200) {
            answer_session(world, answers[i]);
            count++;
        } else {
            expect_refused_fields(answers[i], field);
        }
    }
    return count;
}

static void of_many_that_race_for_one_code_one_wins(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);
    const char *last = "";
    struct call calls[RACERS];
    struct answer *answers[RACERS];

    for (int i = 0; i < RACERS; i++) {
        last = make_name(world, "codeRacer");
        calls[i] = (struct call){.method = "POST", .path = PATH, .body = draft_account(world, last, code)};
    }
    call_together(world, calls, RACERS, answers);
    assert_int_equal(winners(world, answers, "invite_code"), 1);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM users WHERE username LIKE 'codeRacer%'", NULL),
                        "1");
}

static void of_many_that_race_for_one_username_one_wins(void **state)
{
    struct world *world = *state;
    const char *folk = make_organization(world, "Racers");
    struct call calls[RACERS];
    struct answer *answers[RACERS];

    for (int i = 0; i < RACERS; i++) {
        const char *code = make_invitation(world, folk, "Ada", NULL);
        const char *name = i % 2 == 0 ? "nameRacer" : "NAMERACER";
        calls[i] = (struct call){.method = "POST", .path = PATH, .body = draft_account(world, name, code)};
    }
    call_together(world, calls, RACERS, answers);
    assert_int_equal(winners(world, answers, "username"), 1);
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM invitations WHERE organization_id = $1::uuid AND used_at IS NULL",
                  folk, NULL),
        "49");
}

static void the_answer_can_be_an_object(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "object");
    struct answer *answer;

    world_restart(world, "auth.sign_up_answer = object\n");
    answer = try_sign_up(world, draft_account(world, name, new_code(world)), "{}");
    expect_text(answer, "status", "success");
    expect_text(answer, "data.uid", name);
    expect_text(answer, "data.session.client", answer_header(answer, "client"));
    expect_refused_fields(call_post(world, NULL, PATH, "{}"),
                          "username,first_name,last_name,password,invite_code");
    world_restart(world, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_username_signs_up_and_is_signed_in),
        cmocka_unit_test(signing_up_is_the_first_sign_in),
        cmocka_unit_test(the_membership_of_the_invitation_joins_the_user),
        cmocka_unit_test(an_invitation_of_an_admin_makes_an_admin),
        cmocka_unit_test(an_address_signs_up_as_email_or_as_username),
        cmocka_unit_test(a_missing_provider_follows_from_the_username),
        cmocka_unit_test(a_form_and_a_code_in_lower_case_are_taken),
        cmocka_unit_test(stale_session_values_are_ignored),
        cmocka_unit_test(fields_that_the_operation_does_not_name_never_stick),
        cmocka_unit_test(of_many_that_race_for_one_code_one_wins),
        cmocka_unit_test(of_many_that_race_for_one_username_one_wins),
        cmocka_unit_test(the_answer_can_be_an_object),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
