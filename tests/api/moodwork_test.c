/* Moodwork: who leaves by an address, what is answered, and every status of its table. */
#include <unistd.h>

#include "support/expect.h"
#include "support/machines.h"
#include "support/sessions.h"
#include "support/world_parts.h"

#define DELETE_USERS   "/v3/users/delete"
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define EXACT          "{\"status\": \"deleted\"}"
#define REPRESENTATION "Prefer: return=representation"

static const char *organization;
static const char *key;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Leaving");
    key = make_api_key(*state, organization, "users:delete");
    return 0;
}

static struct answer *delete_people(struct world *world, const char *body)
{
    return call_with(world, key, "POST", DELETE_USERS, body);
}

static struct answer *delete_and_tell(struct world *world, const char *body)
{
    struct answer *answer = CALL(world, .method = "POST", .path = DELETE_USERS, .body = body,
                                 .headers = {bearer(world, key), REPRESENTATION});
    expect_status(answer, 200);
    expect_header(answer, "Preference-Applied", "return=representation");
    return answer;
}

static const char *one(struct world *world, const char *address)
{
    return world_print(world, "{\"emails\": [\"%s\"]}", address);
}

static bool is_there(struct world *world, const char *table, const char *id)
{
    return *world_sql(world, world_print(world, "SELECT id FROM %s WHERE id = $1::uuid", table), id, NULL) !=
           '\0';
}

static void expect_form(const struct answer *answer, int status, const char *error, const char *message)
{
    expect_status(answer, status);
    expect_integer(answer, "status", status);
    expect_text(answer, "error", error);
    expect_text(answer, "message", message);
    expect_header(answer, "Content-Type", "application/json");
}

static void a_leaver_is_gone_and_the_answer_is_exact(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Leo");
    struct answer *answer = delete_people(world, one(world, person.email));
    expect_status(answer, 200);
    expect_body(answer, EXACT);
    expect_no_header(answer, "Preference-Applied");
    expect_header(answer, "Cache-Control", "no-store");
    assert_false(is_there(world, "users", person.user_id));
    assert_false(is_there(world, "memberships", person.membership_id));
    expect_ended(world, &person.session);
    expect_status(try_sign_in(world, person.email, person.password), 401);
}

static void an_empty_body_and_an_empty_list_delete_nobody(void **state)
{
    static const char *const bodies[] = {NULL, "{}", "{\"emails\": []}", "{\"emails\": null}",
                                         "{\"other\": [\"a@b.cd\"]}"};
    struct world *world = *state;
    const char *before = world_sql(world, "SELECT count(*) FROM memberships", NULL);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer *answer = delete_people(world, bodies[i]);
        expect_status(answer, 200);
        expect_body(answer, EXACT);
    }
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships", NULL), before);
}

static void the_representation_tells_what_was_done(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Rita");
    struct session second = open_session(world, person.email, person.password);
    struct answer *answer = delete_and_tell(
        world,
        world_print(world,
                    "{\"emails\": [\"Nobody@Example.test\", \"%s\", \"nobody@example.test\", \"x@y.zz\"]}",
                    person.email));
    expect_text(answer, "status", "deleted");
    expect_integer(answer, "requested", 3);
    expect_integer(answer, "deleted", 1);
    expect_length(answer, "not_found", 2);
    expect_text(answer, "not_found.0", "Nobody@Example.test");
    expect_text(answer, "not_found.1", "x@y.zz");
    expect_integer(answer, "sessions_ended", 2);
    assert_int_equal(strlen(text_at(answer, "receipt_id")), 36);
    expect_ended(world, &second);
}

static void the_preference_is_read_as_the_standard_says(void **state)
{
    static const struct {
        const char *header;
        bool applied;
    } cases[] = {
        {"Prefer: return=representation", true},
        {"Prefer: RETURN = Representation", true},
        {"Prefer: return=\"representation\"", true},
        {"Prefer: respond-async, return=representation; foo=\"bar\"", true},
        {"Prefer: return=minimal", false},
        {"Prefer: return=minimal, return=representation", false},
        {"Prefer: representation", false},
        {"Prefer: returns=representation", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer *answer = CALL(*state, .method = "POST", .path = DELETE_USERS, .body = "{}",
                                     .headers = {bearer(*state, key), cases[i].header});
        expect_status(answer, 200);
        expect_header(answer, "Preference-Applied", cases[i].applied ? "return=representation" : NULL);
        if (!cases[i].applied) {
            expect_body(answer, EXACT);
        }
    }
}

static void an_address_is_the_users_or_the_memberships_in_any_case(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Mia");
    struct person other = make_member(world, organization, "Ole");
    const char *invited = make_invited_address(world, organization);
    world_sql(world, "UPDATE memberships SET email = 'at.work@example.test' WHERE id = $1::uuid",
              other.membership_id, NULL);
    const char *upper = world_sql(world, "SELECT upper($1)", person.email, NULL);
    struct answer *answer =
        delete_and_tell(world, world_print(world, "{\"emails\": [\"%s\", \"AT.work@example.test\", \"%s\"]}",
                                           upper, invited));
    expect_integer(answer, "deleted", 3);
    expect_length(answer, "not_found", 0);
    assert_false(is_there(world, "users", person.user_id));
    assert_false(is_there(world, "users", other.user_id));
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships WHERE email = $1", invited, NULL),
                        "0");
}

static void the_same_request_again_finds_nobody_and_says_deleted(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ron");
    const char *body = one(world, person.email);
    struct answer *first = delete_and_tell(world, body);
    struct answer *second = delete_and_tell(world, body);
    expect_integer(first, "deleted", 1);
    expect_integer(second, "deleted", 0);
    expect_text(second, "not_found.0", person.email);
    expect_body(delete_people(world, body), EXACT);
}

static void who_belongs_elsewhere_stays_there_but_is_signed_out(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ella");
    const char *elsewhere = make_organization(world, "Elsewhere");
    const char *membership = add_membership(world, elsewhere, &person, 3, "active");
    const char *token =
        world_command(world, NULL, "moab-token", person.email, "--organization", elsewhere, NULL);
    const char *gone =
        world_command(world, NULL, "moab-token", person.email, "--organization", organization, NULL);
    expect_status(
        call_post(world, NULL, "/api/v1/auth/password",
                  world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}",
                              person.email)),
        200);
    expect_body(delete_people(world, one(world, person.email)), EXACT);
    expect_ended(world, &person.session);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM password_resets WHERE user_id = $1::uuid",
                                  person.user_id, NULL),
                        "0");
    assert_true(is_there(world, "users", person.user_id));
    assert_true(is_there(world, "memberships", membership));
    assert_false(is_there(world, "memberships", person.membership_id));
    expect_status(try_sign_in(world, person.email, person.password), 200);
    expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 200);
    expect_status(call_with(world, gone, "GET", "/api/v1/user", NULL), 401);
}

static void an_employees_account_stays(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Emmy");
    const char *membership = add_membership(world, organization, &employee, 3, "active");
    expect_body(delete_people(world, one(world, employee.email)), EXACT);
    assert_true(is_there(world, "users", employee.user_id));
    assert_false(is_there(world, "memberships", membership));
    expect_ended(world, &employee.session);
}

static void people_of_other_organizations_are_not_found(void **state)
{
    struct world *world = *state;
    const char *elsewhere = make_organization(world, "Foreign");
    struct person foreign = make_member(world, elsewhere, "Fay");
    const char *invited = make_invited_address(world, elsewhere);
    struct answer *answer =
        delete_and_tell(world, world_print(world, "{\"emails\": [\"%s\", \"%s\"]}", foreign.email, invited));
    expect_integer(answer, "deleted", 0);
    expect_text(answer, "not_found.0", foreign.email);
    expect_text(answer, "not_found.1", invited);
    expect_open(world, &foreign.session);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships WHERE email = $1", invited, NULL),
                        "1");
}

static void the_last_admin_may_leave_this_way(void **state)
{
    struct world *world = *state;
    const char *small = make_organization(world, "Small");
    struct person admin = make_admin(world, small, "Ada");
    const char *own = make_api_key(world, small, "users:delete");
    expect_body(call_with(world, own, "POST", DELETE_USERS, one(world, admin.email)), EXACT);
    assert_false(is_there(world, "users", admin.user_id));
}

static void places_in_teams_go_and_the_counts_with_them(void **state)
{
    struct world *world = *state;
    const char *company = make_organization(world, "Counted");
    const char *team = make_team(world, company, "Team");
    const char *const options[] = {"--team", team, NULL};
    struct person person = join_with(world, company, make_invitation(world, company, "Tia", options), "Tia");
    world_sql(world,
              "INSERT INTO team_admins (team_id, membership_id, organization_id) VALUES ($1::uuid, $2::uuid, "
              "$3::uuid)",
              team, person.membership_id, company, NULL);
    make_member(world, company, "Stay");
    expect_body(call_with(world, make_api_key(world, company, "users:delete"), "POST", DELETE_USERS,
                          one(world, person.email)),
                EXACT);
    assert_string_equal(
        world_sql(
            world,
            "SELECT active_count || ' ' || invited_count || ' ' || admins_count FROM team_statistics WHERE "
            "team_id = $1::uuid",
            team, NULL),
        "0 0 0");
    assert_string_equal(
        world_sql(world,
                  "SELECT members_count || ' ' || memberships_count || ' ' || people_count FROM "
                  "organization_statistics WHERE organization_id = $1::uuid",
                  company, NULL),
        "1 1 1");
}

static void a_wrong_entry_is_named_and_nobody_is_deleted(void **state)
{
    static const struct {
        const char *entry; /* JSON */
        const char *named;
    } cases[] = {
        {"\"john\"", "\"john\""},
        {"\" a@b.cd\"", "\" a@b.cd\""},
        {"\"a@b.cd \"", "\"a@b.cd \""},
        {"\"\"", "\"\""},
        {"\"\\\"quoted\\\"@b.cd\"", "\"\"quoted\"@b.cd\""},
        {"\"a@b\"", "\"a@b\""},
        {"\"a@@b.cd\"", "\"a@@b.cd\""},
        {"\"<script>@b.cd\"", "<script>"},
        {"\"a@b.cd,c@d.ef\"", "\"a@b.cd,c@d.ef\""},
        {"\"\\u00e4@b.cd\"", "\"\xc3\xa4@b.cd\""},
        {"12345", "\"12345\""},
        {"null", "\"null\""},
        {"true", "\"true\""},
        {"[\"a@b.cd\"]", "a@b.cd"},
        {"{\"a\": 1}", "a"},
    };
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ivy");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer *answer = delete_people(
            world, world_print(world, "{\"emails\": [\"%s\", %s]}", person.email, cases[i].entry));
        expect_status(answer, 400);
        expect_text(answer, "error", "Bad Request");
        if (strstr(text_at(answer, "message"), cases[i].named) == NULL) {
            fail_msg("%s is not named: %s", cases[i].entry, answer->body);
        }
    }
    expect_open(world, &person.session);
}

static void an_overlong_address_is_refused_and_told_in_part(void **state)
{
    struct world *world = *state;
    const char *longest = world_print(world, "%064d@%063d.%063d.%057d.aa", 1, 1, 1, 1);
    assert_int_equal(strlen(longest), 253);
    expect_status(delete_people(world, one(world, longest)), 200);
    struct answer *answer =
        delete_people(world, one(world, world_print(world, "%064d@%063d.%063d.%058d.aaa", 1, 1, 1, 1)));
    expect_status(answer, 400);
    answer = delete_people(world, one(world, world_print(world, "%05000d@example.test", 1)));
    expect_status(answer, 400);
    assert_true(strlen(answer->body) < 600);
}

static void all_wrong_entries_are_told_at_once(void **state)
{
    struct answer *answer = delete_people(*state, "{\"emails\": [\"first\", \"a@b.cd\", \"second\"]}");
    expect_status(answer, 400);
    assert_non_null(strstr(answer->body, "first"));
    assert_non_null(strstr(answer->body, "second"));
    assert_null(strstr(answer->body, "a@b.cd"));
}

static void addresses_may_come_in_the_query_as_the_page_has_them(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Quinn");
    const char *path = world_print(world, DELETE_USERS "?emails[]=%s&emails[]=x@y.zz", person.email);
    expect_body(call_with(world, key, "POST", path, NULL), EXACT);
    assert_false(is_there(world, "users", person.user_id));
    expect_status(call_with(world, key, "POST", DELETE_USERS "?emails[]=wrong", NULL), 400);
}

static void every_status_of_the_table_has_its_form(void **state)
{
    struct world *world = *state;
    const char *reading = make_api_key(world, organization, "users:read");
    expect_form(delete_people(world, "{\"emails\": 5}"), 400, "Bad Request",
                "emails must be a list of e-mail addresses.");
    expect_form(delete_people(world, "{"), 400, "Bad Request", text_at(delete_people(world, "{"), "message"));
    struct answer *answer = call_with(world, NULL, "POST", DELETE_USERS, "{}");
    expect_form(answer, 401, "Unauthorized", "Your API key is wrong.");
    expect_header(answer, "WWW-Authenticate", "Bearer");
    expect_form(call_with(world, "mw_wrong", "POST", DELETE_USERS, "{}"), 401, "Unauthorized",
                "Your API key is wrong.");
    expect_form(call_with(world, reading, "POST", DELETE_USERS, "{}"), 403, "Forbidden",
                "The resource requested is hidden for administrators only.");
    expect_form(call_with(world, key, "POST", "/v3/nothing", "{}"), 404, "Not Found",
                "The specified url could not be found.");
    expect_form(call_with(world, key, "POST", "/v3", "{}"), 404, "Not Found",
                "The specified url could not be found.");
    expect_form(CALL(world, .method = "POST", .path = DELETE_USERS, .body = "{}",
                     .headers = {bearer(world, key), "Accept: text/html"}),
                406, "Not Acceptable", "You requested a format that isn't json.");
}

static void codes_that_the_table_lacks_have_their_reason_phrase(void **state)
{
    static const char *const methods[] = {"GET", "PUT", "DELETE", "PATCH"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(methods); i++) {
        struct answer *answer = call_with(world, key, methods[i], DELETE_USERS, NULL);
        expect_form(answer, 405, "Method Not Allowed", "This address does not take that method.");
        expect_header(answer, "Allow", "POST, OPTIONS");
    }
    expect_form(CALL(world, .method = "POST", .path = DELETE_USERS, .body = "emails=a@b.cd",
                     .type = "application/x-www-form-urlencoded", .headers = {bearer(world, key)}),
                415, "Unsupported Media Type", "The body must be application/json.");
    expect_form(CALL(world, .method = "POST", .path = DELETE_USERS, .body = "{}", .type = "",
                     .headers = {bearer(world, key)}),
                415, "Unsupported Media Type", "The body must be application/json.");
}

/* A table that is missing is a fault of ours. */
static void a_fault_of_ours_is_500(void **state)
{
    struct world *world = *state;
    world_sql(world, "ALTER VIEW presented_keys RENAME TO presented_keys_away", NULL);
    struct answer *answer = delete_people(world, "{}");
    world_sql(world, "ALTER VIEW presented_keys_away RENAME TO presented_keys", NULL);
    expect_form(answer, 500, "Internal Server Error", "We had a problem with our server. Try again later.");
    expect_body(delete_people(world, "{}"), EXACT);
}

static void too_many_requests_are_429(void **state)
{
    struct world *world = *state;
    struct answer *answer = NULL;
    world_limit(world, 1, 1);
    for (int round = 0; round < 20 && (answer == NULL || answer->status != 429); round++) {
        answer = delete_people(world, "{}");
    }
    world_limit(world, 1000, 1000);
    expect_form(answer, 429, "Too Many Requests", "You're requesting the server too many time, Slow down.");
    expect_header(answer, "Retry-After", "1");
}

static void without_a_database_it_is_503(void **state)
{
    struct world *world = *state;
    PGconn *blocker = PQconnectdb(world_owner_url(world));
    PQclear(PQexec(blocker, "BEGIN; LOCK TABLE api_keys"));
    struct answer *answer = delete_people(world, "{}");
    PQfinish(blocker);
    expect_form(answer, 503, "Service Unavailable",
                "We're temporarily offline for maintenance. Please try again later.");
    expect_header(answer, "Retry-After", "1");
    expect_body(delete_people(world, "{}"), EXACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaver_is_gone_and_the_answer_is_exact),
        cmocka_unit_test(an_empty_body_and_an_empty_list_delete_nobody),
        cmocka_unit_test(the_representation_tells_what_was_done),
        cmocka_unit_test(the_preference_is_read_as_the_standard_says),
        cmocka_unit_test(an_address_is_the_users_or_the_memberships_in_any_case),
        cmocka_unit_test(the_same_request_again_finds_nobody_and_says_deleted),
        cmocka_unit_test(who_belongs_elsewhere_stays_there_but_is_signed_out),
        cmocka_unit_test(an_employees_account_stays),
        cmocka_unit_test(people_of_other_organizations_are_not_found),
        cmocka_unit_test(the_last_admin_may_leave_this_way),
        cmocka_unit_test(places_in_teams_go_and_the_counts_with_them),
        cmocka_unit_test(a_wrong_entry_is_named_and_nobody_is_deleted),
        cmocka_unit_test(an_overlong_address_is_refused_and_told_in_part),
        cmocka_unit_test(all_wrong_entries_are_told_at_once),
        cmocka_unit_test(addresses_may_come_in_the_query_as_the_page_has_them),
        cmocka_unit_test(every_status_of_the_table_has_its_form),
        cmocka_unit_test(codes_that_the_table_lacks_have_their_reason_phrase),
        cmocka_unit_test(a_fault_of_ours_is_500),
        cmocka_unit_test(too_many_requests_are_429),
        cmocka_unit_test(without_a_database_it_is_503),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
