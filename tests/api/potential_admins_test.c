/* People who could administer a team, found by their names. */
#include "support/company.h"
#include "support/expect.h"

static struct company company;
static struct person jose, mueller, anne;
static const char *organization;
static const char *team;

static struct person member_called(struct world *world, const char *first_name, const char *last_name)
{
    struct person person = make_member(world, organization, "Member");
    world_sql(world, "UPDATE memberships SET first_name = $1, last_name = $2 WHERE id = $3::uuid", first_name,
              last_name, person.membership_id, NULL);
    return person;
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    company = make_company(world);
    organization = company.organization;
    team = company.team;
    jose = member_called(world, "José-María", "Groß");
    mueller = member_called(world, "Jon", "Müller");
    anne = member_called(world, "Anne", "Jordan");
    return 0;
}

static struct answer *find_as(struct world *world, const struct person *caller, const char *of_team,
                              const char *query)
{
    return call_as(world, caller, "GET",
                   world_print(world, "/api/v1/teams/%s/admins/potential_admins%s", of_team, query), NULL);
}

static struct answer *find(struct world *world, const char *query)
{
    return find_as(world, &company.admin, team, world_print(world, "?%s", query));
}

/* Exactly these, in this order, ended by NULL. */
static void expect_found(struct world *world, const char *query, const struct person *const *people)
{
    struct answer *answer = find(world, query);
    size_t count = 0;
    for (; people[count] != NULL; count++) {
        expect_text(answer, world_print(world, "data.%zu.id", count), people[count]->membership_id);
    }
    expect_length(answer, "data", count);
    expect_integer(answer, "meta.total", (int64_t)count);
}

#define PEOPLE(...) ((const struct person *const[]){__VA_ARGS__, NULL})

static void people_are_found_by_words_and_their_beginnings_without_accents_and_case(void **state)
{
    static const char *const good[] = {
        "q=jose",      "q=JOS%C3%89", "q=Jos%C3%A9",  "q=maria",    "q=gross",
        "q=gro%C3%9F", "q=gro",       "q=jose+gross", "q=gr%20mar", "q=mar%C3%ADa-jos%C3%A9",
        "q=jose!"};
    static const char *const bad[] = {"q=ose", "q=jose+muller", "q=josef", "q=josemaria", "q=ross"};
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_found(*state, good[i], PEOPLE(&jose));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_length(find(*state, bad[i]), "data", 0);
    }
}

static void names_alone_are_searched(void **state)
{
    struct world *world = *state;
    expect_length(find(world, world_print(world, "q=%s", jose.username)), "data", 0);
    expect_length(find(world, "q=example.test"), "data", 0);
}

static void the_order_is_first_and_last_name_unless_told_otherwise(void **state)
{
    expect_found(*state, "q=jo", PEOPLE(&anne, &mueller, &jose));
    expect_found(*state, "q=jo&sort=-first_name", PEOPLE(&jose, &mueller, &anne));
    expect_found(*state, "q=jo&sort=last_name", PEOPLE(&jose, &anne, &mueller));
    expect_found(*state, "q=jo&sort=-last_name,first_name", PEOPLE(&mueller, &anne, &jose));
    expect_error(find(*state, "q=jo&sort=created_at"), 400, "sort");
    expect_error(find(*state, "q=jo&sort=first_name%3B"), 400, "sort");
}

static void pages_follow_each_other(void **state)
{
    struct answer *answer = find(*state, "q=jo&page=2&size=2");
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.id", jose.membership_id);
    expect_integer(answer, "meta.total", 3);
    expect_integer(answer, "meta.pages", 2);
    expect_integer(find(*state, "q=jo&page=9"), "meta.total", 3);
    expect_length(find(*state, "q=jo&page=9"), "data", 0);
    expect_error(find(*state, "q=jo&size=0"), 400, "size");
}

static void people_of_one_name_are_on_one_page_each(void **state)
{
    struct world *world = *state;
    world_sql(
        world,
        "INSERT INTO memberships (organization_id, first_name, last_name, status, user_id, user_created_at) "
        "SELECT $1::uuid, 'Twin', 'Tied', 'active', NULL, NULL FROM generate_series(1, 7)",
        organization, NULL);
    const char *before = "";
    for (int page = 1; page <= 7; page++) {
        struct answer *answer = find(world, world_print(world, "q=twin&size=1&page=%d", page));
        const char *id = text_at(answer, "data.0.id");
        assert_true(strcmp(before, id) < 0);
        before = id;
    }
    world_sql(world, "DELETE FROM memberships WHERE first_name = 'Twin'", NULL);
}

static void a_search_needs_words(void **state)
{
    static const char *const empty[] = {"", "?q=", "?q=%20+", "?sort=first_name", "?page=1"};
    static const char *const nothing[] = {"q=!",      "q=%25", "q=%3A%2A", "q='",
                                          "q=%26%7C", "q=%28", "q=%5C",    "q=-"};
    for (size_t i = 0; i < COUNT(empty); i++) {
        expect_error(find_as(*state, &company.admin, team, empty[i]), 400, "q");
    }
    for (size_t i = 0; i < COUNT(nothing); i++) {
        expect_length(find(*state, nothing[i]), "data", 0);
        expect_integer(find(*state, nothing[i]), "meta.total", 0);
    }
    expect_length(find(*state, "q=jose+%7C+anne"), "data", 0);
    expect_found(*state, "q=!anne", PEOPLE(&anne));
}

static void admins_of_the_team_are_not_found_again(void **state)
{
    struct world *world = *state;
    place_leader(world, team, mueller.membership_id);
    expect_found(world, "q=jo", PEOPLE(&anne, &jose));
    struct answer *elsewhere = find_as(world, &company.admin, company.sister, "?q=jo");
    expect_length(elsewhere, "data", 3);
    expect_text(elsewhere, "data.1.teams.0.id", team);
    world_sql(world, "DELETE FROM team_admins WHERE membership_id = $1::uuid", mueller.membership_id, NULL);
    expect_length(find(world, "q=jo"), "data", 3);
}

static void only_active_people_of_the_organization_are_found(void **state)
{
    struct world *world = *state;
    struct person former = member_called(world, "Jochen", "Former");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    make_invitation(world, organization, "Joinvited", NULL);
    world_sql(world, "UPDATE memberships SET first_name = 'Joforeign' WHERE id = $1::uuid",
              company.stranger.membership_id, NULL);
    expect_length(find(world, "q=jo"), "data", 3);
    expect_length(find(world, "q=joforeign"), "data", 0);
    expect_length(find_as(world, &company.employee, team, "?q=joforeign"), "data", 0);
    expect_length(find_as(world, &company.stranger, company.foreign_team, "?q=jo"), "data", 1);
}

static void those_who_administer_the_team_may_search(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.leader, &company.leader_of_area, &company.admin,
                                      &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_length(find_as(world, callers[i], team, "?q=jo"), "data", 3);
    }
    expect_error(find_as(world, &company.learner, team, "?q=jo"), 403, NULL);
    expect_error(find_as(world, &company.outsider, team, "?q=jo"), 403, NULL);
    expect_error(find_as(world, &company.leader, company.sister, "?q=jo"), 403, NULL);
    expect_error(find_as(world, &company.learner, team, "?q=nobodyiscalledthis"), 403, NULL);
    expect_hidden(find_as(world, &company.stranger, team, "?q=jo"),
                  find_as(world, &company.stranger, NOBODY, "?q=jo"));
    expect_error(find_as(world, NULL, team, "?q=jo"), 401, NULL);
    expect_error(find_as(world, &company.admin, "x", "?q=jo"), 404, NULL);
}

static void a_search_has_at_most_100_characters(void **state)
{
    const char *most = world_print(*state, "q=%0100d", 0);
    expect_status(find(*state, most), 200);
    expect_error(find(*state, world_print(*state, "%s0", most)), 422, "q");
}

static void links_keep_the_search(void **state)
{
    struct answer *answer = find(*state, "q=j%C3%B3&size=1&sort=last_name&unknown=1");
    const char *link = answer_header(answer, "Link");
    assert_non_null(link);
    assert_non_null(strstr(link, "?q=j%C3%B3&sort=last_name&page=2&size=1>; rel=\"next\""));
    assert_null(strstr(link, "unknown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_found_by_words_and_their_beginnings_without_accents_and_case),
        cmocka_unit_test(names_alone_are_searched),
        cmocka_unit_test(the_order_is_first_and_last_name_unless_told_otherwise),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(people_of_one_name_are_on_one_page_each),
        cmocka_unit_test(a_search_needs_words),
        cmocka_unit_test(admins_of_the_team_are_not_found_again),
        cmocka_unit_test(only_active_people_of_the_organization_are_found),
        cmocka_unit_test(those_who_administer_the_team_may_search),
        cmocka_unit_test(a_search_has_at_most_100_characters),
        cmocka_unit_test(links_keep_the_search),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
