/* GET /users and GET, PATCH /users/{id}: who sees whom, what is found, and who may change an address. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/people.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOBODY       "00000000-0000-4000-8000-000000000000"

/* Two organizations, `a` and `b`. */
static struct {
    struct person admin_a, member_a, contributor_a, former_a, admin_b, member_b, member_of_both,
        admin_of_both, employee;
    const char *a, *b;
} cast;

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    cast.a = make_organization(world, "Alpha");
    cast.b = make_organization(world, "Beta");
    cast.admin_a = make_admin(world, cast.a, "Ada");
    cast.member_a = make_member(world, cast.a, "Mary");
    cast.contributor_a = make_member(world, cast.a, "Carl");
    cast.former_a = make_member(world, cast.a, "Fritz");
    cast.admin_b = make_admin(world, cast.b, "Bert");
    cast.member_b = make_member(world, cast.b, "Mona");
    cast.member_of_both = make_member(world, cast.a, "Duo");
    cast.admin_of_both = make_admin(world, cast.a, "Twice");
    cast.employee = make_employee(world, "Emil");
    add_membership(world, cast.b, &cast.member_of_both, 3, "active");
    add_membership(world, cast.b, &cast.admin_of_both, 1, "active");
    world_sql(world, "UPDATE memberships SET role = 2 WHERE id = $1::uuid", cast.contributor_a.membership_id,
              NULL);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid",
              cast.former_a.membership_id, NULL);
    return 0;
}

static bool has_user(struct world *world, const struct answer *answer, const char *id)
{
    for (size_t i = 0; i < length_at(answer, "data"); i++) {
        if (strcmp(text_at(answer, world_print(world, "data.%zu.id", i)), id) == 0) {
            return true;
        }
    }
    return false;
}

/* The list has exactly these people, ended by NULL, whichever way it is asked for. */
static void expect_people(struct world *world, const struct person *caller, const char *query,
                          const struct person *const *people)
{
    static const char *const orders[] = {"", "sort=first_name", "sort=-username"};
    for (size_t i = 0; i < COUNT(orders); i++) {
        const char *path = world_print(world, "/api/v1/users?size=100&%s&%s", query, orders[i]);
        struct answer *answer = call_get(world, &caller->session, path);
        size_t count = 0;
        expect_status(answer, 200);
        for (; people[count] != NULL; count++) {
            if (!has_user(world, answer, people[count]->user_id)) {
                fail_msg("%s: %s is missing: %s", answer->request, people[count]->username, answer->body);
            }
        }
        expect_length(answer, "data", count);
        expect_integer(answer, "meta.total", (int64_t)count);
    }
}

#define PEOPLE(...) ((const struct person *const[]){__VA_ARGS__, NULL})

static void a_member_sees_only_itself(void **state)
{
    expect_people(*state, &cast.member_a, "", PEOPLE(&cast.member_a));
    expect_people(*state, &cast.contributor_a, "", PEOPLE(&cast.contributor_a));
    expect_people(*state, &cast.member_of_both, "", PEOPLE(&cast.member_of_both));
    expect_people(*state, &cast.former_a, "", PEOPLE(&cast.former_a));
}

static void an_admin_sees_everybody_of_its_organization(void **state)
{
    expect_people(*state, &cast.admin_a, "",
                  PEOPLE(&cast.admin_a, &cast.member_a, &cast.contributor_a, &cast.former_a,
                         &cast.member_of_both, &cast.admin_of_both));
    expect_people(*state, &cast.admin_b, "",
                  PEOPLE(&cast.admin_b, &cast.member_b, &cast.member_of_both, &cast.admin_of_both));
}

static void an_admin_of_two_organizations_sees_each_person_once(void **state)
{
    expect_people(*state, &cast.admin_of_both, "",
                  PEOPLE(&cast.admin_a, &cast.member_a, &cast.contributor_a, &cast.former_a, &cast.admin_b,
                         &cast.member_b, &cast.member_of_both, &cast.admin_of_both));
}

static void an_employee_sees_everybody(void **state)
{
    expect_people(*state, &cast.employee, "",
                  PEOPLE(&cast.admin_a, &cast.member_a, &cast.contributor_a, &cast.former_a, &cast.admin_b,
                         &cast.member_b, &cast.member_of_both, &cast.admin_of_both, &cast.employee));
}

static void an_admin_whose_membership_is_inactive_sees_only_itself(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Gamma"), "Ines");
    make_member(world, admin.organization_id, "Gabi");
    expect_length(call_get(world, &admin.session, "/api/v1/users"), "data", 2);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", admin.membership_id,
              NULL);
    expect_people(world, &admin, "", PEOPLE(&admin));
    world_sql(
        world,
        "DELETE FROM users WHERE id IN (SELECT user_id FROM memberships WHERE organization_id = $1::uuid)",
        admin.organization_id, NULL);
}

static const char *body_without_times(struct world *world, const struct answer *answer)
{
    return world_print(world, "%d %s %s", answer->status, answer_header(answer, "Content-Type"),
                       answer->body);
}

static struct answer *get_user(struct world *world, const struct person *caller, const char *id)
{
    return CALL(world, .path = world_print(world, "/api/v1/users/%s", id), .session = &caller->session,
                .headers = {"X-Request-Id: same"});
}

static void a_person_is_shown_to_itself_its_admins_and_employees(void **state)
{
    const struct person *callers[] = {&cast.member_a, &cast.admin_a, &cast.admin_of_both, &cast.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = get_user(*state, callers[i], cast.member_a.user_id);
        expect_status(answer, 200);
        expect_text(answer, "data.id", cast.member_a.user_id);
        expect_text(answer, "data.email", cast.member_a.email);
        expect_length(answer, "data.memberships", 1);
        expect_text(answer, "data.memberships.0.id", cast.member_a.membership_id);
        expect_false(answer, "data.memberships.0.org_admin");
        expect_text(answer, "data.organizations.0.id", cast.a);
    }
}

static void others_of_the_organization_are_403(void **state)
{
    expect_error(get_user(*state, &cast.member_a, cast.admin_a.user_id), 403, NULL);
    expect_error(get_user(*state, &cast.contributor_a, cast.member_a.user_id), 403, NULL);
    expect_error(get_user(*state, &cast.member_of_both, cast.member_b.user_id), 403, NULL);
}

static void others_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    const struct person *strangers[][2] = {
        {&cast.member_a, &cast.member_b}, {&cast.admin_a, &cast.member_b},
        {&cast.admin_a, &cast.admin_b},   {&cast.admin_b, &cast.member_a},
        {&cast.member_a, &cast.employee}, {&cast.admin_of_both, &cast.employee},
        {&cast.former_a, &cast.member_a},
    };
    for (size_t i = 0; i < COUNT(strangers); i++) {
        struct answer *unknown = get_user(world, strangers[i][0], NOBODY);
        struct answer *stranger = get_user(world, strangers[i][0], strangers[i][1]->user_id);
        expect_status(stranger, 404);
        assert_string_equal(body_without_times(world, stranger), body_without_times(world, unknown));
        assert_int_equal(stranger->header_count, unknown->header_count);
    }
}

static void malformed_ids_are_404(void **state)
{
    struct world *world = *state;
    const char *upper =
        world_sql(world, "SELECT upper(id::text) FROM users WHERE id::text ~ '[a-f]' LIMIT 1", NULL);
    const char *bad[] = {
        "x",        "1", "me",        upper, "00000000000040008000000000000000", "%7B" NOBODY "%7D",
        NOBODY "0", "-", "%20" NOBODY};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(get_user(world, &cast.employee, bad[i]), 404, NULL);
        expect_error(CALL(world, .method = "PATCH", .path = world_print(world, "/api/v1/users/%s", bad[i]),
                          .session = &cast.employee.session, .body = "{\"email\": \"x@example.test\"}"),
                     404, NULL);
    }
}

/* Everything that the answer says of organizations and memberships is about this organization. */
static void expect_only_organization(struct world *world, const struct answer *answer, const char *path,
                                     const char *organization)
{
    expect_length(answer, world_print(world, "%s.organizations", path), 1);
    expect_length(answer, world_print(world, "%s.memberships", path), 1);
    expect_text(answer, world_print(world, "%s.organizations.0.id", path), organization);
    expect_text(answer, world_print(world, "%s.memberships.0.organization_id", path), organization);
}

static void memberships_elsewhere_are_not_shown_to_an_admin(void **state)
{
    struct world *world = *state;
    expect_only_organization(world, get_user(world, &cast.admin_a, cast.member_of_both.user_id), "data",
                             cast.a);
    expect_only_organization(world, get_user(world, &cast.admin_b, cast.member_of_both.user_id), "data",
                             cast.b);
    static const char *const queries[] = {"", "&sort=username", "&q=duo"};
    for (size_t i = 0; i < COUNT(queries); i++) {
        const char *path = world_print(world, "/api/v1/users?size=100%s", queries[i]);
        assert_null(strstr(call_get(world, &cast.admin_a.session, path)->body, cast.b));
        assert_null(strstr(call_get(world, &cast.admin_b.session, path)->body, cast.a));
    }
}

static void all_memberships_are_shown_to_oneself_to_whom_shares_them_and_to_employees(void **state)
{
    const struct person *callers[] = {&cast.member_of_both, &cast.admin_of_both, &cast.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = get_user(*state, callers[i], cast.member_of_both.user_id);
        expect_length(answer, "data.memberships", 2);
        expect_length(answer, "data.organizations", 2);
        expect_text(answer, "data.memberships.0.organization_id", cast.a);
        expect_text(answer, "data.memberships.1.organization_id", cast.b);
    }
}

static void an_inactive_membership_is_gone_for_its_owner_only(void **state)
{
    struct answer *own = get_user(*state, &cast.former_a, cast.former_a.user_id);
    expect_length(own, "data.memberships", 0);
    expect_length(own, "data.organizations", 0);
    expect_text(get_user(*state, &cast.admin_a, cast.former_a.user_id), "data.memberships.0.status",
                "inactive");
    expect_text(get_user(*state, &cast.employee, cast.former_a.user_id), "data.memberships.0.status",
                "inactive");
}

/* --- Search --- */

static void people_are_found_by_words_and_their_beginnings_without_accents_and_case(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, cast.a, "Zbigniew");
    static const char *const good[] = {"jose",
                                       "JOS%C3%89",
                                       "Jos%C3%A9",
                                       "jo",
                                       "muller",
                                       "M%C3%BCLLER",
                                       "mul",
                                       "zoe",
                                       "muller+jos",
                                       "jos%20%20mul",
                                       "jose-zoe",
                                       "zbig",
                                       "zbigniew.one",
                                       "mailbox",
                                       "one@mailbox",
                                       "mailbox.example",
                                       "%22jose%22",
                                       "jose!",
                                       "jose+muller+zbigniew"};
    static const char *const bad[] = {"uller",   "ose",    "jose+smith", "josef",
                                      "mullers", "ailbox", "jose+x",     "josemuller"};
    world_sql(world,
              "UPDATE users SET first_name = 'José-Zoë', last_name = 'Müller', username = 'Zbigniew.One', "
              "email = 'one@mailbox.example', provider = 'email' WHERE id = $1::uuid",
              person.user_id, NULL);
    person.session = open_session(world, "one@mailbox.example", person.password);
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_people(world, &cast.admin_a, world_print(world, "q=%s", good[i]), PEOPLE(&person));
        expect_people(world, &person, world_print(world, "q=%s", good[i]), PEOPLE(&person));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_length(
            call_get(world, &cast.admin_a.session, world_print(world, "/api/v1/users?q=%s", bad[i])), "data",
            0);
    }
    expect_length(call_get(world, &cast.admin_b.session, "/api/v1/users?q=jose"), "data", 0);
    expect_length(call_get(world, &cast.member_a.session, "/api/v1/users?q=jose"), "data", 0);
    expect_people(world, &cast.employee, "q=jose", PEOPLE(&person));
    world_sql(world, "DELETE FROM users WHERE id = $1::uuid", person.user_id, NULL);
}

static void punctuation_alone_finds_nobody(void **state)
{
    static const char *const nothing[] = {"!", "%25", "_", "'",   "%22",        "%26", "%7C",    ":*",
                                          "(", "%5C", "-", "...", "%26%26%26!", "@",   "%3C-%3E"};
    for (size_t i = 0; i < COUNT(nothing); i++) {
        struct answer *answer =
            call_get(*state, &cast.employee.session, world_print(*state, "/api/v1/users?q=%s", nothing[i]));
        expect_length(answer, "data", 0);
        expect_integer(answer, "meta.total", 0);
    }
}

static void an_empty_search_is_none(void **state)
{
    expect_people(*state, &cast.member_a, "q=", PEOPLE(&cast.member_a));
    expect_people(*state, &cast.admin_b,
                  "q=", PEOPLE(&cast.admin_b, &cast.member_b, &cast.member_of_both, &cast.admin_of_both));
    expect_people(*state, &cast.admin_b, "q=+%20",
                  PEOPLE(&cast.admin_b, &cast.member_b, &cast.member_of_both, &cast.admin_of_both));
}

static void operators_of_the_search_language_are_plain_text(void **state)
{
    static const char *const texts[] = {"ada+%7C+mary",       "!ada",    "ada%3A%2A%26",   "ada)+%7C+(mary",
                                        "ada'+or+1=1--",      "ada%5C'", "ada%3C-%3Emary", "%F0%9F%98%80",
                                        "%E6%BC%A2%E5%AD%97", "%C3%9F",  "ada%3AA"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        expect_status(
            call_get(*state, &cast.admin_a.session, world_print(*state, "/api/v1/users?q=%s", texts[i])),
            200);
    }
    expect_length(call_get(*state, &cast.admin_a.session, "/api/v1/users?q=ada+%7C+mary"), "data", 0);
    expect_people(*state, &cast.admin_a, "q=!ada", PEOPLE(&cast.admin_a));
}

static void a_search_has_at_most_100_characters(void **state)
{
    const char *most = world_print(*state, "/api/v1/users?q=%0100d", 0);
    expect_status(call_get(*state, &cast.admin_a.session, most), 200);
    expect_error(call_get(*state, &cast.admin_a.session, world_print(*state, "%s0", most)), 422, "q");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_sees_only_itself),
        cmocka_unit_test(an_admin_sees_everybody_of_its_organization),
        cmocka_unit_test(an_admin_of_two_organizations_sees_each_person_once),
        cmocka_unit_test(an_employee_sees_everybody),
        cmocka_unit_test(an_admin_whose_membership_is_inactive_sees_only_itself),
        cmocka_unit_test(a_person_is_shown_to_itself_its_admins_and_employees),
        cmocka_unit_test(others_of_the_organization_are_403),
        cmocka_unit_test(others_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(malformed_ids_are_404),
        cmocka_unit_test(memberships_elsewhere_are_not_shown_to_an_admin),
        cmocka_unit_test(all_memberships_are_shown_to_oneself_to_whom_shares_them_and_to_employees),
        cmocka_unit_test(an_inactive_membership_is_gone_for_its_owner_only),
        cmocka_unit_test(people_are_found_by_words_and_their_beginnings_without_accents_and_case),
        cmocka_unit_test(punctuation_alone_finds_nobody),
        cmocka_unit_test(an_empty_search_is_none),
        cmocka_unit_test(operators_of_the_search_language_are_plain_text),
        cmocka_unit_test(a_search_has_at_most_100_characters),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
