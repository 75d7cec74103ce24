/* Key files: current.pem and, during a change, previous.pem, each a private key and its certificate. A new
 * one is written beside and renamed, so that no worker ever reads half of it. */
#include "saml/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "config/owner.h"
#include "saml/key_pair.h"

#define MAXIMUM_KEY_FILE 32768

static const char *file_named(struct context *context, const char *name)
{
    return arena_print(context->arena, "%s/%s.pem", context->configuration->saml_keys, name);
}

/* --- Reading ------------------------------------------------------------------------------------------- */

static void free_key(void *key)
{
    EVP_PKEY_free(key);
}

static void free_certificate(void *certificate)
{
    X509_free(certificate);
}

static struct text der_of(struct arena *arena, X509 *certificate)
{
    int length = i2d_X509(certificate, NULL);
    unsigned char *der = arena_reserve(arena, (size_t)(length > 0 ? length : 0) + 1);
    unsigned char *end = der;
    return length > 0 && i2d_X509(certificate, &end) == length
               ? (struct text){(const char *)der, (size_t)length}
               : NO_TEXT;
}

static bool read_pem(struct arena *arena, struct text pem, struct saml_key *key)
{
    BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.length);
    if (memory == NULL) {
        return false;
    }
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    ERR_clear_error();
    arena_on_reset(arena, free_key, private_key);
    arena_on_reset(arena, free_certificate, certificate);
    if (private_key == NULL || certificate == NULL || EVP_PKEY_get_base_id(private_key) != EVP_PKEY_RSA ||
        X509_check_private_key(certificate, private_key) != 1) {
        ERR_clear_error();
        return false;
    }
    *key = (struct saml_key){private_key, der_of(arena, certificate)};
    return key->certificate.data != NULL;
}

/* NO_TEXT with errno where it cannot be read. */
static struct text read_file(struct arena *arena, const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) {
        return NO_TEXT;
    }
    char buffer[MAXIMUM_KEY_FILE];
    ssize_t length = read(descriptor, buffer, sizeof buffer);
    close(descriptor);
    struct text content = NO_TEXT;
    if (length > 0) {
        content = (struct text){arena_copy(arena, buffer, (size_t)length), (size_t)length};
    }
    explicit_bzero(buffer, sizeof buffer);
    return content;
}

static bool read_key(struct context *context, const char *name, struct saml_key *key)
{
    const char *path = file_named(context, name);
    errno = 0;
    struct text pem = read_file(context->arena, path);
    if (pem.data == NULL) {
        if (errno != ENOENT) {
            LOG_ERROR("%s cannot be read: %s", path, strerror(errno));
        }
        return false;
    }
    if (!read_pem(context->arena, pem, key)) {
        LOG_ERROR("%s holds no RSA key with its certificate", path);
        return false;
    }
    return true;
}

enum problem saml_keys_read(struct context *context, struct saml_keys *keys)
{
    *keys = (struct saml_keys){0};
    if (!read_key(context, "current", &keys->list[0])) {
        LOG_ERROR("SAML sign-on has no key in %s: muster saml keygen makes one",
                  context->configuration->saml_keys);
        return FAIL(context, PROBLEM_UNAVAILABLE, "SAML sign-on is not set up on this server.");
    }
    keys->count = read_key(context, "previous", &keys->list[1]) ? 2 : 1;
    return PROBLEM_NONE;
}

/* --- Writing ------------------------------------------------------------------------------------------- */

static bool exists(struct context *context, const char *name)
{
    return access(file_named(context, name), F_OK) == 0;
}

static bool make_folder(const struct context *context)
{
    const char *folder = context->configuration->saml_keys;
    bool made = mkdir(folder, 0700) == 0;
    if (!made && errno != EEXIST) {
        return false;
    }
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = descriptor >= 0 && (!made || owner_hand_over(context->configuration, descriptor));
    if (descriptor >= 0) {
        close(descriptor);
    }
    return done;
}

static bool write_whole(int descriptor, struct text text)
{
    ssize_t written = write(descriptor, text.data, text.length);
    return written >= 0 && (size_t)written == text.length && fsync(descriptor) == 0;
}

/* The new file is there only when it is complete. */
static bool write_key(struct context *context, struct text pem)
{
    const char *fresh = file_named(context, "new");
    (void)unlink(fresh);
    int descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return false;
    }
    bool written = fchmod(descriptor, 0600) == 0 && write_whole(descriptor, pem) &&
                   owner_hand_over(context->configuration, descriptor);
    close(descriptor);
    return written && rename(fresh, file_named(context, "current")) == 0;
}

static enum problem unwritable(struct context *context)
{
    return FAIL(context, PROBLEM_INTERNAL, "The key cannot be written to %s: %s.",
                context->configuration->saml_keys, strerror(errno));
}

static enum problem make_key(struct context *context)
{
    struct text pem;
    if (!key_pair_make(context, &pem)) {
        return FAIL(context, PROBLEM_INTERNAL, "OpenSSL cannot make a key.");
    }
    return write_key(context, pem) ? PROBLEM_NONE : unwritable(context);
}

enum problem saml_keys_create(struct context *context)
{
    if (!make_folder(context)) {
        return unwritable(context);
    }
    if (exists(context, "current")) {
        return FAIL(context, PROBLEM_CONFLICT,
                    "There is a key in %s already; muster saml rotate replaces it.",
                    context->configuration->saml_keys);
    }
    return make_key(context);
}

/* The present key gets a second name before the new one takes its first: at no time is there none. */
enum problem saml_keys_rotate(struct context *context)
{
    if (!exists(context, "current")) {
        return FAIL(context, PROBLEM_CONFLICT, "There is no key in %s; muster saml keygen makes one.",
                    context->configuration->saml_keys);
    }
    if (exists(context, "previous")) {
        return FAIL(context, PROBLEM_CONFLICT,
                    "A change of keys is under way; muster saml rotate --finish ends it.");
    }
    if (link(file_named(context, "current"), file_named(context, "previous")) != 0) {
        return unwritable(context);
    }
    enum problem problem = make_key(context);
    if (problem != PROBLEM_NONE) {
        (void)unlink(file_named(context, "previous"));
    }
    return problem;
}

enum problem saml_keys_finish(struct context *context)
{
    if (unlink(file_named(context, "previous")) == 0) {
        return PROBLEM_NONE;
    }
    if (errno == ENOENT) {
        return FAIL(context, PROBLEM_CONFLICT, "No change of keys is under way.");
    }
    return unwritable(context);
}
