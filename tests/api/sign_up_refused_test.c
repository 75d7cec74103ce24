/* POST /auth: what is refused, in which words, and that nothing comes of it. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH "/api/v1/auth"

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    organization = make_organization(world, "Acme");
    return 0;
}

static const char *new_code(struct world *world)
{
    return make_invitation(world, organization, "Ada", NULL);
}

/* Each change makes the good draft a bad one; the same invitation serves for all, since none may use it up.
 */
static const struct {
    const char *changes;
    const char *field;
    const char *part;
} refusals[] = {
    {"{\"username\": \"abc\"}", "username", "too short"},
    {"{\"username\": \"\"}", "username", "required"},
    {"{\"username\": \"   \"}", "username", "required"},
    {"{\"username\": null}", "username", "required"},
    {"{\"username\": \"with space\"}", "username", "can have only"},
    {"{\"username\": \"späßchen\"}", "username", "can have only"},
    {"{\"username\": \"some@where.test\"}", "username", "can have only"},
    {"{\"username\": \"path/../name\"}", "username", "can have only"},
    {"{\"username\": \"a'; DROP TABLE users; --\"}", "username", "can have only"},
    {"{\"username\": \"a1234567890123456789012345678901234567890123456789012345678901234\"}", "username",
     "too long"},
    {"{\"password\": \"abcd5\"}", "password", "too short"},
    {"{\"password\": \"äöüß1\"}", "password", "too short"},
    {"{\"password\": \"\"}", "password", "required"},
    {"{\"password\": null}", "password", "required"},
    {"{\"password\": \"password1\"}", "password", "most common"},
    {"{\"password\": \"PASSWORD1\"}", "password", "most common"},
    {"{\"username\": \"SameAsThis\", \"password\": \"sameasthis\"}", "password", "differ"},
    {"{\"provider\": \"email\", \"email\": \"ada-same@example.test\", \"password\": "
     "\"ada-same@example.test\"}",
     "password", "differ"},
    {"{\"first_name\": \"\"}", "first_name", "required"},
    {"{\"first_name\": \" \\t \"}", "first_name", "required"},
    {"{\"first_name\": null}", "first_name", "required"},
    {"{\"last_name\": \"\"}", "last_name", "required"},
    {"{\"last_name\": null}", "last_name", "required"},
    {"{\"provider\": \"facebook\"}", "provider", "must be one of"},
    {"{\"provider\": \"email\", \"username\": \"noaddress\"}", "username", "not an e-mail address"},
    {"{\"provider\": \"email\", \"username\": \"no@address@here.test\"}", "username",
     "not an e-mail address"},
    {"{\"provider\": \"email\", \"username\": null}", "email", "required"},
    {"{\"invite_code\": \"\"}", "invite_code", "required"},
    {"{\"invite_code\": null}", "invite_code", "required"},
};

static void each_bad_value_is_refused_by_name(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);
    const char *body = draft_account(world, make_name(world, "careful"), code);

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct answer *answer = try_sign_up(world, body, refusals[i].changes);
        expect_refusal(answer, refusals[i].field, refusals[i].part);
        expect_refused_fields(answer, refusals[i].field);
        expect_length(answer, "errors.full_messages", 1);
        expect_no_session_headers(answer);
    }
    expect_status(try_sign_up(world, body, "{}"), 200);
}

static void an_email_that_is_no_address_is_refused(void **state)
{
    struct world *world = *state;
    const char *body = draft_account(world, make_name(world, "addressed"), new_code(world));

    expect_refused_fields(try_sign_up(world, body, "{\"email\": \"noaddress\"}"), "email");
    expect_refusal(try_sign_up(world, body, "{\"provider\": \"email\", \"email\": \"noaddress\"}"), "email",
                   "not an e-mail address");
    expect_length(
        try_sign_up(world, body, "{\"provider\": \"email\", \"username\": null, \"email\": \"noaddress\"}"),
        "errors.full_messages", 1);
    expect_length(try_sign_up(world, body, world_print(world, "{\"username\": \"u%0254d\"}", 1)),
                  "errors.full_messages", 1);
}

static void names_and_passwords_have_a_longest_form(void **state)
{
    struct world *world = *state;
    const char *body = draft_account(world, make_name(world, "long"), new_code(world));
    const char *longest_name =
        world_print(world, "{\"first_name\": \"%0200d\", \"last_name\": \"%0200d\"}", 1, 2);

    expect_refused_fields(try_sign_up(world, body, world_print(world, "{\"first_name\": \"%0201d\"}", 1)),
                          "first_name");
    expect_refused_fields(try_sign_up(world, body, world_print(world, "{\"last_name\": \"%0201d\"}", 1)),
                          "last_name");
    expect_refusal(try_sign_up(world, body, world_print(world, "{\"password\": \"%0129d\"}", 7)), "password",
                   "too long");
    body = json_with(world, body, world_print(world, "{\"password\": \"" CANARY "%0116d\"}", 7));
    body = json_with(world, body, world_print(world, "{\"username\": \"u%063d\"}", 7));
    expect_status(try_sign_up(world, body, longest_name), 200);
}

static void names_that_somebody_has_are_taken(void **state)
{
    struct world *world = *state;
    struct person owner = make_member(world, organization, "Owner");
    const char *code = new_code(world);
    const char *body = draft_account(world, make_name(world, "second"), code);
    const char *username = world_print(world, "{\"username\": \"%s\"}",
                                       world_sql(world, "SELECT upper($1)", owner.username, NULL));
    const char *address = world_sql(world, "SELECT upper($1)", owner.email, NULL);

    expect_refusal(try_sign_up(world, body, username), "username", "taken");
    expect_refusal(
        try_sign_up(world, body, world_print(world, "{\"provider\": \"email\", \"email\": \"%s\"}", address)),
        "email", "taken");
    expect_refusal(
        try_sign_up(world, body,
                    world_print(world, "{\"provider\": \"email\", \"username\": \"%s\"}", address)),
        "username", "taken");
    assert_string_equal(
        world_sql(world, "SELECT used_at FROM invitations WHERE invite_code = $1", code, NULL), "");
}

static void an_unusable_invitation_is_told_in_one_sentence(void **state)
{
    struct world *world = *state;
    const char *used = new_code(world);
    const char *expired = new_code(world);
    struct answer *answers[3];

    expect_status(try_sign_up(world, draft_account(world, make_name(world, "user"), used), "{}"), 200);
    world_sql(world, "UPDATE invitations SET expires_at = now() WHERE invite_code = $1", expired, NULL);
    answers[0] = try_sign_up(world, draft_account(world, make_name(world, "late"), used), "{}");
    answers[1] = try_sign_up(world, draft_account(world, make_name(world, "late"), expired), "{}");
    answers[2] = try_sign_up(world, draft_account(world, make_name(world, "late"), "ZZ10OI"), "{}");
    for (int i = 0; i < 3; i++) {
        expect_refused_fields(answers[i], "invite_code");
        expect_text(answers[i], "errors.invite_code.0", text_at(answers[0], "errors.invite_code.0"));
    }
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *world = *state;

    expect_refused_fields(call_post(world, NULL, PATH, "{}"),
                          "username,first_name,last_name,password,invite_code");
    expect_refused_fields(
        call_post(world, NULL, PATH,
                  "{\"username\": \"a b\", \"password\": \"x\", \"invite_code\": \"nocode\", "
                  "\"first_name\": \"\", \"last_name\": \"L\", \"provider\": \"username\"}"),
        "username,password,invite_code,first_name");
    expect_refused_fields(
        call_post(world, NULL, PATH,
                  "{\"username\": \"abcde\", \"password\": \"letmein\", \"email\": \"nobody\", "
                  "\"invite_code\": \"nocode\", \"provider\": \"other\"}"),
        "provider,password,invite_code,email,first_name,last_name");
}

static void a_value_of_the_wrong_type_is_malformed(void **state)
{
    static const char *const changes[] = {
        "{\"username\": 12345}", "{\"password\": true}",   "{\"first_name\": [\"Ada\"]}",
        "{\"last_name\": {}}",   "{\"invite_code\": 123}", "{\"provider\": false}",
        "{\"email\": 1.5}"};
    static const char *const fields[] = {"username",    "password", "first_name", "last_name",
                                         "invite_code", "provider", "email"};
    struct world *world = *state;
    const char *body = draft_account(world, make_name(world, "typed"), new_code(world));

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        expect_error(try_sign_up(world, body, changes[i]), 400, fields[i]);
    }
    expect_status(try_sign_up(world, body, "{}"), 200);
}

static void what_is_no_json_object_is_malformed(void **state)
{
    static const char *const bodies[] = {"{",
                                         "[]",
                                         "null",
                                         "\"text\"",
                                         "7",
                                         "{\"username\": \"a\", \"username\": \"b\"}",
                                         "{\"username\": \"\\u0000\"}",
                                         "{\"username\": \"\\ud800\"}",
                                         "{\"username\": \"\xff\xfe\"}",
                                         "\xef\xbb\xbf{}",
                                         "{'username': 'a'}",
                                         "{} {}",
                                         "{\"username\": NaN}",
                                         "   "};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        expect_error(call_post(world, NULL, PATH, bodies[i]), 400, NULL);
    }
    expect_status(CALL(world, .method = "POST", .path = PATH), 400);
}

static void bodies_of_other_types_and_sizes_are_refused(void **state)
{
    struct world *world = *state;
    const char *body = draft_account(world, make_name(world, "media"), new_code(world));
    char *large = world_print(world, "{\"username\": \"%01100000d\"}", 1);

    expect_status(CALL(world, .method = "POST", .path = PATH, .body = body, .type = "text/plain"), 415);
    expect_status(CALL(world, .method = "POST", .path = PATH, .body = body, .type = ""), 415);
    expect_status(call_post(world, NULL, PATH, large), 413);
    expect_status(CALL(world, .method = "POST", .path = PATH, .body = body, .headers = {"Accept: text/html"}),
                  406);
    expect_error(CALL(world, .method = "POST", .path = PATH, .body = "username=a&username=b",
                      .type = "application/x-www-form-urlencoded"),
                 400, NULL);
    expect_error(CALL(world, .method = "POST", .path = PATH, .body = "username=%zz",
                      .type = "application/x-www-form-urlencoded"),
                 400, NULL);
    expect_status(try_sign_up(world, body, "{}"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bad_value_is_refused_by_name),
        cmocka_unit_test(an_email_that_is_no_address_is_refused),
        cmocka_unit_test(names_and_passwords_have_a_longest_form),
        cmocka_unit_test(names_that_somebody_has_are_taken),
        cmocka_unit_test(an_unusable_invitation_is_told_in_one_sentence),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_value_of_the_wrong_type_is_malformed),
        cmocka_unit_test(what_is_no_json_object_is_malformed),
        cmocka_unit_test(bodies_of_other_types_and_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
