/* The way back in for those who forgot their password: the mail, its link, and the new password. */
#include <glob.h>

#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH   "/api/v1/auth/password"
#define NEW    CANARY "reset"
#define LIMIT  10
#define RACERS 50

static const char *organization;

static int setup(void **state)
{
    struct world *world =
        world_start("reset_redirect_urls = " WORLD_RESET_URL " https://other.example.test/?from=mail\n");

    *state = world;
    world_secret(world, CANARY);
    organization = make_organization(world, "Acme");
    return 0;
}

static struct person member(void **state, const char *first_name)
{
    return make_member(*state, organization, first_name);
}

static struct answer *ask(struct world *world, const char *address, const char *redirect_url)
{
    return call_post(
        world, NULL, PATH,
        world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"%s\"}", address, redirect_url));
}

/* The mails in the spool, also those not finished; `visit` sees each. */
static size_t mails(struct world *world, const char *address, const char **last)
{
    glob_t found = {0};
    size_t count = 0;

    glob(world_print(world, "%s/*", world_mail_spool(world)), GLOB_PERIOD, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *mail = world_read_file(world, found.gl_pathv[i]);
        if (mail != NULL && strstr(mail, world_print(world, "\r\nTo: %s\r\n", address)) != NULL) {
            *last = mail;
            count++;
        }
    }
    globfree(&found);
    return count;
}

static size_t count_mails(struct world *world, const char *address)
{
    const char *last = NULL;

    return mails(world, address, &last);
}

/* The path and query of the link in the one mail to this person. */
static const char *link_for(struct world *world, const struct person *person)
{
    const char *mail = NULL;

    expect_status(ask(world, person->email, WORLD_RESET_URL), 200);
    assert_int_equal(mails(world, person->email, &mail), 1);
    const char *link = strstr(mail, world_print(world, "%s" PATH "/edit?", world_url(world)));
    assert_non_null(link);
    link += strlen(world_url(world));
    const char *path = world_print(world, "%.*s", (int)strcspn(link, "\r\n"), link);
    world_secret(world, strstr(path, "reset_password_token=") + strlen("reset_password_token="));
    return path;
}

/* The value of one name in the query of an address. */
static const char *parameter(struct world *world, const char *url, const char *name)
{
    struct text rest = text_of(url);

    text_cut(&rest, '?');
    while (rest.length > 0) {
        struct text value = text_cut(&rest, '&');
        struct text found = text_cut(&value, '=');
        if (text_equal_string(found, name)) {
            return world_print(world, "%.*s", TEXT_ARGUMENTS(value));
        }
    }
    fail_msg("%s has no %s", url, name);
    return NULL;
}

/* The session that a link leads to. */
static struct session follow(struct world *world, const struct person *person, const char *link)
{
    struct answer *answer = call_get(world, NULL, link);

    expect_status(answer, 302);
    const char *location = answer_header(answer, "Location");
    struct session session = {parameter(world, location, "access-token"),
                              parameter(world, location, "client"), person->email};
    world_secret(world, session.access_token);
    return session;
}

static struct answer *set_password(struct world *world, const struct session *session)
{
    return CALL(world, .method = "PUT", .session = session, .path = PATH,
                .body = "{\"password\": \"" NEW "\", \"password_confirmation\": \"" NEW "\"}");
}

static void known_and_unknown_addresses_are_answered_alike(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Alike");
    struct answer *known = ask(world, person.email, WORLD_RESET_URL);
    struct answer *unknown = ask(world, "nobody@example.test", WORLD_RESET_URL);

    expect_status(known, 200);
    expect_status(unknown, 200);
    expect_true(known, "success");
    assert_string_equal(known->body, unknown->body);
    assert_int_equal(known->header_count, unknown->header_count);
    expect_header(known, "Cache-Control", "no-store");
    assert_int_equal(count_mails(world, person.email), 1);
    assert_int_equal(count_mails(world, "nobody@example.test"), 0);
    assert_int_equal(count_mails(world, "nobody@invalid"), 0);
}

static void the_address_is_taken_in_any_case_and_as_a_form(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Form");
    const char *address = world_sql(world, "SELECT upper($1)", person.email, NULL);

    expect_status(CALL(world, .method = "POST", .path = PATH "/",
                       .body = world_print(world, "email=%s&redirect_url=" WORLD_RESET_URL, address),
                       .type = "application/x-www-form-urlencoded"),
                  200);
    assert_int_equal(count_mails(world, person.email), 1);
}

static void what_is_missing_is_answered_as_the_gem_does(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_post(world, NULL, PATH, "{}");

    expect_error(answer, 401, "You must provide an email address.");
    expect_error(CALL(world, .method = "POST", .path = PATH), 401, "You must provide an email address.");
    expect_error(ask(world, "", WORLD_RESET_URL), 401, "You must provide an email address.");
    expect_error(call_post(world, NULL, PATH, "{\"email\": \"a@example.test\"}"), 401,
                 "Missing redirect URL.");
    expect_error(ask(world, "a@example.test", ""), 401, "Missing redirect URL.");
    expect_error(call_post(world, NULL, PATH, "{\"email\": 5, \"redirect_url\": true}"), 400, "email");
}

static const char *const foreign[] = {
    "https://evil.test/",
    WORLD_RESET_URL "/",
    WORLD_RESET_URL "?next=https://evil.test",
    WORLD_RESET_URL "@evil.test",
    WORLD_RESET_URL ".evil.test",
    "//app.example.test/reset",
    "javascript:alert(1)",
    "http://app.example.test/reset",
    "https://app.example.test/RESET",
};

static void only_listed_addresses_may_be_led_to(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Foreign");

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        expect_error(ask(world, person.email, foreign[i]), 422, "redirect_url");
        expect_error(ask(world, "nobody@example.test", foreign[i]), 422, "redirect_url");
    }
    assert_int_equal(count_mails(world, person.email), 0);
}

static void no_header_can_be_smuggled_into_a_mail(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Smuggle");

    expect_status(ask(world, world_print(world, "%s\\r\\nBcc: x@evil.test", person.email), WORLD_RESET_URL),
                  200);
    expect_status(ask(world, world_print(world, "%s, x@evil.test", person.email), WORLD_RESET_URL), 200);
    assert_int_equal(count_mails(world, person.email), 0);
}

static void a_disabled_user_gets_no_mail(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Disabled");
    struct answer *unknown = ask(world, "nobody@example.test", WORLD_RESET_URL);

    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    assert_string_equal(ask(world, person.email, WORLD_RESET_URL)->body, unknown->body);
    assert_int_equal(count_mails(world, person.email), 0);
}

static void the_link_is_never_built_from_the_request(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Host");
    const char *mail = NULL;

    CALL(world, .method = "POST", .path = PATH, .headers = {"Host: evil.test", "X-Forwarded-Host: evil.test"},
         .body = world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}",
                             person.email));
    assert_int_equal(mails(world, person.email, &mail), 1);
    assert_null(strstr(mail, "evil.test"));
    assert_non_null(strstr(mail, world_url(world)));
}

static void the_link_leads_to_a_short_session(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Follow");
    struct answer *answer = call_get(world, NULL, link_for(world, &person));
    const char *location = answer_header(answer, "Location");

    expect_status(answer, 302);
    expect_no_session_headers(answer);
    expect_header(answer, "Cache-Control", "no-store");
    expect_header(answer, "Referrer-Policy", "no-referrer");
    assert_true(strncmp(location, WORLD_RESET_URL "?", strlen(WORLD_RESET_URL "?")) == 0);
    struct session session = {parameter(world, location, "access-token"),
                              parameter(world, location, "client"), person.email};
    world_secret(world, session.access_token);
    assert_string_equal(parameter(world, location, "token"), session.access_token);
    assert_string_equal(parameter(world, location, "client_id"), session.client);
    assert_string_equal(parameter(world, location, "config"), "default");
    assert_string_equal(parameter(world, location, "reset_password"), "true");
    assert_string_equal(parameter(world, location, "uid"),
                        world_sql(world, "SELECT replace($1, '@', '%40')", person.email, NULL));
    expect_header(expect_open(world, &session), "expiry", parameter(world, location, "expiry"));
    assert_string_equal(
        world_sql(world,
                  "SELECT expires_at < created_at + interval '6 hours' FROM sessions WHERE client = $1",
                  session.client, NULL),
        "t");
}

static void a_listed_address_may_have_a_query_of_its_own(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Query");
    const char *mail = NULL;

    expect_status(ask(world, person.email, "https://other.example.test/?from=mail"), 200);
    assert_int_equal(mails(world, person.email, &mail), 1);
    const char *link = strstr(mail, PATH);
    struct answer *answer =
        call_get(world, NULL, world_print(world, "%.*s", (int)strcspn(link, "\r\n"), link));
    expect_status(answer, 302);
    assert_string_equal(parameter(world, answer_header(answer, "Location"), "from"), "mail");
    world_secret(world, parameter(world, answer_header(answer, "Location"), "access-token"));
}

static void the_new_password_ends_what_was_before(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Change");
    struct session other = open_session(world, person.username, person.password);
    struct session session = follow(world, &person, link_for(world, &person));

    expect_open(world, &other);
    expect_open(world, &person.session);
    expect_status(set_password(world, &session), 200);
    expect_ended(world, &other);
    expect_ended(world, &person.session);
    expect_open(world, &session);
    expect_status(try_sign_in(world, person.email, person.password), 401);
    expect_status(try_sign_in(world, person.email, NEW), 200);
}

static void a_link_is_good_once(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Once");
    const char *link = link_for(world, &person);

    follow(world, &person, link);
    expect_error(call_get(world, NULL, link), 404, NULL);
}

/* As the guards of mail servers look at links before anybody reads the mail. */
static void looking_at_a_link_does_not_use_it_up(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Look");
    const char *link = link_for(world, &person);
    struct answer *answer = CALL(world, .method = "HEAD", .path = link);

    expect_status(answer, 302);
    world_secret(world, parameter(world, answer_header(answer, "Location"), "access-token"));
    follow(world, &person, link);
}

static void of_many_that_follow_one_link_one_gets_in(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Race");
    const char *link = link_for(world, &person);
    struct call calls[RACERS];
    struct answer *answers[RACERS];
    int winners = 0;

    for (int i = 0; i < RACERS; i++) {
        calls[i] = (struct call){.path = link};
    }
    call_together(world, calls, RACERS, answers);
    for (int i = 0; i < RACERS; i++) {
        winners += answers[i]->status == 302;
        assert_true(answers[i]->status == 302 || answers[i]->status == 404);
    }
    assert_int_equal(winners, 1);
}

static void a_link_is_good_for_six_hours(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Late");
    const char *link = link_for(world, &person);
    const char *lifetime = "SELECT abs(extract(epoch FROM expires_at - created_at - interval '6 hours')) < 5 "
                           "FROM password_resets WHERE user_id = $1::uuid";

    assert_string_equal(world_sql(world, lifetime, person.user_id, NULL), "t");
    world_sql(world, "UPDATE password_resets SET expires_at = now() WHERE user_id = $1::uuid", person.user_id,
              NULL);
    expect_error(call_get(world, NULL, link), 404, NULL);
}

static void links_that_lead_elsewhere_or_nowhere_are_refused(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Else");
    const char *link = link_for(world, &person);
    const char *token = parameter(world, link, "reset_password_token");

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        const char *path =
            world_print(world, PATH "/edit?reset_password_token=%s&redirect_url=%s", token, foreign[i]);
        expect_error(call_get(world, NULL, path), 422, "redirect_url");
    }
    expect_error(call_get(world, NULL, world_print(world, PATH "/edit?reset_password_token=%s", token)), 422,
                 "redirect_url");
    expect_status(call_get(world, NULL, PATH "/edit?redirect_url=" WORLD_RESET_URL), 404);
    expect_status(call_get(world, NULL, PATH "/edit?redirect_url=" WORLD_RESET_URL "&reset_password_token=x"),
                  404);
    expect_status(call_get(world, NULL, PATH "/edit"), 422);
    follow(world, &person, link);
}

static void a_link_of_a_user_disabled_since_is_refused(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Since");
    const char *link = link_for(world, &person);

    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    expect_error(call_get(world, NULL, link), 404, NULL);
}

static void a_changed_password_ends_links_that_were_sent(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Sent");
    const char *link = link_for(world, &person);

    expect_status(set_password(world, &person.session), 200);
    expect_error(call_get(world, NULL, link), 404, NULL);
}

static void a_reset_forgets_failed_sign_ins(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Locked");

    for (int i = 0; i < LIMIT; i++) {
        expect_status(try_sign_in(world, person.email, "wrong"), 401);
        expect_status(try_sign_in(world, person.username, "wrong"), 401);
    }
    expect_status(try_sign_in(world, person.email, person.password), 429);
    struct session session = follow(world, &person, link_for(world, &person));
    expect_status(set_password(world, &session), 200);
    expect_status(try_sign_in(world, person.email, NEW), 200);
    expect_status(try_sign_in(world, person.username, NEW), 200);
}

static void the_database_knows_only_the_hash_of_a_link(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Hash");
    const char *token = parameter(world, link_for(world, &person), "reset_password_token");

    assert_string_equal(
        world_sql(
            world,
            "SELECT count(*) FROM password_resets WHERE user_id = $1::uuid "
            "AND token_hash = sha256(convert_to($2, 'UTF8')) AND position($2 IN password_resets::text) = 0",
            person.user_id, token, NULL),
        "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_and_unknown_addresses_are_answered_alike),
        cmocka_unit_test(the_address_is_taken_in_any_case_and_as_a_form),
        cmocka_unit_test(what_is_missing_is_answered_as_the_gem_does),
        cmocka_unit_test(only_listed_addresses_may_be_led_to),
        cmocka_unit_test(no_header_can_be_smuggled_into_a_mail),
        cmocka_unit_test(a_disabled_user_gets_no_mail),
        cmocka_unit_test(the_link_is_never_built_from_the_request),
        cmocka_unit_test(the_link_leads_to_a_short_session),
        cmocka_unit_test(a_listed_address_may_have_a_query_of_its_own),
        cmocka_unit_test(the_new_password_ends_what_was_before),
        cmocka_unit_test(a_link_is_good_once),
        cmocka_unit_test(looking_at_a_link_does_not_use_it_up),
        cmocka_unit_test(of_many_that_follow_one_link_one_gets_in),
        cmocka_unit_test(a_link_is_good_for_six_hours),
        cmocka_unit_test(links_that_lead_elsewhere_or_nowhere_are_refused),
        cmocka_unit_test(a_link_of_a_user_disabled_since_is_refused),
        cmocka_unit_test(a_changed_password_ends_links_that_were_sent),
        cmocka_unit_test(a_reset_forgets_failed_sign_ins),
        cmocka_unit_test(the_database_knows_only_the_hash_of_a_link),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
