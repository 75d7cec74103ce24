/* OpenID tokens that are made here: who gets which, what stands in them, and that they verify through a
 * change of keys. */
#include <json-c/json.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <unistd.h>

#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/process.h"
#include "support/sessions.h"

#define SESSION_PATH "/api/v1/cognito/session"
#define KEYS_PATH    "/.well-known/jwks.json"
#define UUID_LENGTH  36

static struct company company;

/* A token taken apart. */
struct token {
    const char *text;
    struct text content; /* what is signed */
    struct text signature;
    struct json_object *header;
    struct json_object *claims;
};

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

/* --- Reading tokens ------------------------------------------------------------------------------------ */

static struct text decoded(struct world *world, struct text encoded)
{
    struct text bytes = NO_TEXT;
    assert_true(decode_base64(world_arena(world), encoded, &bytes));
    return bytes;
}

static void free_json(void *object)
{
    json_object_put(object);
}

static struct json_object *json_in(struct world *world, struct text encoded)
{
    struct text bytes = decoded(world, encoded);
    struct json_object *object = json_tokener_parse(arena_copy(world_arena(world), bytes.data, bytes.length));
    assert_non_null(object);
    arena_on_reset(world_arena(world), free_json, object);
    return object;
}

static const char *member(struct json_object *object, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(object, name));
    assert_non_null(text);
    return text;
}

static struct token read_token(struct world *world, const char *text)
{
    struct text rest = text_of(text);
    struct text header = text_cut(&rest, '.');
    struct text claims = text_cut(&rest, '.');
    assert_non_null(rest.data);
    return (struct token){.text = text,
                          .content = {text, header.length + 1 + claims.length},
                          .signature = decoded(world, rest),
                          .header = json_in(world, header),
                          .claims = json_in(world, claims)};
}

static struct token token_of(struct world *world, const struct session *session)
{
    struct answer *answer = call_get(world, session, SESSION_PATH);
    expect_status(answer, 200);
    expect_header(answer, "Cache-Control", "no-store");
    assert_true(json_object_is_type(answer->json, json_type_string));
    return read_token(world, json_object_get_string(answer->json));
}

static int64_t number_in(const struct token *token, const char *name)
{
    return json_object_get_int64(json_object_object_get(token->claims, name));
}

static void expect_methods(const struct token *token, const char *methods)
{
    assert_string_equal(
        json_object_to_json_string_ext(json_object_object_get(token->claims, "amr"), JSON_C_TO_STRING_PLAIN),
        methods);
}

/* --- Verifying ----------------------------------------------------------------------------------------- */

static EVP_PKEY *public_key(struct world *world, struct json_object *jwk)
{
    unsigned char point[65] = {4};
    struct text x = decoded(world, text_of(member(jwk, "x")));
    struct text y = decoded(world, text_of(member(jwk, "y")));
    assert_int_equal(x.length, 32);
    assert_int_equal(y.length, 32);
    memcpy(point + 1, x.data, 32);
    memcpy(point + 33, y.data, 32);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(making), 1);
    assert_int_equal(EVP_PKEY_fromdata(making, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    EVP_PKEY_CTX_free(making);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static bool verifies_with(struct world *world, const struct token *token, struct json_object *jwk)
{
    const unsigned char *bytes = (const unsigned char *)token->signature.data;
    unsigned char *der = NULL;
    EVP_PKEY *key = public_key(world, jwk);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    EVP_MD_CTX *verifying = EVP_MD_CTX_new();

    assert_int_equal(token->signature.length, 64);
    ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, NULL), BN_bin2bn(bytes + 32, 32, NULL));
    int length = i2d_ECDSA_SIG(signature, &der);
    bool good = EVP_DigestVerifyInit(verifying, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(verifying, der, (size_t)length, (const unsigned char *)token->content.data,
                                 token->content.length) == 1;
    OPENSSL_free(der);
    EVP_MD_CTX_free(verifying);
    ECDSA_SIG_free(signature);
    EVP_PKEY_free(key);
    return good;
}

static struct json_object *published(struct world *world)
{
    struct answer *answer = call_get(world, NULL, KEYS_PATH);
    expect_status(answer, 200);
    expect_header(answer, "Cache-Control", "public, max-age=300");
    return json_object_object_get(answer->json, "keys");
}

static struct json_object *published_key(struct world *world, const char *id)
{
    struct json_object *keys = published(world);
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        if (strcmp(member(key, "kid"), id) == 0) {
            return key;
        }
    }
    return NULL;
}

/* As a verifier does it: by the key that the token names. */
static bool verifies(struct world *world, const struct token *token)
{
    struct json_object *key = published_key(world, member(token->header, "kid"));
    return key != NULL && verifies_with(world, token, key);
}

/* --- Tokens -------------------------------------------------------------------------------------------- */

static void a_user_gets_a_token_with_the_claims(void **state)
{
    struct world *world = *state;
    struct token token = token_of(world, &company.learner.session);

    assert_string_equal(member(token.header, "alg"), "ES256");
    assert_string_equal(member(token.header, "typ"), "JWT");
    assert_string_equal(member(token.claims, "iss"), world_url(world));
    assert_string_equal(member(token.claims, "aud"), "muster");
    assert_string_equal(member(token.claims, "sub"), company.learner.user_id);
    expect_methods(&token, "[\"authenticated\",\"muster\"]");
    assert_int_equal(number_in(&token, "exp") - number_in(&token, "iat"), 900);
    assert_true(number_in(&token, "iat") <= time(NULL) && number_in(&token, "iat") > time(NULL) - 600);
    assert_int_equal(json_object_object_length(token.claims), 6);
    assert_true(verifies(world, &token));
}

static void the_subject_of_a_user_never_changes(void **state)
{
    struct world *world = *state;
    struct session other = open_session(world, company.learner.email, company.learner.password);
    struct token first = token_of(world, &company.learner.session);
    struct token second = token_of(world, &other);
    struct token colleague = token_of(world, &company.outsider.session);

    assert_string_equal(member(first.claims, "sub"), member(second.claims, "sub"));
    assert_string_not_equal(member(first.claims, "sub"), member(colleague.claims, "sub"));
}

static void each_guest_is_somebody_new(void **state)
{
    struct world *world = *state;
    struct token first = token_of(world, NULL);
    struct token second = token_of(world, NULL);

    expect_methods(&first, "[\"unauthenticated\"]");
    assert_int_equal(strlen(member(first.claims, "sub")), UUID_LENGTH);
    assert_string_not_equal(member(first.claims, "sub"), member(second.claims, "sub"));
    assert_true(verifies(world, &first));
}

static void a_changed_token_does_not_verify(void **state)
{
    struct world *world = *state;
    struct token guest = token_of(world, NULL);
    struct token user = token_of(world, &company.learner.session);

    guest.signature = user.signature;
    assert_false(verifies(world, &guest));
}

static void the_answer_does_not_show_the_session(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, &company.learner.session, SESSION_PATH);

    expect_status(answer, 200);
    expect_no_session_headers(answer);
}

static void one_authorization_header_is_enough(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(
        world, .path = SESSION_PATH,
        .headers = {world_print(world, "Authorization: Bearer %s", company.learner.session.access_token)});

    expect_status(answer, 200);
    struct token token = read_token(world, json_object_get_string(answer->json));
    assert_string_equal(member(token.claims, "sub"), company.learner.user_id);
}

static void values_that_open_no_session_are_refused(void **state)
{
    struct world *world = *state;
    struct session ended = open_session(world, company.learner.email, company.learner.password);
    struct session foreign = company.learner.session;

    expect_status(CALL(world, .method = "DELETE", .path = "/api/v1/session", .session = &ended), 200);
    expect_error(call_get(world, &ended, SESSION_PATH), 401,
                 "You need to sign in or sign up before continuing.");
    foreign.uid = company.outsider.session.uid;
    expect_error(call_get(world, &foreign, SESSION_PATH), 401, NULL);
    expect_error(CALL(world, .path = SESSION_PATH, .headers = {"Authorization: Bearer nonsense"}), 401, NULL);
    expect_error(CALL(world, .path = SESSION_PATH, .headers = {"access-token: alone"}), 401, NULL);
}

static void a_disabled_user_is_refused(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Gone");

    (void)token_of(world, &person.session);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    expect_error(call_get(world, &person.session, SESSION_PATH), 401, NULL);
}

/* --- Documents ----------------------------------------------------------------------------------------- */

static void the_discovery_document_leads_to_the_keys(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, NULL, "/.well-known/openid-configuration");

    expect_status(answer, 200);
    expect_text(answer, "issuer", world_url(world));
    expect_text(answer, "jwks_uri", world_print(world, "%s" KEYS_PATH, world_url(world)));
    expect_text(answer, "id_token_signing_alg_values_supported.0", "ES256");
    expect_text(answer, "response_types_supported.0", "id_token");
    expect_text(answer, "subject_types_supported.0", "public");
}

static void published_keys_have_no_private_half(void **state)
{
    struct world *world = *state;
    (void)token_of(world, NULL);
    struct json_object *key = json_object_array_get_idx(published(world), 0);

    assert_null(json_object_object_get(key, "d"));
    assert_string_equal(member(key, "kty"), "EC");
    assert_string_equal(member(key, "crv"), "P-256");
    assert_string_equal(member(key, "use"), "sig");
    assert_string_equal(member(key, "alg"), "ES256");
}

/* --- Change of keys ------------------------------------------------------------------------------------ */

static const char *id_of(const struct token *token)
{
    return member(token->header, "kid");
}

static void make_old(struct world *world, const char *id, const char *age)
{
    world_sql(world, "UPDATE openid_keys SET signs_from = now() - $2::interval WHERE id = $1", id, age, NULL);
}

static void many_first_callers_make_one_key(void **state)
{
    struct world *world = *state;
    struct call calls[16];
    struct answer *answers[16];

    world_sql(world, "DELETE FROM openid_keys", NULL);
    for (size_t i = 0; i < 16; i++) {
        calls[i] = (struct call){.path = SESSION_PATH};
    }
    call_together(world, calls, 16, answers);
    for (size_t i = 0; i < 16; i++) {
        expect_status(answers[i], 200);
    }
    assert_int_equal(json_object_array_length(published(world)), 1);
}

static void await_waiting_for_the_keys(struct world *world)
{
    const char *waiting =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())";
    for (int tenth = 0; tenth < 100; tenth++) {
        if (strcmp(world_sql(world, waiting, NULL), "1") == 0) {
            return;
        }
        usleep(100000);
    }
    fail_msg("nobody waits for the keys");
}

/* Its transaction began before the one that made the key. */
static void whoever_waits_for_the_first_key_takes_it(void **state)
{
    struct world *world = *state;
    (void)token_of(world, NULL);
    world_sql(world, "CREATE TEMPORARY TABLE made AS SELECT * FROM openid_keys", NULL);
    world_sql(world, "DELETE FROM openid_keys", NULL);
    world_sql(world, "BEGIN", NULL);
    world_sql(world, "SELECT pg_advisory_xact_lock(7215305)", NULL);
    pid_t caller = fork();
    assert_true(caller >= 0);
    if (caller == 0) {
        _exit(call_get(world, NULL, SESSION_PATH)->status == 200 ? 0 : 1);
    }
    await_waiting_for_the_keys(world);
    world_sql(world, "UPDATE made SET signs_from = clock_timestamp()", NULL);
    world_sql(world, "INSERT INTO openid_keys SELECT * FROM made", NULL);
    world_sql(world, "COMMIT", NULL);
    assert_int_equal(process_wait(caller), 0);
    assert_int_equal(json_object_array_length(published(world)), 1);
}

static void a_new_key_is_published_before_it_signs(void **state)
{
    struct world *world = *state;
    struct token before = token_of(world, NULL);
    make_old(world, id_of(&before), "30 minutes");
    const char *id = world_command(world, NULL, "openid", "rotate", NULL);

    assert_non_null(published_key(world, id));
    struct token meanwhile = token_of(world, NULL);
    assert_string_equal(id_of(&meanwhile), id_of(&before));

    struct output again = world_run(world, NULL, (const char *[]){"openid", "rotate", NULL});
    assert_int_equal(again.status, 1);
    assert_non_null(strstr(again.error, "waiting"));

    make_old(world, id, "1 second");
    struct token after = token_of(world, NULL);
    assert_string_equal(id_of(&after), id);
    assert_true(verifies(world, &after));
    assert_true(verifies(world, &before));
}

static void a_key_is_forgotten_when_its_tokens_are_dead(void **state)
{
    struct world *world = *state;
    world_command(world, NULL, "openid", "rotate", "--now", NULL);
    struct token first = token_of(world, NULL);

    make_old(world, id_of(&first), "3 hours");
    const char *second = world_command(world, NULL, "openid", "rotate", NULL);
    make_old(world, second, "59 minutes");
    assert_true(verifies(world, &first));
    make_old(world, second, "61 minutes");
    assert_false(verifies(world, &first));
    const char *third = world_command(world, NULL, "openid", "rotate", NULL);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM openid_keys", NULL), "2");
    assert_non_null(published_key(world, second));
    assert_non_null(published_key(world, third));
}

static void a_leaked_key_ends_at_once(void **state)
{
    struct world *world = *state;
    struct token leaked = token_of(world, NULL);
    struct output output =
        world_run(world, NULL, (const char *[]){"openid", "rotate", "--now", "--json", NULL});

    assert_int_equal(output.status, 0);
    assert_non_null(strstr(output.out, "{\"key\":\""));
    assert_false(verifies(world, &leaked));
    struct token fresh = token_of(world, NULL);
    assert_true(verifies(world, &fresh));
    assert_string_not_equal(id_of(&fresh), id_of(&leaked));
    assert_int_equal(json_object_array_length(published(world)), 1);
}

static void a_change_of_keys_leaves_events_without_the_keys(void **state)
{
    struct world *world = *state;
    const char *id = world_command(world, NULL, "openid", "rotate", "--now", NULL);
    const char *events = world_command(world, NULL, "audit", "--action", "openid_key.create", "--json", NULL);

    assert_non_null(strstr(events, id));
    assert_null(strstr(events, "private_key\":"));
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM audit_events WHERE after ? 'private_key' OR before ? 'private_key'",
                  NULL),
        "0");
}

/* --- Guests switched off, and tokens that change ------------------------------------------------------- */

static void without_guests_a_session_is_needed(void **state)
{
    struct world *world = *state;

    world_restart(world, "guest_identities = off\n");
    expect_error(call_get(world, NULL, SESSION_PATH), 401, NULL);
    (void)token_of(world, &company.learner.session);
}

static void a_token_that_changes_stays_as_it_is_here(void **state)
{
    struct world *world = *state;
    struct session session;

    world_restart(world, "token_rotation = on\n");
    session = open_session(world, company.learner.email, company.learner.password);
    (void)token_of(world, &session);
    (void)token_of(world, &session);
    struct answer *answer = call_get(world, &session, "/api/v1/session");
    expect_status(answer, 200);
    (void)token_of(world, &session);
    struct session next = answer_session(world, answer);
    (void)token_of(world, &next);
    world_sql(world, "UPDATE sessions SET rotated_at = now() - interval '1 minute' WHERE client = $1",
              session.client, NULL);
    expect_status(call_get(world, &session, SESSION_PATH), 401);
    (void)token_of(world, &next);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_gets_a_token_with_the_claims),
        cmocka_unit_test(the_subject_of_a_user_never_changes),
        cmocka_unit_test(each_guest_is_somebody_new),
        cmocka_unit_test(a_changed_token_does_not_verify),
        cmocka_unit_test(the_answer_does_not_show_the_session),
        cmocka_unit_test(one_authorization_header_is_enough),
        cmocka_unit_test(values_that_open_no_session_are_refused),
        cmocka_unit_test(a_disabled_user_is_refused),
        cmocka_unit_test(the_discovery_document_leads_to_the_keys),
        cmocka_unit_test(published_keys_have_no_private_half),
        cmocka_unit_test(many_first_callers_make_one_key),
        cmocka_unit_test(whoever_waits_for_the_first_key_takes_it),
        cmocka_unit_test(a_new_key_is_published_before_it_signs),
        cmocka_unit_test(a_key_is_forgotten_when_its_tokens_are_dead),
        cmocka_unit_test(a_leaked_key_ends_at_once),
        cmocka_unit_test(a_change_of_keys_leaves_events_without_the_keys),
        cmocka_unit_test(without_guests_a_session_is_needed),
        cmocka_unit_test(a_token_that_changes_stays_as_it_is_here),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
