/* The secret is a text of the configuration or, where there is none, of a file, which the first key that is
 * made here brings with it: linked into its place when it is whole, so that of several makers one wins. */
#include "openid/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "config/owner.h"

/* A sealed key: the form's number, the nonce, the ciphertext, the tag. */
#define FORM        1
#define NONCE_SIZE  12
#define TAG_SIZE    16
#define KEY_SIZE    32
#define LONGEST_KEY 4096

#define SECRET_BYTES    32
#define SHORTEST_SECRET 32 /* characters */
#define LONGEST_SECRET  1024

/* --- The secret ---------------------------------------------------------------------------------------- */

static enum problem refuse(struct context *context, const char *path, const char *reason)
{
    LOG_ERROR("the secret of the OpenID keys, %s: %s", path, reason);
    return FAIL(context, PROBLEM_UNAVAILABLE, "The secret of the OpenID keys, %s: %s", path, reason);
}

/* A file that others may read is no secret. */
static enum problem read_secret(struct context *context, const char *path, int descriptor,
                                struct text *secret)
{
    char buffer[LONGEST_SECRET];
    struct stat status;

    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
        return refuse(context, path, "it must be a file that only its owner may read (mode 0600).");
    }
    ssize_t length = read(descriptor, buffer, sizeof buffer);
    struct text content = text_trim((struct text){buffer, length > 0 ? (size_t)length : 0});
    *secret = arena_copy_text(context->arena, content);
    explicit_bzero(buffer, sizeof buffer);
    return secret->length >= SHORTEST_SECRET ? PROBLEM_NONE
                                             : refuse(context, path, "it must have at least 32 characters.");
}

static bool write_secret(struct context *context, int descriptor)
{
    struct text secret = random_token(context->arena, SECRET_BYTES);

    return fchmod(descriptor, 0600) == 0 && owner_hand_over(context->configuration, descriptor) &&
           write(descriptor, secret.data, secret.length) == (ssize_t)secret.length &&
           write(descriptor, "\n", 1) == 1 && fsync(descriptor) == 0;
}

/* Whose file was there first is the one. */
static enum problem make_secret(struct context *context, const char *path)
{
    char *fresh = arena_print(context->arena, "%s.XXXXXX", path);
    int descriptor = mkostemp(fresh, O_CLOEXEC);

    if (descriptor < 0) {
        return refuse(context, path, strerror(errno));
    }
    bool made = write_secret(context, descriptor) && (link(fresh, path) == 0 || errno == EEXIST);
    int reason = errno;
    close(descriptor);
    (void)unlink(fresh);
    return made ? PROBLEM_NONE : refuse(context, path, strerror(reason));
}

static enum problem find_secret(struct context *context, bool make, struct text *secret)
{
    const char *path = context->configuration->openid_secret_file;

    *secret = text_of(context->configuration->openid_secret);
    if (secret->length > 0) {
        return secret->length >= SHORTEST_SECRET
                   ? PROBLEM_NONE
                   : refuse(context, "openid_secret", "it must have at least 32 characters.");
    }
    if (make && access(path, F_OK) != 0) {
        TRY(make_secret(context, path));
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return refuse(context, path, strerror(errno));
    }
    enum problem problem = read_secret(context, path, descriptor, secret);
    close(descriptor);
    return problem;
}

/* --- Sealing ------------------------------------------------------------------------------------------- */

static bool derive(struct text secret, unsigned char key[static KEY_SIZE])
{
    static const unsigned char purpose[] = "muster: private keys of OpenID tokens";
    EVP_PKEY_CTX *derivation = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t length = KEY_SIZE;
    bool derived =
        derivation != NULL && EVP_PKEY_derive_init(derivation) == 1 &&
        EVP_PKEY_CTX_set_hkdf_md(derivation, EVP_sha256()) == 1 &&
        EVP_PKEY_CTX_set1_hkdf_key(derivation, (const unsigned char *)secret.data, (int)secret.length) == 1 &&
        EVP_PKEY_CTX_add1_hkdf_info(derivation, purpose, (int)sizeof purpose - 1) == 1 &&
        EVP_PKEY_derive(derivation, key, &length) == 1 && length == KEY_SIZE;

    EVP_PKEY_CTX_free(derivation);
    return derived;
}

/* What both directions begin with: the cipher with its key, its nonce, and the id as what is not hidden but
 * may not change. */
static bool start_cipher(EVP_CIPHER_CTX *cipher, bool seals, struct text secret, struct text id,
                         const unsigned char *nonce)
{
    unsigned char key[KEY_SIZE];
    int length = 0;
    bool started =
        cipher != NULL && derive(secret, key) &&
        EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, seals ? 1 : 0) == 1 &&
        EVP_CipherUpdate(cipher, NULL, &length, (const unsigned char *)id.data, (int)id.length) == 1;

    explicit_bzero(key, sizeof key);
    return started;
}

bool secret_is_sealed(struct text bytes)
{
    return bytes.length > 1 + NONCE_SIZE + TAG_SIZE && bytes.data[0] == FORM;
}

enum problem secret_seal(struct context *context, struct text id, struct text key, bool make,
                         struct text *sealed)
{
    size_t whole = 1 + NONCE_SIZE + key.length + TAG_SIZE;
    unsigned char *bytes = arena_reserve(context->arena, whole);
    unsigned char *nonce = bytes + 1;
    unsigned char *content = nonce + NONCE_SIZE;
    struct text secret;
    int length = 0;

    TRY(find_secret(context, make, &secret));
    bytes[0] = FORM;
    random_bytes(nonce, NONCE_SIZE);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool done =
        key.length <= LONGEST_KEY && start_cipher(cipher, true, secret, id, nonce) &&
        EVP_CipherUpdate(cipher, content, &length, (const unsigned char *)key.data, (int)key.length) == 1 &&
        EVP_CipherFinal_ex(cipher, content + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, content + key.length) == 1;
    EVP_CIPHER_CTX_free(cipher);
    ERR_clear_error();
    *sealed = (struct text){(const char *)bytes, whole};
    return done ? PROBLEM_NONE : FAIL_PLAINLY(context, PROBLEM_INTERNAL);
}

enum problem secret_open(struct context *context, struct text id, struct text sealed, struct text *key)
{
    unsigned char tag[TAG_SIZE];
    struct text secret;
    int length = 0;

    TRY(find_secret(context, false, &secret));
    const unsigned char *nonce = (const unsigned char *)sealed.data + 1;
    size_t content = sealed.length - 1 - NONCE_SIZE - TAG_SIZE;
    unsigned char *bytes = arena_reserve(context->arena, content + 1);
    memcpy(tag, nonce + NONCE_SIZE + content, TAG_SIZE);
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool done = content <= LONGEST_KEY && start_cipher(cipher, false, secret, id, nonce) &&
                EVP_CipherUpdate(cipher, bytes, &length, nonce + NONCE_SIZE, (int)content) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
                EVP_CipherFinal_ex(cipher, bytes + length, &length) == 1;
    EVP_CIPHER_CTX_free(cipher);
    ERR_clear_error();
    *key = (struct text){(const char *)bytes, content};
    return done ? PROBLEM_NONE
                : refuse(context,
                         context->configuration->openid_secret[0] != '\0'
                             ? "openid_secret"
                             : context->configuration->openid_secret_file,
                         "it is not the one that the keys in the database were sealed with.");
}
