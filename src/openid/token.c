/* A token is a header, claims and a signature (RFC 7515 section 3.1). The claims are those of Cognito's
 * tokens, so that whoever verifies them need not know which of the two made them. */
#include "openid/token.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "openid/keys.h"
#include "json/write.h"

#define HALF_SIZE     32
#define LONGEST_PART  ((size_t)16 * 1024)
#define LONGEST_TOKEN (4 * LONGEST_PART)

static void write_member(struct json_writer *json, const char *name, struct text value)
{
    json_key(json, name);
    json_text(json, value);
}

static struct text header_of(struct context *context, struct text key_id)
{
    struct json_writer json;
    struct builder out;

    builder_start(&out, context->arena, 256, LONGEST_PART);
    json_start(&json, &out);
    json_open_object(&json);
    write_member(&json, "alg", TEXT("ES256"));
    write_member(&json, "typ", TEXT("JWT"));
    write_member(&json, "kid", key_id);
    json_close_object(&json);
    return builder_text(&out);
}

/* How the subject was recognized (RFC 8176 names other methods; these are Cognito's). */
static void write_methods(struct json_writer *json, const struct configuration *configuration, bool guest)
{
    json_key(json, "amr");
    json_open_array(json);
    json_string(json, guest ? "unauthenticated" : "authenticated");
    if (!guest) {
        json_string(json, configuration->cognito_developer_provider);
    }
    json_close_array(json);
}

static struct text claims_of(struct context *context, struct text user_id)
{
    const struct configuration *configuration = context->configuration;
    int64_t issued_at = context->now / MICROSECONDS_PER_SECOND;
    bool guest = user_id.data == NULL;
    char new_id[UUID_TEXT_SIZE];
    struct json_writer json;
    struct builder out;

    random_uuid(new_id);
    builder_start(&out, context->arena, 512, LONGEST_PART);
    json_start(&json, &out);
    json_open_object(&json);
    write_member(&json, "iss", text_of(configuration->public_url));
    write_member(&json, "aud", text_of(configuration->cognito_identity_pool_id));
    write_member(&json, "sub", guest ? text_of(new_id) : user_id);
    write_methods(&json, configuration, guest);
    json_key(&json, "iat");
    json_integer(&json, issued_at);
    json_key(&json, "exp");
    json_integer(&json, issued_at + OPENID_TOKEN_LIFETIME);
    json_close_object(&json);
    return builder_text(&out);
}

/* The two numbers of a signature behind each other (RFC 7518 section 3.4); OpenSSL gives them as DER. */
static bool write_halves(const unsigned char *der, size_t length, unsigned char halves[2 * HALF_SIZE])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)length);
    bool written = signature != NULL &&
                   BN_bn2binpad(ECDSA_SIG_get0_r(signature), halves, HALF_SIZE) == HALF_SIZE &&
                   BN_bn2binpad(ECDSA_SIG_get0_s(signature), halves + HALF_SIZE, HALF_SIZE) == HALF_SIZE;

    ECDSA_SIG_free(signature);
    return written;
}

static bool sign(EVP_PKEY *key, struct text content, unsigned char halves[2 * HALF_SIZE])
{
    unsigned char der[128];
    size_t length = sizeof der;
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    bool signed_ =
        signing != NULL && EVP_DigestSignInit(signing, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(signing, der, &length, (const unsigned char *)content.data, content.length) == 1;

    EVP_MD_CTX_free(signing);
    return signed_ && write_halves(der, length, halves);
}

enum problem openid_token_issue(struct context *context, struct text user_id, struct text *token)
{
    unsigned char halves[2 * HALF_SIZE];
    struct openid_key key;
    struct builder out;

    TRY(openid_key_current(context, &key));
    builder_start(&out, context->arena, 1024, LONGEST_TOKEN);
    builder_add_text(&out, encode_base64url(context->arena, header_of(context, key.id)));
    builder_add_character(&out, '.');
    builder_add_text(&out, encode_base64url(context->arena, claims_of(context, user_id)));
    if (!sign(key.private_key, builder_text(&out), halves)) {
        ERR_clear_error();
        LOG_ERROR("OpenSSL cannot sign with the OpenID key %.*s", TEXT_ARGUMENTS(key.id));
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    builder_add_character(&out, '.');
    builder_add_text(&out,
                     encode_base64url(context->arena, (struct text){(const char *)halves, sizeof halves}));
    *token = builder_text(&out);
    return PROBLEM_NONE;
}
