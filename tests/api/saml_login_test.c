/* A sign-on from its beginning here to its end: the request, the browser that began it, replay, where it
 * leads, how messages travel, and becoming a member. */
#include "api/saml_fixture.h"
#include "saml/transport.h"

static const char *value_in(struct world *world, const char *location, const char *name)
{
    const char *start = strstr(location, world_print(world, "%s=", name));
    assert_non_null(start);
    start += strlen(name) + 1;
    struct text decoded;
    assert_true(
        decode_percent(world_arena(world), (struct text){start, strcspn(start, "&")}, true, &decoded));
    return arena_copy_text(world_arena(world), decoded).data;
}

/* A sign-on that began: the id of its request, and the cookie. */
struct beginning {
    const char *location;
    const char *request;
    const char *id;
    const char *cookie;
};

static struct beginning begin_at(struct world *world, const char *organization, const char *more)
{
    struct answer *answer = call_get(
        world, NULL, world_print(world, "/api/v1/saml/login?organization_id=%s%s", organization, more));
    struct beginning beginning = {.location = answer_header(answer, "Location")};
    struct saml_reading reading = {.arena = world_arena(world)};
    struct text xml;
    expect_status(answer, 302);
    struct text message = text_of(value_in(world, beginning.location, "SAMLRequest"));
    assert_int_equal(saml_decode_query(&reading, message, &xml), PROBLEM_NONE);
    beginning.request = arena_copy_text(world_arena(world), xml).data;
    beginning.id = id_of(world, beginning.request, "<samlp:AuthnRequest");
    const char *cookie = answer_header(answer, "Set-Cookie");
    assert_non_null(strstr(cookie, "; Path=/api/v1/saml/consume; Max-Age=600; HttpOnly"));
    beginning.cookie = world_print(world, "%.*s", (int)strcspn(cookie, ";"), cookie);
    world_secret(world, strchr(beginning.cookie, '=') + 1);
    return beginning;
}

static struct beginning begin(struct world *world)
{
    return begin_at(world, company.organization, "");
}

/* The answer to a request; the two places may tell different ones, NULL: none. */
static const char *answering(struct world *world, const char *outer, const char *inner)
{
    const char *xml = says(world);
    if (outer != NULL) {
        xml = changed(world, xml, "<samlp:Response ",
                      world_print(world, "<samlp:Response InResponseTo=\"%s\" ", outer));
    }
    if (inner != NULL) {
        xml = changed(world, xml, "<saml:SubjectConfirmationData ",
                      world_print(world, "<saml:SubjectConfirmationData InResponseTo=\"%s\" ", inner));
    }
    return provider_signs(world, &provider, xml, "response");
}

static void a_request_is_signed_and_says_who_asks(void **state)
{
    struct world *world = *state;
    struct beginning beginning = begin_at(world, company.organization, "&RelayState=%2Fcourses");
    assert_ptr_equal(strstr(beginning.location, "https://idp.example.test/sso?tenant=1&SAMLRequest="),
                     beginning.location);
    assert_string_equal(value_in(world, beginning.location, "RelayState"), "/courses");
    assert_string_equal(value_in(world, beginning.location, "SigAlg"), RSA_SHA256);
    assert_true(strlen(value_in(world, beginning.location, "&Signature")) > 300);
    assert_non_null(strstr(beginning.request, "Destination=\"https://idp.example.test/sso?tenant=1\""));
    assert_non_null(
        strstr(beginning.request,
               world_print(world, "AssertionConsumerServiceURL=\"%s" CONSUME "\"", world_url(world))));
    assert_non_null(
        strstr(beginning.request,
               world_print(world, "<saml:Issuer>%s/api/v1/saml/metadata</saml:Issuer>", world_url(world))));
}

static void without_a_provider_there_is_nowhere_to_go(void **state)
{
    struct world *world = *state;
    expect_status(call_get(world, NULL, "/api/v1/saml/login"), 422);
    expect_status(call_get(world, NULL, "/api/v1/saml/login?organization_id=x"), 400);
    expect_status(call_get(world, NULL, "/api/v1/saml/login?organization_id=" NOBODY), 404);
    const char *other = make_organization(world, "Without");
    expect_status(call_get(world, NULL, world_print(world, "/api/v1/saml/login?organization_id=%s", other)),
                  404);
}

static void an_answer_comes_to_the_browser_that_asked_once(void **state)
{
    struct world *world = *state;
    struct beginning beginning = begin(world);
    const char *xml = answering(world, beginning.id, beginning.id);
    expect_untaken(world, provider_sends(world, xml), 401, "did not begin in this browser");
    const char *name = world_print(world, "%.*s", (int)strcspn(beginning.cookie, "="), beginning.cookie);
    expect_untaken(world, provider_sends_with(world, xml, NULL, world_print(world, "%s=x", name)), 401,
                   "unknown, answered, or older");
    struct answer *answer =
        provider_sends_with(world, xml, NULL, world_print(world, "a=b; %s", beginning.cookie));
    expect_signed_in(world, answer, company.learner.email);
    assert_non_null(strstr(answer_header(answer, "Set-Cookie"), "Max-Age=0"));
    xml = answering(world, beginning.id, beginning.id);
    expect_untaken(world, provider_sends_with(world, xml, NULL, beginning.cookie), 401,
                   "unknown, answered, or older");
}

static void an_answer_says_the_same_request_everywhere(void **state)
{
    struct world *world = *state;
    struct beginning one = begin(world);
    struct beginning two = begin(world);
    const char *cookies = world_print(world, "%s; %s", one.cookie, two.cookie);
    const char *const pairs[][2] = {{one.id, NULL}, {NULL, one.id}, {one.id, two.id}, {one.id, ""}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const char *xml = answering(world, pairs[i][0], pairs[i][1]);
        expect_untaken(world, provider_sends_with(world, xml, NULL, cookies), 401,
                       "do not answer the same request");
    }
    const char *unknown = answering(world, "_unknown", "_unknown");
    expect_untaken(world, provider_sends_with(world, unknown, NULL, cookies), 401,
                   "did not begin in this browser");
}

static void a_request_is_good_for_its_organization_and_ten_minutes(void **state)
{
    struct world *world = *state;
    struct beginning other = begin_at(world, company.stranger.organization_id, "");
    const char *xml = answering(world, other.id, other.id);
    expect_untaken(world, provider_sends_with(world, xml, NULL, other.cookie), 401,
                   "unknown, answered, or older");
    struct beginning old = begin(world);
    world_sql(world, "UPDATE saml_requests SET expires_at = now() - interval '1 second'", NULL);
    xml = answering(world, old.id, old.id);
    expect_untaken(world, provider_sends_with(world, xml, NULL, old.cookie), 401,
                   "unknown, answered, or older");
    struct beginning fresh = begin(world);
    assert_string_equal(
        world_sql(world,
                  "SELECT extract(epoch FROM max(expires_at) - now()) BETWEEN 590 AND 600 FROM saml_requests",
                  NULL),
        "t");
    xml = answering(world, fresh.id, fresh.id);
    expect_signed_in(world, provider_sends_with(world, xml, NULL, fresh.cookie), company.learner.email);
}

static void what_nobody_asked_for_can_be_switched_off(void **state)
{
    struct world *world = *state;
    const char *shown = world_command(world, NULL, "saml", "settings", "--organization", company.organization,
                                      "--unsolicited", "off", "--json", NULL);
    assert_string_equal(shown, "{\"unsolicited\":false,\"create_users\":false,\"attributes\":{}}");
    expect_untaken(world, provider_sends(world, good(world, "assertion")), 403, "Nobody asked");
    struct beginning beginning = begin(world);
    const char *xml = answering(world, beginning.id, beginning.id);
    expect_signed_in(world, provider_sends_with(world, xml, NULL, beginning.cookie), company.learner.email);
    world_command(world, NULL, "saml", "settings", "--organization", company.organization, "--unsolicited",
                  "on", NULL);
    expect_signed_in(world, provider_sends(world, good(world, "assertion")), company.learner.email);
}

static void an_assertion_is_good_once(void **state)
{
    struct world *world = *state;
    const char *xml = good(world, "assertion");
    expect_signed_in(world, provider_sends(world, xml), company.learner.email);
    expect_untaken(world, provider_sends(world, xml), 401, "used before");
    /* Around it everything may change. */
    const char *id = id_of(world, xml, "<samlp:Response");
    const char *other = changed(world, xml, world_print(world, " ID=\"%s\"", id), " ID=\"_other\"");
    expect_untaken(world, provider_sends(world, other), 401, "used before");
    expect_untaken(world, provider_sends(world, provider_encrypts(world, xml, "service", "aes256-gcm")), 401,
                   "used before");
    const char *query = provider_query(world, xml, NULL, "provider");
    expect_untaken(world, call_get(world, NULL, world_print(world, CONSUME "?%s", query)), 401,
                   "used before");
    assert_string_equal(
        world_sql(world, "SELECT bool_and(expires_at > now() + interval '6 minutes') FROM saml_assertions",
                  NULL),
        "t");
}

static void of_many_at_once_one_is_taken(void **state)
{
    struct world *world = *state;
    enum { RACERS = 20 };
    struct call calls[RACERS];
    struct answer *answers[RACERS];
    size_t taken = 0;
    struct text encoded = encode_base64(world_arena(world), text_of(good(world, "assertion")));
    const char *body =
        world_print(world, "SAMLResponse=%.*s", TEXT_ARGUMENTS(encode_percent(world_arena(world), encoded)));
    for (size_t i = 0; i < RACERS; i++) {
        calls[i] = (struct call){
            .method = "POST", .path = CONSUME, .body = body, .type = "application/x-www-form-urlencoded"};
    }
    call_together(world, calls, RACERS, answers);
    for (size_t i = 0; i < RACERS; i++) {
        taken += answers[i]->status == 302;
        if (answers[i]->status != 302) {
            expect_untaken(world, answers[i], 401, "used before");
        }
    }
    assert_int_equal(taken, 1);
}

static void a_refused_message_uses_nothing_up(void **state)
{
    struct world *world = *state;
    const char *xml = good(world, "assertion");
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", company.learner.user_id, NULL);
    expect_untaken(world, provider_sends(world, xml), 403, "not active");
    world_sql(world, "UPDATE users SET enabled = true WHERE id = $1::uuid", company.learner.user_id, NULL);
    expect_signed_in(world, provider_sends(world, xml), company.learner.email);
}

static void a_session_leads_only_to_addresses_that_are_ours(void **state)
{
    struct world *world = *state;
    static const char *const foreign_targets[] = {"https://evil.example.test/",
                                                  "//evil.example.test",
                                                  "///evil.example.test",
                                                  "/\\evil.example.test",
                                                  "\\\\evil.example.test",
                                                  "javascript:alert(1)",
                                                  "/a\r\nSet-Cookie: x=y",
                                                  "https://app.example.test@evil.example.test/",
                                                  "/\t/evil.example.test",
                                                  "https://app.example.test/other",
                                                  WORLD_SAML_URL "/",
                                                  "/\xE2\x81\x84"
                                                  "evil",
                                                  "evil",
                                                  ""};
    for (size_t i = 0; i < COUNT(foreign_targets); i++) {
        struct answer *answer =
            provider_sends_with(world, good(world, "assertion"), foreign_targets[i], NULL);
        expect_signed_in(world, answer, company.learner.email);
        const char *location = answer_header(answer, "Location");
        assert_ptr_equal(strstr(location, WORLD_SAML_URL "?auth_token="), location);
    }
    struct answer *answer = provider_sends_with(world, good(world, "assertion"), "/a/b?c=d", NULL);
    const char *location = answer_header(answer, "Location");
    assert_ptr_equal(strstr(location, "https://app.example.test/a/b?c=d&auth_token="), location);
    answer = provider_sends_with(world, good(world, "assertion"), WORLD_SAML_URL, NULL);
    assert_non_null(strstr(answer_header(answer, "Location"), WORLD_SAML_URL "?auth_token="));
}

/* --- How messages travel ------------------------------------------------------------------------------- */

static struct answer *post(struct world *world, const char *query, const char *type, const char *body)
{
    return CALL(world, .method = "POST", .path = world_print(world, CONSUME "%s", query), .type = type,
                .body = body);
}

static void forms_are_read_strictly(void **state)
{
    struct world *world = *state;
    const char *form = "application/x-www-form-urlencoded";
    struct text encoded = encode_percent(
        world_arena(world), encode_base64(world_arena(world), text_of(good(world, "assertion"))));
    const char *body = world_print(world, "SAMLResponse=%.*s", TEXT_ARGUMENTS(encoded));
    expect_status(post(world, "", "application/json", "{}"), 415);
    expect_status(post(world, "", "text/xml", "<x/>"), 415);
    expect_status(CALL(world, .method = "PUT", .path = CONSUME, .body = "x", .type = form), 405);
    expect_untaken(world, post(world, "", form, world_print(world, "%s&SAMLResponse=AAAA", body)), 400,
                   "given twice");
    expect_untaken(world, post(world, "", form, ""), 400, "missing");
    expect_untaken(world, post(world, "", form, world_print(world, "%s&RelayState=%%ff", body)), 400,
                   "UTF-8");
    expect_untaken(world, post(world, "?SAMLResponse=AAAA", form, body), 400, "in the query of a POST");
    expect_untaken(world, post(world, "", form, "RelayState=x"), 400, "missing");
    expect_untaken(world, post(world, "", form, "SAMLResponse="), 400, "missing");
    const char *const bodies[] = {"SAMLResponse=%3Csamlp%3AResponse%2F%3E", "SAMLResponse=AA%20AA",
                                  "SAMLResponse=AA-_", "SAMLResponse=AAA", "SAMLResponse=AAAA%3D"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        expect_untaken(world, post(world, "", form, bodies[i]), 400, "not base64");
    }
    char *large = world_print(world, "%0300000d", 0);
    expect_untaken(world, provider_sends(world, large), 400, "larger than 256 KiB");
    struct text deflated = encode_percent(
        world_arena(world), saml_encode_query(world_arena(world), text_of(good(world, "assertion"))));
    expect_untaken(world,
                   post(world, "", form, world_print(world, "SAMLResponse=%.*s", TEXT_ARGUMENTS(deflated))),
                   400, "The message");
}

static void queries_are_read_strictly(void **state)
{
    struct world *world = *state;
    const char *plain = provider_signs(world, &provider, says(world), "");
    const char *query = provider_query(world, plain, "/x", "provider");
    const struct {
        const char *query;
        int status;
        const char *reason;
    } queries[] = {
        {provider_query(world, plain, NULL, NULL), 401, "Neither"},
        {provider_query(world, plain, NULL, "stranger"), 401, "The query was signed with none"},
        {changed(world, query, "RelayState=%2Fx", "RelayState=%2Fy"), 401, "The query was signed with none"},
        {changed(world, query, "RelayState=%2Fx", "RelayState=%2fx"), 401, "The query was signed with none"},
        {changed(world, query, "&RelayState=%2Fx", ""), 401, "The query was signed with none"},
        {changed(world, query, "rsa-sha256", "rsa-sha512"), 401, "The query was signed with none"},
        {changed(world, query, "rsa-sha256", "rsa-sha1"), 401, "signed by a method"},
        {changed(world, query, "&SigAlg=", "&NoAlg="), 401, "signed by a method"},
        {changed(world, query, "&Signature=", "&NoSignature="), 401, "signed by a method"},
        {changed(world, query, "&Signature=", "&Signature=%21"), 401, "signed by a method"},
        {world_print(world, "%s&SAMLEncoding=x", query), 400, "another encoding"},
        {"RelayState=x", 400, "missing"},
        {"SAMLResponse=AAAA", 400, "no complete DEFLATE"},
        {"SAMLResponse=%21", 400, "not base64"},
    };
    for (size_t i = 0; i < COUNT(queries); i++) {
        expect_untaken(world, call_get(world, NULL, world_print(world, CONSUME "?%s", queries[i].query)),
                       queries[i].status, queries[i].reason);
    }
    expect_untaken(world, call_get(world, NULL, world_print(world, CONSUME "?%s&RelayState=y", query)), 400,
                   "given twice");
    struct text bomb =
        encode_percent(world_arena(world),
                       saml_encode_query(world_arena(world), text_of(world_print(world, "%01000000d", 0))));
    expect_untaken(
        world, call_get(world, NULL, world_print(world, CONSUME "?SAMLResponse=%.*s", TEXT_ARGUMENTS(bomb))),
        400, "no complete DEFLATE");
    struct text compressed;
    assert_true(decode_base64(world_arena(world), saml_encode_query(world_arena(world), text_of(plain)),
                              &compressed));
    char *joined = arena_allocate(world_arena(world), compressed.length + 1);
    memcpy(joined, compressed.data, compressed.length);
    joined[compressed.length] = 'x';
    struct text trailing = encode_percent(
        world_arena(world), encode_base64(world_arena(world), (struct text){joined, compressed.length + 1}));
    expect_untaken(
        world,
        call_get(world, NULL, world_print(world, CONSUME "?SAMLResponse=%.*s", TEXT_ARGUMENTS(trailing))),
        400, "no complete DEFLATE");
}

/* --- Becoming a member --------------------------------------------------------------------------------- */

static const char *about(struct world *world, const char *name_id, const char *first, const char *last)
{
    const char *attributes =
        world_print(world,
                    "<saml:AttributeStatement><saml:Attribute "
                    "Name=\"%s\"><saml:AttributeValue>Nina</saml:AttributeValue></saml:Attribute>"
                    "<saml:Attribute "
                    "Name=\"%s\"><saml:AttributeValue>Newman</saml:AttributeValue></saml:Attribute></"
                    "saml:AttributeStatement>"
                    "<saml:AuthnStatement ",
                    first, last);
    return provider_signs(
        world, &provider,
        changed(world, provider_says(world, &provider, name_id), "<saml:AuthnStatement ", attributes),
        "assertion");
}

static void settings(struct world *world, const char *option, const char *value)
{
    world_command(world, NULL, "saml", "settings", "--organization", company.organization, option, value,
                  NULL);
}

static void somebody_new_becomes_a_member_where_that_is_allowed(void **state)
{
    struct world *world = *state;
    expect_untaken(world, provider_sends(world, about(world, "nina@example.test", "givenName", "sn")), 403,
                   "does not let sign-on make members");
    settings(world, "--create-users", "on");
    expect_untaken(world, provider_sends(world, about(world, "nina@example.test", "x", "y")), 403,
                   "first and last name");
    expect_untaken(world, provider_sends(world, about(world, "no address", "givenName", "sn")), 403,
                   "neither an e-mail address");
    expect_untaken(world, provider_sends(world, about(world, company.stranger.email, "givenName", "sn")), 403,
                   "Somebody who is not a member");
    expect_signed_in(world, provider_sends(world, about(world, "Nina@Example.test", "givenName", "sn")),
                     "nina@example.test");
    assert_string_equal(world_sql(world,
                                  "SELECT users.first_name || ' ' || users.last_name || ' ' || status || ' ' "
                                  "|| role || ' ' || sign_in_count FROM users "
                                  "JOIN memberships ON user_id = users.id WHERE users.email = "
                                  "'nina@example.test' AND organization_id = $1::uuid",
                                  company.organization, NULL),
                        "Nina Newman active 3 1");
    expect_signed_in(world, provider_sends(world, about(world, "nina@example.test", "givenName", "sn")),
                     "nina@example.test");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM memberships WHERE email = 'nina@example.test' AND "
                                "organization_id = $1::uuid",
                                company.organization),
                     1);
    settings(world, "--create-users", "off");
}

static void an_invitation_for_the_address_is_taken(void **state)
{
    struct world *world = *state;
    static const char *const options[] = {"--email", "ivan@example.test", NULL};
    const char *code = make_invitation(world, company.organization, "Ivan", options);
    settings(world, "--create-users", "on");
    expect_signed_in(
        world,
        provider_sends(world,
                       provider_signs(world, &provider, provider_says(world, &provider, "ivan@example.test"),
                                      "assertion")),
        "ivan@example.test");
    assert_string_equal(
        world_sql(
            world,
            "SELECT (used_at IS NOT NULL)::text || ' ' || status || ' ' || (user_id IS NOT NULL)::text FROM "
            "invitations JOIN memberships ON memberships.id = membership_id WHERE invite_code = $1",
            code, NULL),
        "true active true");
    settings(world, "--create-users", "off");
}

static void an_attribute_can_name_the_member(void **state)
{
    struct world *world = *state;
    settings(world, "--attribute", "identity=mail");
    expect_untaken(world, provider_sends(world, good(world, "assertion")), 403, "attribute that is to name");
    const char *xml = changed(
        world, provider_says(world, &provider, "opaque"), "<saml:AuthnStatement ",
        world_print(world,
                    "<saml:AttributeStatement><saml:Attribute Name=\"mail\"><saml:AttributeValue> %s "
                    "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement><saml:AuthnStatement ",
                    company.learner.email));
    expect_signed_in(world, provider_sends(world, provider_signs(world, &provider, xml, "assertion")),
                     company.learner.email);
    settings(world, "--attribute", "identity=");
    expect_signed_in(world, provider_sends(world, good(world, "assertion")), company.learner.email);
    const char *const wrong[][2] = {{"--attribute", "email=mail"},
                                    {"--attribute", "identity"},
                                    {"--unsolicited", "yes"},
                                    {"--create-users", ""}};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *arguments[] = {
            "saml", "settings", "--organization", company.organization, wrong[i][0], wrong[i][1], NULL};
        assert_int_equal(world_run(world, NULL, arguments).status, 2);
    }
    assert_int_equal(
        world_run(world, NULL, (const char *[]){"saml", "settings", "--organization", NOBODY, NULL}).status,
        1);
}

static void two_first_sign_ons_at_once_make_one_account(void **state)
{
    struct world *world = *state;
    struct call calls[2];
    struct answer *answers[2];
    settings(world, "--create-users", "on");
    for (size_t i = 0; i < 2; i++) {
        struct text encoded =
            encode_base64(world_arena(world), text_of(about(world, "twin@example.test", "givenName", "sn")));
        calls[i] =
            (struct call){.method = "POST",
                          .path = CONSUME,
                          .type = "application/x-www-form-urlencoded",
                          .body = world_print(world, "SAMLResponse=%.*s",
                                              TEXT_ARGUMENTS(encode_percent(world_arena(world), encoded)))};
    }
    call_together(world, calls, 2, answers);
    expect_signed_in(world, answers[0], "twin@example.test");
    expect_signed_in(world, answers[1], "twin@example.test");
    settings(world, "--create-users", "off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_signed_and_says_who_asks),
        cmocka_unit_test(without_a_provider_there_is_nowhere_to_go),
        cmocka_unit_test(an_answer_comes_to_the_browser_that_asked_once),
        cmocka_unit_test(an_answer_says_the_same_request_everywhere),
        cmocka_unit_test(a_request_is_good_for_its_organization_and_ten_minutes),
        cmocka_unit_test(what_nobody_asked_for_can_be_switched_off),
        cmocka_unit_test(an_assertion_is_good_once),
        cmocka_unit_test(of_many_at_once_one_is_taken),
        cmocka_unit_test(a_refused_message_uses_nothing_up),
        cmocka_unit_test(a_session_leads_only_to_addresses_that_are_ours),
        cmocka_unit_test(forms_are_read_strictly),
        cmocka_unit_test(queries_are_read_strictly),
        cmocka_unit_test(somebody_new_becomes_a_member_where_that_is_allowed),
        cmocka_unit_test(an_invitation_for_the_address_is_taken),
        cmocka_unit_test(an_attribute_can_name_the_member),
        cmocka_unit_test(two_first_sign_ons_at_once_make_one_account),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
