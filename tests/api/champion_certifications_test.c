/* Champion certifications, whose values come as headers, as parameters or in a body. */
#include "support/expect.h"
#include "support/learning.h"

#define PATH "/api/v1/worklete_admin/champion_certifications"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *call(struct world *world, const char *method, const char *path, const char *body)
{
    return call_as(world, &company.employee, method, path, body);
}

static const char *body_of(struct world *world, const char *user, const char *date)
{
    return world_print(world, "{\"user_id\": \"%s\", \"date\": \"%s\"}", user, date);
}

static struct answer *certify(struct world *world, const char *user, const char *date)
{
    return call(world, "POST", PATH, body_of(world, user, date));
}

static struct answer *show(struct world *world, const char *user)
{
    return call(world, "GET", world_print(world, PATH "?user_id=%s", user), NULL);
}

static void a_certification_is_made_and_shown(void **state)
{
    struct world *world = *state;
    const char *user = company.learner.user_id;
    struct answer *answer = certify(world, user, "2019-05-01");
    expect_status(answer, 200);
    expect_text(answer, "data.user_id", user);
    expect_text(answer, "data.date", "2019-05-01");
    expect_body(show(world, user), answer->body);
    expect_status(
        call(world, "POST", PATH, world_print(world, "{\"data\": %s}", body_of(world, user, "2019-05-01"))),
        200);
}

static void again_replaces_the_date_and_keeps_the_id(void **state)
{
    struct world *world = *state;
    const char *user = company.leader.user_id;
    struct answer *first = certify(world, user, "2019-05-01");
    expect_body(certify(world, user, "2019-05-01"), first->body);
    struct answer *second = certify(world, user, "2018-12-31");
    expect_text(second, "data.id", text_at(first, "data.id"));
    expect_text(second, "data.created_at", text_at(first, "data.created_at"));
    expect_text(second, "data.date", "2018-12-31");
    expect_text(show(world, user), "data.date", "2018-12-31");
}

static struct answer *with_headers(struct world *world, const char *method, const char *query,
                                   const char *first, const char *second)
{
    return CALL(world, .method = method, .path = world_print(world, PATH "%s", query),
                .session = &company.employee.session, .headers = {first, second});
}

static const char *header(struct world *world, const char *name, const char *value)
{
    return world_print(world, "%s: %s", name, value);
}

static void values_come_as_headers_too(void **state)
{
    static const char *const names[] = {"user_id", "user-id", "User-Id", "USER_ID"};
    struct world *world = *state;
    const char *user = company.leader_of_area.user_id;
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *date = world_print(world, "2019-05-%02zu", i + 1);
        struct answer *answer =
            with_headers(world, "POST", "", header(world, names[i], user), header(world, "date", date));
        expect_text(answer, "data.user_id", user);
        expect_text(answer, "data.date", date);
        expect_text(with_headers(world, "GET", "", header(world, names[i], user), NULL), "data.date", date);
    }
}

static void values_come_as_parameters_too(void **state)
{
    struct world *world = *state;
    const char *user = company.leader_of_area.user_id;
    const char *query = world_print(world, "?user_id=%s&date=2017-02-28", user);
    expect_text(with_headers(world, "POST", query, NULL, NULL), "data.date", "2017-02-28");
    query = world_print(world, "?user_id=%s", user);
    expect_text(with_headers(world, "POST", query, "date: 2016-02-29", NULL), "data.date", "2016-02-29");
    expect_text(with_headers(world, "GET", query, NULL, NULL), "data.date", "2016-02-29");
}

/* What is nearest to the operation counts: the body before the query before the headers, where some programs
 * put a date of their own. */
static void the_body_counts_before_the_query_before_the_headers(void **state)
{
    struct world *world = *state;
    const char *user = company.outsider.user_id;
    struct answer *answer =
        CALL(world, .method = "POST", .path = world_print(world, PATH "?date=2015-01-02&user_id=%s", NOBODY),
             .session = &company.employee.session, .body = body_of(world, user, "2015-01-01"),
             .headers = {"Date: Tue, 15 Nov 1994 08:12:31 GMT", header(world, "user_id", NOBODY)});
    expect_text(answer, "data.date", "2015-01-01");
    expect_text(answer, "data.user_id", user);
    answer = with_headers(world, "POST", world_print(world, "?date=2015-01-02&user_id=%s", user),
                          "Date: Tue, 15 Nov 1994 08:12:31 GMT", NULL);
    expect_text(answer, "data.date", "2015-01-02");
}

static void what_is_missing_or_malformed_is_told(void **state)
{
    struct world *world = *state;
    const char *user = company.outsider.user_id;
    const char *named = header(world, "user_id", user);
    expect_error(with_headers(world, "POST", "", named, NULL), 422, "date");
    expect_error(with_headers(world, "POST", "", "date: 2019-05-01", NULL), 422, "user_id");
    expect_error(call(world, "POST", PATH, "{}"), 422, "date");
    expect_error(call(world, "POST", PATH, "{}"), 422, "user_id");
    expect_error(with_headers(world, "POST", "", named, "date: yesterday"), 422, "date");
    expect_error(with_headers(world, "POST", "", named, "date: Tue, 15 Nov 1994 08:12:31 GMT"), 422, "date");
    expect_error(certify(world, user, "2019-02-29"), 422, "date");
    expect_error(certify(world, user, ""), 422, "date");
    expect_error(certify(world, "no-id", "2019-05-01"), 400, "user_id");
    expect_error(with_headers(world, "POST", "", "user_id: no-id", "date: 2019-05-01"), 400, "user_id");
    expect_error(with_headers(world, "POST", "", "user_id: \xff", "date: 2019-05-01"), 400, "user_id");
    expect_error(with_headers(world, "GET", "", NULL, NULL), 400, "user_id");
    expect_error(with_headers(world, "GET", "?user_id=", NULL, NULL), 400, "user_id");
    expect_error(with_headers(world, "GET", "", "user-id: 5", NULL), 400, "user_id");
    expect_error(with_headers(world, "DELETE", "", NULL, NULL), 400, "id");
    expect_error(with_headers(world, "DELETE", "?id=5", NULL, NULL), 400, "id");
}

static void who_does_not_exist_is_404(void **state)
{
    struct world *world = *state;
    expect_error(certify(world, NOBODY, "2019-05-01"), 404, NULL);
    expect_error(certify(world, NOBODY, "2999-05-01"), 404, NULL);
    expect_error(show(world, NOBODY), 404, NULL);
    expect_error(show(world, company.admin.user_id), 404, NULL);
    expect_error(call(world, "DELETE", PATH "?id=" NOBODY, NULL), 404, NULL);
    expect_error(call(world, "DELETE", PATH "/" NOBODY, NULL), 404, NULL);
    expect_error(call(world, "DELETE", PATH "/no-id", NULL), 404, NULL);
}

static void today_is_taken_and_tomorrow_is_not(void **state)
{
    struct world *world = *state;
    const char *user = company.stranger.user_id;
    const char *tomorrow = world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date + 1", NULL);
    expect_error(certify(world, user, tomorrow), 422, "future");
    expect_error(show(world, user), 404, NULL);
    const char *today = world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date", NULL);
    expect_text(certify(world, user, today), "data.date", today);
    expect_error(certify(world, user, "2999-01-01"), 422, "future");
    expect_text(show(world, user), "data.date", today);
}

static void a_certification_goes_by_query_or_by_path(void **state)
{
    static const char *const forms[] = {PATH "?id=%s", PATH "/%s"};
    struct world *world = *state;
    const char *user = company.admin.user_id;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct answer *made = certify(world, user, "2019-05-01");
        const char *form = forms[i];
        const char *path =
            world_print(world, "%.*s%s", (int)(strlen(form) - 2), form, text_at(made, "data.id"));
        expect_body(call(world, "DELETE", path, NULL), made->body);
        expect_error(show(world, user), 404, NULL);
        expect_error(call(world, "DELETE", path, NULL), 404, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certification_is_made_and_shown),
        cmocka_unit_test(again_replaces_the_date_and_keeps_the_id),
        cmocka_unit_test(values_come_as_headers_too),
        cmocka_unit_test(values_come_as_parameters_too),
        cmocka_unit_test(the_body_counts_before_the_query_before_the_headers),
        cmocka_unit_test(what_is_missing_or_malformed_is_told),
        cmocka_unit_test(who_does_not_exist_is_404),
        cmocka_unit_test(today_is_taken_and_tomorrow_is_not),
        cmocka_unit_test(a_certification_goes_by_query_or_by_path),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
