/* What a request says of its own body and of the answer that it takes: Accept, Content-Type, and bodies that
 * cannot be read. */
#include "support/expect.h"
#include "support/people.h"
#include "support/raw.h"

#define SIGN_IN      "/api/v1/auth/sign_in"
#define PASSWORD     "/api/v1/auth/password"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes with their length, since some hold a zero. */
#define BYTES(literal)                  \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

struct bytes {
    const char *data;
    size_t length;
};

static struct person member;

static int setup(void **state)
{
    world_setup(state);
    const char *organization = make_organization(*state, "Negotiation");
    member = make_member(*state, organization, "Nora");
    return 0;
}

static struct answer *get_accepting(struct world *world, const char *accept)
{
    return CALL(world, .path = "/api/v1/session", .session = &member.session,
                .headers = {world_print(world, "Accept:%s%s", *accept != '\0' ? " " : "", accept)});
}

static void an_accept_that_covers_json_is_answered(void **state)
{
    static const char *const good[] = {
        "",
        "application/json",
        "*/*",
        "application/*",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "text/html, application/json;q=0.1",
        "application/json;q=0.001",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "*/*;q=0, application/json",
        "application/*;q=0, application/json;q=0.5",
        "text/html;q=0, */*",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_status(get_accepting(*state, good[i]), 200);
    }
}

static void an_accept_that_excludes_json_is_406(void **state)
{
    static const char *const bad[] = {
        "text/html",
        "text/*",
        "application/xml",
        "application/jsonp",
        "application/json;q=0",
        "application/json;q=0.000, text/html",
        "*/*;q=0",
        "application/json; q=0, */*",
        "application/*;q=0, */*",
        "image/png, text/css;q=0.5",
        "json",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer = get_accepting(*state, bad[i]);
        expect_error(answer, 406, "application/json");
        expect_no_header(answer, "access-token");
    }
}

static void answers_of_another_type_ask_for_it(void **state)
{
    struct world *world = *state;
    expect_status(CALL(world, .path = "/docs", .headers = {"Accept: text/html"}), 200);
    expect_status(CALL(world, .path = "/docs", .headers = {"Accept: application/json"}), 406);
    expect_status(CALL(world, .path = "/api/v1/uuid/new", .headers = {"Accept: text/html"}), 406);
}

/* Clients of this API ask for JSON whatever they call; others for XML by one of its names. */
static void a_document_in_xml_goes_to_all_who_take_xml_or_json(void **state)
{
    static const char *const good[] = {"application/samlmetadata+xml", "application/xml", "text/xml",
                                       "application/json", "text/html, application/*;q=0.5"};
    static const char *const bad[] = {"text/html", "image/*", "application/json;q=0, text/plain"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct answer *answer = CALL(world, .path = "/api/v1/saml/metadata",
                                     .headers = {world_print(world, "Accept: %s", good[i])});
        expect_status(answer, 200);
        expect_header(answer, "content-type", "application/samlmetadata+xml");
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_status(CALL(world, .path = "/api/v1/saml/metadata",
                           .headers = {world_print(world, "Accept: %s", bad[i])}),
                      406);
    }
}

static struct answer *change_address(struct world *world, const char *type, const char *body)
{
    return CALL(world, .method = "PATCH", .path = world_print(world, "/api/v1/users/%s", member.user_id),
                .session = &member.session, .type = type, .body = body);
}

static void a_body_is_json_by_its_content_type(void **state)
{
    static const char *const good[] = {"application/json",       "application/json; charset=utf-8",
                                       "Application/JSON",       "application/json;charset=UTF-8",
                                       "application/json ; x=y", "application/json; x=y; charset=\"UTF-8\""};
    static const char *const other_sets[] = {"application/json; charset=latin1",
                                             "application/json; x=y;CHARSET = utf-16",
                                             "application/json;charset="};
    static const char *const bad[] = {"",
                                      "text/plain",
                                      "text/json",
                                      "application/xml",
                                      "application",
                                      "application/jsonx",
                                      "multipart/form-data",
                                      "application/x-www-form-urlencoded"};
    const char *body = world_print(*state, "{\"email\": \"%s\"}", member.email);
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_body(change_address(*state, good[i], body), "true");
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer = change_address(*state, bad[i], body);
        expect_error(answer, 415, "application/json");
        expect_no_header(answer, "access-token");
    }
    for (size_t i = 0; i < COUNT(other_sets); i++) {
        expect_error(change_address(*state, other_sets[i], body), 415, "UTF-8");
    }
}

static void forms_are_taken_under_auth_only(void **state)
{
    struct world *world = *state;
    const char *body =
        world_print(world, "username=%s&password=" CANARY "%s", member.username, member.username);
    struct answer *answer = CALL(world, .method = "POST", .path = SIGN_IN, .body = body,
                                 .type = "application/x-www-form-urlencoded; charset=UTF-8");
    expect_status(answer, 200);
    expect_text(answer, "data.id", member.user_id);
    expect_error(CALL(world, .method = "POST", .path = SIGN_IN, .body = body, .type = "text/plain"), 415,
                 "application/x-www-form-urlencoded");
}

static struct answer *sign_in_with(struct world *world, struct bytes body, const char *type)
{
    return CALL(world, .method = "POST", .path = SIGN_IN, .body = body.data, .body_length = body.length,
                .type = type);
}

static void bodies_that_are_no_json_object_are_400(void **state)
{
    static const struct bytes bad[] = {
        BYTES("{"),
        BYTES("}"),
        BYTES("{}}"),
        BYTES("{} x"),
        BYTES("[]"),
        BYTES("null"),
        BYTES("1"),
        BYTES("\"a\""),
        BYTES(" "),
        BYTES("\n"),
        BYTES("nonsense"),
        BYTES("{'a': 1}"),
        BYTES("{a: 1}"),
        BYTES("{\"a\": NaN}"),
        BYTES("{\"a\": Infinity}"),
        BYTES("{\"a\": 01}"),
        BYTES("{\"a\": 1.}"),
        BYTES("{\"a\": +1}"),
        BYTES("{\"a\": 1,}"),
        BYTES("{\"a\" 1}"),
        BYTES("{\"a\": \"line\nfeed\"}"),
        BYTES("{\"a\": \"\\x\"}"),
        BYTES("{\"a\": /* c */ 1}"),
        BYTES("{\"a\": True}"),
        BYTES("\xef\xbb\xbf{}"),
        BYTES("{}\0"),
        BYTES("\0{}"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(sign_in_with(*state, bad[i], NULL), 400, NULL);
    }
}

static void texts_of_a_body_are_well_formed_utf8_without_zero(void **state)
{
    static const struct bytes bad[] = {
        BYTES("{\"a\": \"\\u0000\"}"),
        BYTES("{\"a\\u0000\": 1}"),
        BYTES("{\"a\": \"\0\"}"),
        BYTES("{\"a\": \"\xff\"}"),
        BYTES("{\"a\": \"\xc0\xaf\"}"),
        BYTES("{\"a\": \"\xe2\x82\"}"),
        BYTES("{\"a\": \"\xed\xa0\x80\"}"),
        BYTES("{\"a\": \"\xf4\x90\x80\x80\"}"),
        BYTES("{\"\xff\": 1}"),
        BYTES("{\"a\": \"\\ud800\"}"),
        BYTES("{\"a\": \"\\udc00\\ud800\"}"),
        BYTES("{\"a\": \"\\ud800x\"}"),
        BYTES("{\"a\": \"\\ud800\\u0041\"}"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(sign_in_with(*state, bad[i], NULL), 400, NULL);
    }
}

static void one_key_twice_is_400_at_any_depth(void **state)
{
    static const struct bytes bad[] = {
        BYTES("{\"password\": \"a\", \"password\": \"a\"}"),
        BYTES("{\"unknown\": {\"b\": 1, \"b\": 2}, \"password\": \"a\"}"),
        BYTES("{\"unknown\": [{\"b\": 1, \"\\u0062\": 2}], \"password\": \"a\"}"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(sign_in_with(*state, bad[i], NULL), 400, NULL);
    }
}

/* An object in which an unknown field nests arrays, so that the whole has `depth` levels. */
static struct answer *sign_in_nested(struct world *world, int depth)
{
    char open[128] = "";
    char shut[128] = "";
    memset(open, '[', (size_t)depth - 1);
    memset(shut, ']', (size_t)depth - 1);
    const char *body = world_print(
        world, "{\"username\": \"nobody\", \"password\": \"wrong\", \"unknown\": %s%s}", open, shut);
    return call_post(world, NULL, SIGN_IN, body);
}

static void bodies_are_at_most_32_levels_deep(void **state)
{
    expect_status(sign_in_nested(*state, 32), 401);
    expect_error(sign_in_nested(*state, 33), 400, NULL);
    expect_error(sign_in_nested(*state, 100), 400, NULL);
}

static void unknown_fields_of_any_type_are_ignored(void **state)
{
    static const struct bytes good[] = {
        BYTES(
            "{\"username\": \"nobody\", \"password\": \"wrong\", \"x\": {\"y\": [1, null, true, -0.5e+3]}}"),
        BYTES("{\"username\": \"nobody\", \"password\": \"wrong\", \"\": 123456789012345678901234567890}"),
        BYTES(
            "{\"username\": \"nobody\", \"password\": \"wrong\", \"\\ud83d\\ude00\": \"\xf0\x9f\x98\x80\"}"),
        BYTES(" \t\r\n{\"username\": \"nobody\", \"password\": \"wrong\"}\n "),
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        expect_status(sign_in_with(*state, good[i], NULL), 401);
    }
}

static void known_fields_of_a_wrong_type_are_400_all_at_once(void **state)
{
    struct answer *answer = call_post(*state, NULL, SIGN_IN, "{\"username\": 1, \"password\": [\"a\"]}");
    expect_error(answer, 400, "username");
    expect_error(answer, 400, "password");
    expect_error(call_post(*state, NULL, SIGN_IN, "{\"username\": \"a\", \"password\": {}}"), 400,
                 "password");
    expect_error(call_post(*state, NULL, SIGN_IN, "{\"username\": true, \"password\": \"a\"}"), 400,
                 "username");
}

static void an_empty_body_is_an_object_only_where_nothing_is_needed(void **state)
{
    struct world *world = *state;
    expect_error(CALL(world, .method = "POST", .path = SIGN_IN), 400, NULL);
    expect_error(CALL(world, .method = "POST", .path = SIGN_IN, .body = "", .type = ""), 400, NULL);
    expect_error(CALL(world, .method = "POST", .path = "/api/v1/auth"), 400, NULL);
    expect_error(change_address(world, NULL, NULL), 400, NULL);
    expect_status(CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &member.session), 200);
    expect_error(CALL(world, .method = "PUT", .path = PASSWORD, .session = &member.session), 422, "password");
}

static void what_is_wrong_with_a_body_is_told_to_the_signed_in_only(void **state)
{
    struct world *world = *state;
    const char *path = world_print(world, "/api/v1/users/%s", member.user_id);
    struct answer *answer = CALL(world, .method = "PATCH", .path = path, .body = "{");
    expect_error(answer, 401, "You need to sign in or sign up before continuing.");
    answer = CALL(world, .method = "PATCH", .path = path, .body = "{", .session = &member.session);
    expect_error(answer, 400, NULL);
    expect_header(answer, "access-token", member.session.access_token);
}

static void forms_are_read_strictly(void **state)
{
    static const struct bytes bad[] = {
        BYTES("username=a&username=b&password=x"), BYTES("username=a%zz&password=x"),
        BYTES("username=a%2&password=x"),          BYTES("username=%ff&password=x"),
        BYTES("username=%00&password=x"),          BYTES("username=\xff&password=x"),
        BYTES("username=a\0&password=x"),          BYTES("username=%ed%a0%80&password=x"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(sign_in_with(*state, bad[i], "application/x-www-form-urlencoded"), 400, NULL);
    }
    expect_status(sign_in_with(*state, (struct bytes)BYTES("username=no+body%20&password=x&x=1"),
                               "application/x-www-form-urlencoded"),
                  401);
}

static void queries_are_read_strictly(void **state)
{
    static const char *const bad[] = {"page=1&page=2", "q=%zz", "q=%ff", "q=%00", "q=%e2%82", "%ff=1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *path = world_print(*state, "/api/v1/users?%s", bad[i]);
        expect_error(call_get(*state, &member.session, path), 400, NULL);
    }
    expect_status(call_get(*state, &member.session, "/api/v1/users?unknown=1&&=&x"), 200);
}

static void a_body_where_none_is_read_does_not_matter(void **state)
{
    struct world *world = *state;
    expect_status(CALL(world, .path = "/api/v1/session", .session = &member.session, .body = "not JSON",
                       .type = "text/plain"),
                  200);
    expect_status(CALL(world, .path = "/api/v1/uuid/new", .body = "{"), 200);
}

/* A sign-in whose body has exactly that many bytes. */
static struct answer *sign_in_of_size(struct world *world, size_t size)
{
    static const char start[] = "{\"username\": \"nobody\", \"password\": \"wrong\", \"unknown\": \"";
    char *body = arena_allocate(world_arena(world), size + 1);
    memset(body, 'x', size);
    memcpy(body, start, sizeof(start) - 1);
    memcpy(body + size - 2, "\"}", 2);
    return CALL(world, .method = "POST", .path = SIGN_IN, .body = body, .body_length = size);
}

static void bodies_up_to_the_limit_are_read(void **state)
{
    expect_status(sign_in_of_size(*state, (size_t)1 << 20), 401);
    struct answer *answer = sign_in_of_size(*state, ((size_t)1 << 20) + 1);
    expect_error(answer, 413, "larger");
    expect_no_header(answer, "access-token");
}

static void the_limit_of_the_configuration_holds_too(void **state)
{
    struct world *world = *state;
    world_restart(world, "body_maximum = 2 KiB\n");
    expect_status(sign_in_of_size(world, 2048), 401);
    expect_error(sign_in_of_size(world, 2049), 413, "larger");
    expect_error(CALL(world, .method = "POST", .path = SIGN_IN, .type = "text/plain",
                      .body = world_print(world, "%4096d", 1)),
                 413, NULL);
    world_restart(world, NULL);
}

static void a_chunked_body_is_read_like_any_other(void **state)
{
    struct world *world = *state;
    static const char body[] = "{\"username\": \"nobody\", \"password\": \"wrong\"}";
    struct answer *answer = raw_print(
        world,
        "POST " SIGN_IN " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
        sizeof(body) - 1, body);
    expect_status(answer, 401);
    expect_text(answer, "errors.0", "Invalid login credentials. Please try again.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_accept_that_covers_json_is_answered),
        cmocka_unit_test(an_accept_that_excludes_json_is_406),
        cmocka_unit_test(answers_of_another_type_ask_for_it),
        cmocka_unit_test(a_document_in_xml_goes_to_all_who_take_xml_or_json),
        cmocka_unit_test(a_body_is_json_by_its_content_type),
        cmocka_unit_test(forms_are_taken_under_auth_only),
        cmocka_unit_test(bodies_that_are_no_json_object_are_400),
        cmocka_unit_test(texts_of_a_body_are_well_formed_utf8_without_zero),
        cmocka_unit_test(one_key_twice_is_400_at_any_depth),
        cmocka_unit_test(bodies_are_at_most_32_levels_deep),
        cmocka_unit_test(unknown_fields_of_any_type_are_ignored),
        cmocka_unit_test(known_fields_of_a_wrong_type_are_400_all_at_once),
        cmocka_unit_test(an_empty_body_is_an_object_only_where_nothing_is_needed),
        cmocka_unit_test(what_is_wrong_with_a_body_is_told_to_the_signed_in_only),
        cmocka_unit_test(forms_are_read_strictly),
        cmocka_unit_test(queries_are_read_strictly),
        cmocka_unit_test(a_body_where_none_is_read_does_not_matter),
        cmocka_unit_test(bodies_up_to_the_limit_are_read),
        cmocka_unit_test(the_limit_of_the_configuration_holds_too),
        cmocka_unit_test(a_chunked_body_is_read_like_any_other),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
