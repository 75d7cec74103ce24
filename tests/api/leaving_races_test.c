/* Leaving while something else happens to the same people: whatever comes first, nothing is half done. */
#include "support/expect.h"
#include "support/machines.h"

#define ROUNDS 15
#define LIMIT  16

static const char *organization;
static const char *key;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Races");
    key = make_api_key(*state, organization, "users:delete");
    return 0;
}

static struct call deletion_of(struct world *world, const char *address)
{
    return (struct call){.method = "POST",
                         .path = "/v3/users/delete",
                         .body = world_print(world, "{\"emails\": [\"%s\"]}", address),
                         .headers = {bearer(world, key), "Prefer: return=representation"}};
}

static const char *count(struct world *world, const char *table, const char *condition, const char *value)
{
    return world_sql(world, world_print(world, "SELECT count(*) FROM %s WHERE %s", table, condition), value,
                     NULL);
}

/* No session, token or membership of somebody who is gone, and no user who belongs nowhere. */
static void expect_whole(struct world *world)
{
    assert_string_equal(world_sql(world,
                                  "SELECT count(*) FROM users WHERE NOT worklete_employee AND NOT EXISTS "
                                  "(SELECT 1 FROM memberships "
                                  "WHERE user_id = users.id)",
                                  NULL),
                        "0");
    assert_string_equal(
        world_sql(
            world,
            "SELECT (SELECT count(*) FROM memberships WHERE status = 'active' AND organization_id = "
            "$1::uuid) - members_count + (SELECT count(*) FROM memberships WHERE status = 'invited' AND "
            "organization_id = $1::uuid) FROM organization_statistics WHERE organization_id = $1::uuid",
            organization, NULL),
        "0");
}

static void of_equal_deletions_each_finds_the_person_or_not(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct person person = make_member(world, organization, "Eve");
        struct call calls[LIMIT];
        struct answer *answers[LIMIT];
        int64_t deleted = 0;
        for (size_t i = 0; i < LIMIT; i++) {
            calls[i] = deletion_of(world, person.email);
        }
        call_together(world, calls, LIMIT, answers);
        for (size_t i = 0; i < LIMIT; i++) {
            expect_status(answers[i], 200);
            deleted += integer_at(answers[i], "deleted");
        }
        assert_int_equal(deleted, 1);
    }
    expect_whole(world);
}

/* Lists of the same people in different orders do not wait for each other crosswise. */
static void deletions_in_different_orders_all_succeed(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *forwards = "";
        const char *backwards = "";
        for (int i = 0; i < 8; i++) {
            const char *address = make_invited_address(world, organization);
            forwards = world_print(world, "%s%s\"%s\"", forwards, i > 0 ? ", " : "", address);
            backwards = world_print(world, "\"%s\"%s%s", address, i > 0 ? ", " : "", backwards);
        }
        struct call calls[2] = {deletion_of(world, "a@b.cd"), deletion_of(world, "a@b.cd")};
        struct answer *answers[2];
        calls[0].body = world_print(world, "{\"emails\": [%s]}", forwards);
        calls[1].body = world_print(world, "{\"emails\": [%s]}", backwards);
        call_together(world, calls, 2, answers);
        expect_status(answers[0], 200);
        expect_status(answers[1], 200);
        assert_int_equal(integer_at(answers[0], "deleted") + integer_at(answers[1], "deleted"), 8);
    }
}

/* Either the invitation is gone, or the one who took it is. */
static void signing_up_while_leaving_ends_with_nobody_or_a_member(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *address = world_print(world, "%s@example.test", make_name(world, "joiner"));
        const char *const options[] = {"--email", address, NULL};
        const char *code = make_invitation(world, organization, "Jo", options);
        struct call calls[2] = {
            {.method = "POST",
             .path = "/api/v1/auth",
             .body = world_print(world,
                                 "{\"username\": \"%s\", \"first_name\": \"Jo\", \"last_name\": \"Iner\", "
                                 "\"password\": \"" CANARY
                                 "1\", \"invite_code\": \"%s\", \"provider\": \"email\"}",
                                 address, code)},
            deletion_of(world, address)};
        struct answer *answers[2];
        call_together(world, calls, 2, answers);
        assert_true(answers[0]->status == 200 || answers[0]->status == 422);
        expect_status(answers[1], 200);
        assert_int_equal(integer_at(answers[1], "deleted"), 1);
        assert_string_equal(count(world, "memberships", "email = $1", address), "0");
        assert_string_equal(count(world, "users", "email = $1", address), "0");
    }
    expect_whole(world);
}

/* Joining another organization keeps the person; whoever is erased first joins nowhere. */
static void joining_elsewhere_while_leaving_keeps_the_person_or_not(void **state)
{
    struct world *world = *state;
    const char *elsewhere = make_organization(world, "Elsewhere");
    for (int round = 0; round < ROUNDS; round++) {
        struct person person = make_member(world, organization, "Kim");
        const char *code = make_invitation(world, elsewhere, "Kim", NULL);
        struct call calls[2] = {{.method = "POST",
                                 .path = world_print(world, "/api/v1/invitations/%s/accept", code),
                                 .session = &person.session,
                                 .body = "{}"},
                                deletion_of(world, person.email)};
        struct answer *answers[2];
        call_together(world, calls, 2, answers);
        int joined = answers[0]->status;
        assert_true(joined == 200 || joined == 401 || joined == 404);
        expect_status(answers[1], 200);
        assert_string_equal(count(world, "users", "id = $1::uuid", person.user_id),
                            joined == 200 ? "1" : "0");
        assert_string_equal(count(world, "memberships", "id = $1::uuid", person.membership_id), "0");
        assert_string_equal(count(world, "sessions", "user_id = $1::uuid", person.user_id), "0");
    }
    expect_whole(world);
}

static void signing_in_while_leaving_leaves_no_session(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct person person = make_member(world, organization, "Sid");
        struct call sign_in = {.method = "POST",
                               .path = "/api/v1/auth/sign_in",
                               .body = world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}",
                                                   person.email, person.password)};
        struct call calls[3] = {sign_in, deletion_of(world, person.email), sign_in};
        struct answer *answers[3];
        call_together(world, calls, 3, answers);
        expect_status(answers[1], 200);
        assert_true(answers[0]->status == 200 || answers[0]->status == 401);
        assert_true(answers[2]->status == 200 || answers[2]->status == 401);
        assert_string_equal(count(world, "sessions", "user_id = $1::uuid", person.user_id), "0");
    }
    expect_whole(world);
}

/* The user is gone at any point between the check of the session and the end of the request. */
static void what_a_leaver_does_meanwhile_ends_well(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 2 * ROUNDS; round++) {
        struct person person = make_member(world, organization, "Lea");
        const char *user = world_print(world, "/api/v1/users/%s", person.user_id);
        const struct session *session = &person.session;
        const char *password = "{\"password\": \"" CANARY "2\", \"password_confirmation\": \"" CANARY "2\"}";
        const char *reset = world_print(
            world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}", person.email);
        struct call calls[] = {
            {.method = "PATCH",
             .path = "/api/v1/auth",
             .session = session,
             .body = "{\"first_name\": \"A\"}"},
            {.method = "PUT", .path = "/api/v1/auth/password", .session = session, .body = password},
            {.method = "PATCH",
             .path = user,
             .session = session,
             .body = "{\"email\": \"new@example.test\"}"},
            deletion_of(world, person.email),
            {.path = "/api/v1/session", .session = session},
            {.path = user, .session = session},
            {.method = "POST", .path = "/api/v1/auth/password", .body = reset},
            {.method = "PATCH",
             .path = "/api/v1/auth",
             .session = session,
             .body = "{\"first_name\": \"B\"}"},
            {.method = "DELETE", .path = "/api/v1/session", .session = session},
        };
        struct answer *answers[sizeof calls / sizeof calls[0]];
        call_together(world, calls, sizeof calls / sizeof calls[0], answers);
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            if (answers[i]->status >= 500) {
                fail_msg("%s: %d: %s", answers[i]->request, answers[i]->status, answers[i]->body);
            }
        }
    }
}

static void of_two_creators_who_delete_each_other_one_stays(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *small = make_organization(world, "Two");
        struct person creators[2] = {make_admin(world, small, "Abe"), make_admin(world, small, "Bea")};
        struct call calls[2];
        struct answer *answers[2];
        for (size_t i = 0; i < 2; i++) {
            calls[i] = (struct call){
                .method = "DELETE",
                .path = world_print(world, "/api/v1/user/%s", number_of(world, &creators[1 - i])),
                .headers = {bearer(world, make_security_token(world, &creators[i]))}};
        }
        call_together(world, calls, 2, answers);
        assert_string_equal(count(world, "memberships", "organization_id = $1::uuid", small), "1");
    }
}

static void of_equal_addresses_in_moab_one_user_is_made(void **state)
{
    struct world *world = *state;
    struct person creator = make_admin(world, organization, "Cora");
    const char *token = make_security_token(world, &creator);
    const char *address = world_print(world, "%s@example.test", make_name(world, "twin"));
    struct call calls[LIMIT];
    struct answer *answers[LIMIT];
    size_t made = 0;
    for (size_t i = 0; i < LIMIT; i++) {
        calls[i] = (struct call){
            .method = "POST",
            .path = "/api/v1/user",
            .body = world_print(world,
                                "{\"firstName\": \"T\", \"lastName\": \"W\", \"userEmailAddress\": \"%s\", "
                                "\"userPassword\": \"" CANARY "1\", \"role\": 3, \"userGroup\": 0, "
                                "\"agreeToTermsAndPolicies\": 1, \"enabled\": 1}",
                                address),
            .headers = {bearer(world, token)}};
    }
    call_together(world, calls, LIMIT, answers);
    for (size_t i = 0; i < LIMIT; i++) {
        expect_status(answers[i], 200);
        made += strcmp(text_at(answers[i], "status"), "success") == 0;
    }
    assert_int_equal(made, 1);
    assert_string_equal(count(world, "memberships", "email = $1", address), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_equal_deletions_each_finds_the_person_or_not),
        cmocka_unit_test(deletions_in_different_orders_all_succeed),
        cmocka_unit_test(signing_up_while_leaving_ends_with_nobody_or_a_member),
        cmocka_unit_test(joining_elsewhere_while_leaving_keeps_the_person_or_not),
        cmocka_unit_test(signing_in_while_leaving_leaves_no_session),
        cmocka_unit_test(what_a_leaver_does_meanwhile_ends_well),
        cmocka_unit_test(of_two_creators_who_delete_each_other_one_stays),
        cmocka_unit_test(of_equal_addresses_in_moab_one_user_is_made),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
