/* What OpenSSL offers for keyed and for slow hashes, in the form that the rest of the program uses. */
#include "base/keyed_hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

void keyed_hash(struct text key, struct text bytes, unsigned char digest[static SHA256_SIZE])
{
    unsigned int length = 0;

    if (HMAC(EVP_sha256(), key.data, (int)key.length, (const unsigned char *)bytes.data, bytes.length, digest,
             &length) == NULL ||
        length != SHA256_SIZE) {
        arena_give_up("HMAC-SHA-256");
    }
}

void slow_hash(struct text secret, struct text salt, int rounds, unsigned char digest[static SHA256_SIZE])
{
    if (PKCS5_PBKDF2_HMAC(secret.data, (int)secret.length, (const unsigned char *)salt.data, (int)salt.length,
                          rounds, EVP_sha256(), SHA256_SIZE, digest) != 1) {
        arena_give_up("PBKDF2");
    }
}
