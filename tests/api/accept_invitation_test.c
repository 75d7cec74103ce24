/* A person who has an account joins one more organization. */
#include "support/company.h"
#include "support/expect.h"
#include "support/sessions.h"

#define RACERS 20
#define ROUNDS 5

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static const char *path_of(struct world *world, const char *code)
{
    return world_print(world, "/api/v1/invitations/%s/accept", code);
}

static struct answer *accept(struct world *world, const struct person *caller, const char *code)
{
    return call_as(world, caller, "POST", path_of(world, code), NULL);
}

/* Somebody who belongs to an organization of its own. */
static struct person new_person(struct world *world)
{
    return make_member(world, company.stranger.organization_id, "Joiner");
}

static const char *new_code(struct world *world)
{
    return make_invitation(world, company.organization, "Invited", NULL);
}

static void an_account_joins_the_membership_of_the_invitation(void **state)
{
    struct world *world = *state;
    const char *const options[] = {"--team", company.team, "--job-title", "Driver", "--org-admin", NULL};
    struct person person = new_person(world);
    const char *code = make_invitation(world, company.organization, "Invited", options);
    const char *membership = membership_of_code(world, code);
    struct answer *answer = accept(world, &person, code);
    expect_status(answer, 200);
    expect_text(answer, "data.id", membership);
    expect_text(answer, "data.organization_id", company.organization);
    expect_text(answer, "data.user_id", person.user_id);
    expect_text(answer, "data.status", "active");
    expect_text(answer, "data.job_title", "Driver");
    expect_true(answer, "data.org_admin");
    expect_null(answer, "data.invite_code");
    expect_text(answer, "data.joined_at", text_at(answer, "data.active_from"));
    expect_text(answer, "data.teams.0.id", company.team);
    struct answer *session = expect_open(world, &person.session);
    expect_length(session, "data.memberships", 2);
    assert_true(position_of(world, session, "data.organizations", "id", company.organization) >= 0);
}

static void active_from_is_delayed_as_the_organization_says(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *organization = make_organization(world, "Slow");
    world_sql(world, "UPDATE organizations SET new_hire_delay_days = 30 WHERE id = $1::uuid", organization,
              NULL);
    struct answer *answer = accept(world, &person, make_invitation(world, organization, "Slow", NULL));
    const char *days =
        world_sql(world, "SELECT $1::timestamptz - $2::timestamptz = interval '30 days'",
                  text_at(answer, "data.active_from"), text_at(answer, "data.joined_at"), NULL);
    assert_string_equal(days, "t");
}

static void a_code_is_taken_in_any_case_and_with_an_empty_object(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *code = world_sql(world, "SELECT lower($1)", new_code(world), NULL);
    expect_status(call_as(world, &person, "POST", path_of(world, code), "{}"), 200);
}

static void unusable_codes_are_404_without_saying_why(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *used = new_code(world);
    const char *expired = new_code(world);
    const char *inactive = new_code(world);
    join_with(world, company.organization, used, "Used");
    world_sql(world, "UPDATE invitations SET expires_at = now() WHERE invite_code = $1", expired, NULL);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid",
              membership_of_code(world, inactive), NULL);
    const char *codes[] = {used, expired, inactive, "2", "ABCDEFG", "%25%25%25", "ABC%27--", "%C3%84BCDEF"};
    struct answer *unknown = accept(world, &person, "ZZZZZZ");
    for (size_t i = 0; i < COUNT(codes); i++) {
        expect_hidden(accept(world, &person, codes[i]), unknown);
    }
    expect_length(expect_open(world, &person.session), "data.memberships", 1);
}

static void without_a_session_it_is_401_and_the_code_stays_good(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *code = new_code(world);
    expect_error(accept(world, NULL, code), 401, NULL);
    expect_error(accept(world, NULL, "ZZZZZZ"), 401, NULL);
    expect_status(accept(world, &person, code), 200);
}

static void a_second_acceptance_is_404(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct person other = new_person(world);
    const char *code = new_code(world);
    expect_status(accept(world, &person, code), 200);
    expect_error(accept(world, &person, code), 404, NULL);
    expect_error(accept(world, &other, code), 404, NULL);
    expect_length(expect_open(world, &other.session), "data.memberships", 1);
}

static void who_is_a_member_already_is_409_and_the_code_stays_good(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *code = new_code(world);
    expect_error(accept(world, &company.outsider, code), 409, NULL);
    expect_error(accept(world, &company.admin, code), 409, NULL);
    expect_status(call_get(world, NULL, world_print(world, "/api/v1/invitations/%s", code)), 200);
    expect_status(accept(world, &person, code), 200);
}

/* The invitation belongs to exactly one of the racers, and the counts say so. */
static void expect_one_winner(struct world *world, struct answer *const *answers, size_t count,
                              const char *code)
{
    size_t winners = 0;
    for (size_t i = 0; i < count; i++) {
        winners += answers[i]->status == 200;
        assert_true(answers[i]->status == 200 || answers[i]->status == 404 || answers[i]->status == 422);
    }
    assert_int_equal(winners, 1);
    assert_string_equal(
        world_sql(
            world,
            "SELECT count(*) FROM memberships JOIN invitations ON invitations.membership_id = memberships.id "
            "WHERE invite_code = $1 AND status = 'active' AND user_id IS NOT NULL AND used_at IS NOT NULL",
            code, NULL),
        "1");
}

static void of_two_acceptances_at_once_exactly_one_wins(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct person people[] = {new_person(world), new_person(world)};
        const char *code = new_code(world);
        struct call calls[2];
        struct answer *answers[2];
        for (size_t i = 0; i < 2; i++) {
            calls[i] =
                (struct call){.method = "POST", .path = path_of(world, code), .session = &people[i].session};
        }
        call_together(world, calls, 2, answers);
        expect_one_winner(world, answers, 2, code);
    }
}

static void one_person_many_times_at_once_joins_once(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *code = new_code(world);
    struct call calls[RACERS];
    struct answer *answers[RACERS];
    for (size_t i = 0; i < RACERS; i++) {
        calls[i] = (struct call){.method = "POST", .path = path_of(world, code), .session = &person.session};
    }
    call_together(world, calls, RACERS, answers);
    expect_one_winner(world, answers, RACERS, code);
}

static void one_person_with_two_invitations_at_once_joins_once(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct call calls[2];
    struct answer *answers[2];
    for (size_t i = 0; i < 2; i++) {
        calls[i] = (struct call){
            .method = "POST", .path = path_of(world, new_code(world)), .session = &person.session};
    }
    call_together(world, calls, 2, answers);
    assert_int_equal(answers[0]->status + answers[1]->status, 200 + 409);
    expect_length(expect_open(world, &person.session), "data.memberships", 2);
}

static void of_an_acceptance_and_a_sign_up_at_once_exactly_one_wins(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct person person = new_person(world);
        const char *code = new_code(world);
        const struct call calls[] = {
            {.method = "POST", .path = path_of(world, code), .session = &person.session},
            {.method = "POST",
             .path = "/api/v1/auth",
             .body = draft_account(world, make_name(world, "racer"), code)}};
        struct answer *answers[2];
        call_together(world, calls, 2, answers);
        expect_one_winner(world, answers, 2, code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_joins_the_membership_of_the_invitation),
        cmocka_unit_test(active_from_is_delayed_as_the_organization_says),
        cmocka_unit_test(a_code_is_taken_in_any_case_and_with_an_empty_object),
        cmocka_unit_test(unusable_codes_are_404_without_saying_why),
        cmocka_unit_test(without_a_session_it_is_401_and_the_code_stays_good),
        cmocka_unit_test(a_second_acceptance_is_404),
        cmocka_unit_test(who_is_a_member_already_is_409_and_the_code_stays_good),
        cmocka_unit_test(of_two_acceptances_at_once_exactly_one_wins),
        cmocka_unit_test(one_person_many_times_at_once_joins_once),
        cmocka_unit_test(one_person_with_two_invitations_at_once_joins_once),
        cmocka_unit_test(of_an_acceptance_and_a_sign_up_at_once_exactly_one_wins),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
