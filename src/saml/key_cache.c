/* A certificate has one place, by its digest; whoever comes later takes it over. What is found is compared
 * byte by byte. */
#include "saml/key_cache.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/encoding.h"

#define PLACES 128

static struct place {
    struct text der; /* malloc()ed */
    EVP_PKEY *key;
} places[PLACES];

static struct place *place_of(struct text der)
{
    unsigned char digest[SHA256_SIZE];
    sha256(der, digest);
    return &places[digest[0] % PLACES];
}

EVP_PKEY *key_cache_find(struct text der)
{
    const struct place *place = place_of(der);
    if (place->key == NULL || !text_equal(place->der, der) || EVP_PKEY_up_ref(place->key) != 1) {
        return NULL;
    }
    return place->key;
}

void key_cache_keep(struct text der, EVP_PKEY *key)
{
    struct place *place = place_of(der);
    char *copy = malloc(der.length);
    if (copy == NULL || EVP_PKEY_up_ref(key) != 1) {
        free(copy);
        return;
    }
    memcpy(copy, der.data, der.length);
    EVP_PKEY_free(place->key);
    free((char *)(uintptr_t)place->der.data);
    *place = (struct place){{copy, der.length}, key};
}
