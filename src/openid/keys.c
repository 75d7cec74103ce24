/* Making, finding and publishing keys. A key's id is its thumbprint, so that it needs no other name. */
#include "openid/keys.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "base/log.h"
#include "database/database.h"
#include "openid/secret.h"
#include "sql/statements.h"

#define POINT_SIZE      65 /* 4, then x and y */
#define COORDINATE_SIZE 32

/* --- A key's forms ------------------------------------------------------------------------------------- */

static struct text coordinate(struct arena *arena, struct text point, size_t index)
{
    return encode_base64url(arena, text_part(point, 1 + index * COORDINATE_SIZE, COORDINATE_SIZE));
}

/* RFC 7638 section 3: the hash of the members that a key needs, in the order of their names. */
static struct text thumbprint(struct arena *arena, struct text point)
{
    struct text members = text_of(arena_print(
        arena, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
        TEXT_ARGUMENTS(coordinate(arena, point, 0)), TEXT_ARGUMENTS(coordinate(arena, point, 1))));

    return encode_base64url(arena, sha256_text(arena, members));
}

static struct text take_bytes(struct arena *arena, unsigned char *bytes, size_t length)
{
    struct text copy = NO_TEXT;

    if (bytes != NULL && length > 0) {
        copy = (struct text){arena_copy(arena, (const char *)bytes, length), length};
        OPENSSL_clear_free(bytes, length);
    }
    return copy;
}

static struct text private_half(struct arena *arena, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(key, &der);

    return take_bytes(arena, der, length > 0 ? (size_t)length : 0);
}

static struct text public_half(struct arena *arena, EVP_PKEY *key)
{
    unsigned char *point = NULL;
    size_t length = EVP_PKEY_get1_encoded_public_key(key, &point);

    return take_bytes(arena, point, length);
}

static void free_key(void *key)
{
    EVP_PKEY_free(key);
}

static EVP_PKEY *read_key(struct arena *arena, struct text der)
{
    const unsigned char *bytes = (const unsigned char *)der.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &bytes, (long)der.length);

    ERR_clear_error();
    arena_on_reset(arena, free_key, key);
    return key;
}

/* --- At rest ------------------------------------------------------------------------------------------- */

/* A secret is made only as long as nothing depends on another one. */
static enum problem seal(struct context *context, struct text id, struct text der, struct text *sealed)
{
    struct result *rows;

    TRY(sql_openid_keys_sealed(context, (struct sql_openid_keys_sealed){0}, &rows));
    return secret_seal(context, id, der, result_integer(rows, 0, "sealed") == 0, sealed);
}

/* Keys of a release that did not seal them. */
static enum problem seal_bare_ones(struct context *context)
{
    struct result *bare;
    struct result *done;

    TRY(sql_openid_keys_bare(context, (struct sql_openid_keys_bare){0}, &bare));
    for (size_t row = 0; row < result_rows(bare); row++) {
        struct text id = result_text(bare, row, "id");
        struct text der = result_bytes(context->arena, bare, row, "private_key");
        struct text sealed;

        TRY(seal(context, id, der, &sealed));
        TRY(sql_openid_key_seal(context,
                                (struct sql_openid_key_seal){.id = value_text(id),
                                                             .sealed = value_bytes(sealed),
                                                             .bare = value_bytes(der)},
                                &done));
        LOG_INFO("the OpenID key %.*s is sealed now", TEXT_ARGUMENTS(id));
    }
    return PROBLEM_NONE;
}

/* --- Making -------------------------------------------------------------------------------------------- */

static enum problem create(struct context *context, int64_t delay, struct result **rows)
{
    struct arena *arena = context->arena;
    EVP_PKEY *key = EVP_EC_gen("P-256");

    arena_on_reset(arena, free_key, key);
    struct text private_key = key != NULL ? private_half(arena, key) : NO_TEXT;
    struct text point = key != NULL ? public_half(arena, key) : NO_TEXT;
    ERR_clear_error();
    if (private_key.data == NULL || point.length != POINT_SIZE) {
        LOG_ERROR("OpenSSL cannot make a key for OpenID tokens");
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    struct text id = arena_copy_text(arena, thumbprint(arena, point));
    struct text sealed;
    TRY(seal(context, id, private_key, &sealed));
    return sql_openid_key_create(context,
                                 (struct sql_openid_key_create){.id = value_text(id),
                                                                .private_key = value_bytes(sealed),
                                                                .public_key = value_bytes(point),
                                                                .delay = value_integer(arena, delay)},
                                 rows);
}

enum problem openid_keys_rotate(struct context *context, bool now, struct text *id, int64_t *signs_from)
{
    struct result *rows;

    TRY(sql_openid_keys_lock(context, (struct sql_openid_keys_lock){0}, &rows));
    TRY(sql_openid_key_next(context, (struct sql_openid_key_next){0}, &rows));
    if (result_rows(rows) > 0 && !now) {
        return FAIL(context, PROBLEM_CONFLICT,
                    "A new key is waiting to take over; --now makes another one that signs at once.");
    }
    TRY(seal_bare_ones(context));
    TRY(create(context, now ? 0 : OPENID_KEY_PUBLISHED_FIRST, &rows));
    *id = result_text(rows, 0, "id");
    *signs_from = result_time(rows, 0, "signs_from");
    return sql_openid_keys_forget(
        context, (struct sql_openid_keys_forget){.keep = value_text(*id), .all = value_boolean(now)}, &rows);
}

/* --- Using --------------------------------------------------------------------------------------------- */

static enum problem find(struct context *context, struct result **rows)
{
    return sql_openid_key_current(context, (struct sql_openid_key_current){0}, rows);
}

/* Of several who meet an empty table at one time the first makes the key, and the others find it. */
static enum problem make_first(struct context *context, struct result **rows)
{
    struct result *done;

    database_begin(context->database);
    TRY(sql_openid_keys_lock(context, (struct sql_openid_keys_lock){0}, &done));
    TRY(find(context, rows));
    if (result_rows(*rows) == 0) {
        TRY(create(context, 0, &done));
        TRY(find(context, rows));
    }
    return database_commit(context);
}

static enum problem open_key(struct context *context, const struct result *rows, struct openid_key *key)
{
    struct text kept = result_bytes(context->arena, rows, 0, "private_key");
    struct text der = kept;

    key->id = result_text(rows, 0, "id");
    if (secret_is_sealed(kept)) {
        TRY(secret_open(context, key->id, kept, &der));
    } else {
        TRY(seal_bare_ones(context));
    }
    key->private_key = read_key(context->arena, der);
    if (key->private_key == NULL) {
        LOG_ERROR("the OpenID key %.*s cannot be read", TEXT_ARGUMENTS(key->id));
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    return PROBLEM_NONE;
}

enum problem openid_key_current(struct context *context, struct openid_key *key)
{
    struct result *rows;

    TRY(find(context, &rows));
    if (result_rows(rows) == 0) {
        TRY(make_first(context, &rows));
    }
    return open_key(context, rows, key);
}

enum problem openid_keys_check(struct context *context, struct text *id, int64_t *bare)
{
    struct result *rows;
    struct openid_key key;

    *id = NO_TEXT;
    TRY(sql_openid_keys_bare(context, (struct sql_openid_keys_bare){0}, &rows));
    *bare = (int64_t)result_rows(rows);
    TRY(find(context, &rows));
    if (result_rows(rows) == 0) {
        return PROBLEM_NONE;
    }
    if (*bare == 0) {
        TRY(open_key(context, rows, &key));
    }
    *id = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}
static void write_member(struct json_writer *json, const char *name, struct text value)
{
    json_key(json, name);
    json_text(json, value);
}

static void write_key(struct arena *arena, struct json_writer *json, struct text id, struct text point)
{
    json_open_object(json);
    write_member(json, "kty", TEXT("EC"));
    write_member(json, "crv", TEXT("P-256"));
    write_member(json, "x", coordinate(arena, point, 0));
    write_member(json, "y", coordinate(arena, point, 1));
    write_member(json, "kid", id);
    write_member(json, "use", TEXT("sig"));
    write_member(json, "alg", TEXT("ES256"));
    json_close_object(json);
}

enum problem openid_keys_write(struct context *context, struct json_writer *json)
{
    struct result *rows;

    TRY(sql_openid_keys_published(context, (struct sql_openid_keys_published){0}, &rows));
    json_open_object(json);
    json_key(json, "keys");
    json_open_array(json);
    for (size_t row = 0; row < result_rows(rows); row++) {
        write_key(context->arena, json, result_text(rows, row, "id"),
                  result_bytes(context->arena, rows, row, "public_key"));
    }
    json_close_array(json);
    json_close_object(json);
    return PROBLEM_NONE;
}
