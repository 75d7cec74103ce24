/* The kept keys of certificates: each is found for its own certificate only, also where others took its
 * place. */
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "saml/fixture.h"
#include "saml/key_cache.h"

#define KINDS        3
#define CERTIFICATES 1000

static struct text certificate(size_t number)
{
    return text_of(arena_print(test_context.arena, "certificate %zu", number));
}

static void a_certificate_never_gets_the_key_of_another(void **state)
{
    (void)state;
    EVP_PKEY *keys[KINDS];
    size_t kept = 0;
    for (size_t i = 0; i < KINDS; i++) {
        keys[i] = EVP_EC_gen("P-256");
        assert_non_null(keys[i]);
    }
    for (size_t i = 0; i < CERTIFICATES; i++) {
        assert_null(key_cache_find(certificate(i)));
        key_cache_keep(certificate(i), keys[i % KINDS]);
        EVP_PKEY *found = key_cache_find(certificate(i));
        assert_ptr_equal(found, keys[i % KINDS]);
        EVP_PKEY_free(found);
    }
    for (size_t i = 0; i < CERTIFICATES; i++) {
        EVP_PKEY *found = key_cache_find(certificate(i));
        assert_true(found == NULL || found == keys[i % KINDS]);
        kept += found != NULL;
        EVP_PKEY_free(found);
    }
    assert_in_range(kept, 1, CERTIFICATES - 1);
    for (size_t i = 0; i < KINDS; i++) {
        EVP_PKEY_free(keys[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(a_certificate_never_gets_the_key_of_another),
    };
    return cmocka_run_group_tests_name("key cache", tests, NULL, NULL);
}
