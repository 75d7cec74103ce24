/* Private keys of OpenID tokens are of no use to whoever has only the database, and what an operator is told
 * when the secret that opens them is another one. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"

#define SESSION_PATH "/api/v1/cognito/session"
#define SECRET       "openid_secret = 0123456789abcdef0123456789abcdef\n"
#define OTHER_SECRET "openid_secret = 0123456789abcdef0123456789abcdeX\n"

static int setup(void **state)
{
    world_setup(state);
    return 0;
}

static const char *secret_file(struct world *world)
{
    return world_print(world, "%s/openid.secret", world_folder(world));
}

static int status_of_token(struct world *world)
{
    return call_get(world, NULL, SESSION_PATH)->status;
}

static struct output check(struct world *world)
{
    return world_run(world, NULL, (const char *[]){"check", NULL});
}

static void expect_checked(struct world *world, const char *line)
{
    struct output output = check(world);
    if (strstr(output.out, line) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", line, output.out);
    }
}

/* Every private key as hexadecimal digits. */
static const char *kept_keys(struct world *world)
{
    return world_sql(world, "SELECT string_agg(encode(private_key, 'hex'), ' ' ORDER BY id) FROM openid_keys",
                     NULL);
}

static void the_first_key_brings_the_secret(void **state)
{
    struct world *world = *state;
    struct stat status;
    assert_int_not_equal(access(secret_file(world), F_OK), 0);
    expect_checked(world, "openid keys    ok      none yet");
    assert_int_equal(status_of_token(world), 200);
    assert_int_equal(stat(secret_file(world), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    world_secret(world, world_print(world, "%.43s", world_read_file(world, secret_file(world))));
    expect_checked(world, "openid keys    ok      sealed, and open here");
    const char *key = kept_keys(world);
    assert_int_equal(strncmp(key, "01", 2), 0);
    /* The numbers of P-256 (1.2.840.10045.3.1.7), which stand in every private key of this kind. */
    assert_null(strstr(key, "2a8648ce3d030107"));
}

/* A key as releases before this one left it, which signs; its bytes as hexadecimal digits. */
static const char *add_bare_key(struct world *world)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *der = NULL;
    unsigned char *point = NULL;
    int length = i2d_PrivateKey(key, &der);
    size_t point_length = EVP_PKEY_get1_encoded_public_key(key, &point);
    assert_true(length > 0);
    const char *bare = arena_copy_text(world_arena(world),
                                       encode_hexadecimal(world_arena(world),
                                                          (struct text){(const char *)der, (size_t)length}))
                           .data;
    world_sql(world,
              "INSERT INTO openid_keys (id, private_key, public_key, signs_from) VALUES (repeat('k', 43), "
              "decode($1, 'hex'), decode($2, 'hex'), now())",
              bare,
              arena_copy_text(
                  world_arena(world),
                  encode_hexadecimal(world_arena(world), (struct text){(const char *)point, point_length}))
                  .data,
              NULL);
    OPENSSL_free(der);
    OPENSSL_free(point);
    EVP_PKEY_free(key);
    return bare;
}

static void keys_of_older_releases_are_sealed_at_their_next_use(void **state)
{
    struct world *world = *state;
    const char *bare = add_bare_key(world);
    expect_checked(world, "openid keys    failed  1 not sealed yet");
    assert_non_null(strstr(kept_keys(world), bare));
    assert_int_equal(status_of_token(world), 200);
    assert_null(strstr(kept_keys(world), bare));
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM openid_keys WHERE substring(private_key FROM 1 FOR 1) "
                                "<> '\\x01' AND $1::text IS NOT NULL",
                                ""),
                     0);
    assert_int_equal(status_of_token(world), 200);
    expect_checked(world, "openid keys    ok      sealed, and open here");
}

static void a_change_of_keys_seals_those_that_wait(void **state)
{
    struct world *world = *state;
    world_sql(world, "DELETE FROM openid_keys", NULL);
    const char *bare = add_bare_key(world);
    world_command(world, NULL, "openid", "rotate", NULL);
    assert_null(strstr(kept_keys(world), bare));
    assert_int_equal(status_of_token(world), 200);
}

static void another_secret_opens_nothing_and_is_told(void **state)
{
    struct world *world = *state;
    world_sql(world, "DELETE FROM openid_keys", NULL);
    world_restart(world, SECRET);
    assert_int_equal(status_of_token(world), 200);
    expect_checked(world, "openid keys    ok ");
    const char *kept = kept_keys(world);
    world_restart(world, OTHER_SECRET);
    assert_int_equal(status_of_token(world), 503);
    expect_checked(
        world, "openid keys    failed  The secret of the OpenID keys, openid_secret: it is not the one that "
               "the keys in the database were sealed with.");
    assert_int_equal(check(world).status, 1);
    assert_string_equal(kept_keys(world), kept);
    world_restart(world, SECRET);
    assert_int_equal(status_of_token(world), 200);
}

/* A new secret would open nothing: none is made where keys were sealed with another. */
static void a_lost_file_is_told_and_not_made_anew(void **state)
{
    struct world *world = *state;
    world_restart(world, NULL);
    world_sql(world, "DELETE FROM openid_keys", NULL);
    assert_int_equal(status_of_token(world), 200);
    const char *away = world_print(world, "%s.away", secret_file(world));
    assert_int_equal(rename(secret_file(world), away), 0);
    assert_int_equal(status_of_token(world), 503);
    struct output output = world_run(world, NULL, (const char *[]){"openid", "rotate", "--now", NULL});
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "openid.secret: No such file or directory"));
    expect_checked(world, "openid.secret: No such file or directory");
    assert_int_not_equal(access(secret_file(world), F_OK), 0);
    assert_int_equal(rename(away, secret_file(world)), 0);
    assert_int_equal(status_of_token(world), 200);
}

static void a_file_that_others_may_read_is_no_secret(void **state)
{
    struct world *world = *state;
    assert_int_equal(chmod(secret_file(world), 0640), 0);
    assert_int_equal(status_of_token(world), 503);
    expect_checked(world, "openid.secret: it must be a file that only its owner may read (mode 0600).");
    assert_int_equal(chmod(secret_file(world), 0600), 0);
    assert_int_equal(status_of_token(world), 200);
    world_restart(world, "openid_secret = short\n");
    expect_checked(world, "openid_secret: it must have at least 32 characters.");
    world_restart(world, NULL);
}

/* Sealed bytes belong to one row: those of another, or changed ones, are refused. */
static void a_changed_or_exchanged_key_is_refused(void **state)
{
    struct world *world = *state;
    world_sql(world, "DELETE FROM openid_keys", NULL);
    assert_int_equal(status_of_token(world), 200);
    const char *id = world_sql(world, "SELECT id FROM openid_keys", NULL);
    world_sql(world, "UPDATE openid_keys SET id = repeat('x', 43)", NULL);
    assert_int_equal(status_of_token(world), 503);
    world_sql(world, "UPDATE openid_keys SET id = $1", id, NULL);
    assert_int_equal(status_of_token(world), 200);
    world_sql(world,
              "UPDATE openid_keys SET private_key = set_byte(private_key, 40, get_byte(private_key, 40) # 1)",
              NULL);
    assert_int_equal(status_of_token(world), 503);
    world_sql(world, "DELETE FROM openid_keys", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_key_brings_the_secret),
        cmocka_unit_test(keys_of_older_releases_are_sealed_at_their_next_use),
        cmocka_unit_test(a_change_of_keys_seals_those_that_wait),
        cmocka_unit_test(another_secret_opens_nothing_and_is_told),
        cmocka_unit_test(a_lost_file_is_told_and_not_made_anew),
        cmocka_unit_test(a_file_that_others_may_read_is_no_secret),
        cmocka_unit_test(a_changed_or_exchanged_key_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
