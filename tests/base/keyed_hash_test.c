/* Keyed and slow hashes against the vectors of their standards. */
#include "support/cmocka_headers.h"

#include "base/keyed_hash.h"

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create(1 << 20);
    return arena == NULL;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static void expect_digest(const unsigned char *digest, const char *hexadecimal)
{
    struct text text = encode_hexadecimal(arena, (struct text){(const char *)digest, SHA256_SIZE});
    assert_string_equal(arena_copy(arena, text.data, text.length), hexadecimal);
}

static struct text repeated(char character, size_t length)
{
    char *data = arena_allocate(arena, length + 1);
    memset(data, character, length);
    return (struct text){data, length};
}

static void hmac_vectors_of_rfc_4231(void **state)
{
    unsigned char digest[SHA256_SIZE];
    (void)state;
    keyed_hash(repeated('\x0b', 20), TEXT("Hi There"), digest);
    expect_digest(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    keyed_hash(TEXT("Jefe"), TEXT("what do ya want for nothing?"), digest);
    expect_digest(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    keyed_hash(repeated('\xaa', 131), TEXT("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
    expect_digest(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void pbkdf2_vectors_of_rfc_7914(void **state)
{
    unsigned char digest[SHA256_SIZE];
    (void)state;
    slow_hash(TEXT("passwd"), TEXT("salt"), 1, digest);
    expect_digest(digest, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
    slow_hash(TEXT("Password"), TEXT("NaCl"), 80000, digest);
    expect_digest(digest, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_vectors_of_rfc_4231),
        cmocka_unit_test(pbkdf2_vectors_of_rfc_7914),
    };
    return cmocka_run_group_tests_name("keyed_hash", tests, start, end);
}
