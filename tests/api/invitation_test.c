/* GET /invitations/{code}: what somebody who holds a code may learn, and who learns nothing. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH "/api/v1/invitations/%s"

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

static struct answer *show(struct world *world, const char *code)
{
    return call_get(world, NULL, world_print(world, PATH, code));
}

/* Nothing in the answer tells why. */
static void expect_unknown(struct world *world, const char *code)
{
    struct answer *answer = show(world, code);

    expect_error(answer, 404, NULL);
    expect_text(answer, "errors.0", text_at(show(world, "ZZZZZZ"), "errors.0"));
}

static void a_code_shows_who_is_invited_by_whom(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);
    struct answer *answer = show(world, code);

    expect_status(answer, 200);
    expect_text(answer, "id",
                world_sql(world, "SELECT id FROM invitations WHERE invite_code = $1", code, NULL));
    expect_text(answer, "organization_name",
                world_sql(world, "SELECT name FROM organizations WHERE id = $1::uuid", organization, NULL));
    expect_text(answer, "membership_first_name", "Ada");
    expect_text(answer, "membership_last_name", "Tester");
    expect_text(answer, "invite_code", code);
    expect_header(answer, "Cache-Control", "no-store");
}

static void a_code_has_six_characters_that_are_not_mistaken(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    assert_int_equal(strlen(code), 6);
    assert_int_equal(strspn(code, "23456789ABCDEFGHJKMNPQRSTUVWXYZ"), 6);
}

static void a_code_is_read_in_any_case(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    expect_text(show(world, world_sql(world, "SELECT lower($1)", code, NULL)), "invite_code", code);
    expect_text(show(world, world_print(world, "%%%02X%s", code[0], code + 1)), "invite_code", code);
}

static void codes_that_nobody_made_are_unknown(void **state)
{
    static const char *const codes[] = {
        "2",
        "ABCDE",
        "ABCDEFG",
        "%20ABCDE",
        "%C3%84BCDEF",
        "ABC%27--",
        "%25%25",
        "__%25%25%25",
        "......",
        "ABC%2FDE",
        "2222222222222222222222222222222222222222222222222222222222222222222222222"};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        expect_unknown(world, codes[i]);
    }
    expect_status(show(world, ""), 404);
    expect_status(show(world, "%FF%FEABCD"), 404);
    expect_status(show(world, "ABC%00EF"), 400);
}

static void a_used_code_is_unknown(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    join_with(world, organization, code, "Ada");
    expect_unknown(world, code);
}

static void an_expired_code_is_unknown(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    world_sql(world, "UPDATE invitations SET expires_at = now() WHERE invite_code = $1", code, NULL);
    expect_unknown(world, code);
}

static void a_code_of_an_inactive_membership_is_unknown(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    world_sql(world,
              "UPDATE memberships SET status = 'inactive' WHERE id = "
              "(SELECT membership_id FROM invitations WHERE invite_code = $1)",
              code, NULL);
    expect_unknown(world, code);
}

static void looking_does_not_use_the_code_up(void **state)
{
    struct world *world = *state;
    const char *code = new_code(world);

    expect_status(show(world, code), 200);
    expect_status(CALL(world, .method = "HEAD", .path = world_print(world, PATH, code)), 200);
    expect_status(show(world, code), 200);
    assert_non_null(join_with(world, organization, code, "Ada").user_id);
}

static void only_get_is_taken_and_the_path_is_exact(void **state)
{
    struct world *world = *state;
    const char *path = world_print(world, PATH, new_code(world));
    struct answer *answer = CALL(world, .method = "DELETE", .path = path);

    expect_status(answer, 405);
    expect_header(answer, "Allow", "GET, HEAD, OPTIONS");
    answer = CALL(world, .method = "OPTIONS", .path = path);
    expect_status(answer, 204);
    expect_header(answer, "Allow", "GET, HEAD, OPTIONS");
    expect_status(call_get(world, NULL, world_print(world, "%s/", path)), 404);
    expect_status(CALL(world, .path = path, .headers = {"Accept: text/html"}), 406);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_shows_who_is_invited_by_whom),
        cmocka_unit_test(a_code_has_six_characters_that_are_not_mistaken),
        cmocka_unit_test(a_code_is_read_in_any_case),
        cmocka_unit_test(codes_that_nobody_made_are_unknown),
        cmocka_unit_test(a_used_code_is_unknown),
        cmocka_unit_test(an_expired_code_is_unknown),
        cmocka_unit_test(a_code_of_an_inactive_membership_is_unknown),
        cmocka_unit_test(looking_does_not_use_the_code_up),
        cmocka_unit_test(only_get_is_taken_and_the_path_is_exact),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
