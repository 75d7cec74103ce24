/* Encodings: the vectors of their standards, everything they must refuse, and that random secrets have their
 * form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/encoding.h"
#include "base/random.h"

static int start(void **state)
{
    *state = arena_create((size_t)16 * 1024 * 1024);
    return *state == NULL ? -1 : 0;
}

static int end(void **state)
{
    arena_destroy(*state);
    return 0;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_string_equal(text.data, expected);
}

static void base64_vectors_of_rfc_4648(void **state)
{
    static const char *const vectors[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xEF\xFF", "++//", "--__"},
        {"\xFF\xFF", "//8=", "__8"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_text(encode_base64(*state, text_of(vectors[i][0])), vectors[i][1]);
        assert_text(encode_base64url(*state, text_of(vectors[i][0])), vectors[i][2]);
        for (size_t form = 1; form <= 2; form++) {
            struct text bytes = NO_TEXT;
            assert_true(decode_base64(*state, text_of(vectors[i][form]), &bytes));
            assert_text(bytes, vectors[i][0]);
        }
    }
}

static void base64_that_is_refused(void **state)
{
    static const char *const bad[] = {"A",        "AAAAA", "Zg=",      "Zg===",    "Zg====", "=",
                                      "==",       "====",  "Z===",     "Zm9v=",    "Zm9v==", "Zg==Zg",
                                      "Zg==Zg==", "Z g=",  " Zg==",    "Zg== ",    "Zg==\n", "Zm9v\r\n",
                                      "Zh==",     "Zm9=",  "Zh",       "Zm9",      "+-AA",   "/_AA",
                                      "_w==",     "-_8=",  "//8",      "+w",       "Zm9*",   "Zm9\x80",
                                      "Zm=v",     "Z=9v",  "Zm9v.Zm9", "Zm9v\tAA", "é"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct text bytes = TEXT("untouched");
        if (decode_base64(*state, text_of(bad[i]), &bytes)) {
            fail_msg("\"%s\" is taken", bad[i]);
        }
        assert_string_equal(bytes.data, "untouched");
    }
    struct text bytes = NO_TEXT;
    assert_false(decode_base64(*state, TEXT("AA\0A"), &bytes));
}

/* One encoded text for each value: whatever is decoded encodes to the same text again. */
static void base64_has_one_form_only(void **state)
{
    static const char letters[] = "AQgw+/-_=9";
    struct arena_mark mark = arena_mark(*state);
    for (size_t number = 0; number < 10000; number++) {
        char encoded[4];
        size_t rest = number;
        for (size_t i = 0; i < 4; i++) {
            encoded[i] = letters[rest % 10];
            rest /= 10;
        }
        struct text text = {encoded, 4};
        struct text bytes = NO_TEXT;
        if (decode_base64(*state, text, &bytes)) {
            assert_true(text_equal(encode_base64(*state, bytes), text) ||
                        text_equal(encode_base64url(*state, bytes), text));
        }
        arena_rewind(*state, mark);
    }
}

static void base64_of_every_length(void **state)
{
    char bytes[257];
    for (size_t length = 0; length < sizeof bytes; length++) {
        random_bytes(bytes, sizeof bytes);
        struct text text = {bytes, length};
        struct text decoded = NO_TEXT;
        assert_true(decode_base64(*state, encode_base64(*state, text), &decoded));
        assert_true(text_equal(decoded, text));
        assert_true(decode_base64(*state, encode_base64url(*state, text), &decoded));
        assert_true(text_equal(decoded, text));
    }
}

static void hexadecimal(void **state)
{
    assert_text(encode_hexadecimal(*state, TEXT("\x00\x0F\xA5\xFF")), "000fa5ff");
    assert_text(encode_hexadecimal(*state, NO_TEXT), "");
}

static void percent_encoding(void **state)
{
    assert_text(encode_percent(*state, TEXT("AZaz09-._~")), "AZaz09-._~");
    assert_text(encode_percent(*state, TEXT("a b+c/%&=é\0\x7F")), "a%20b%2Bc%2F%25%26%3D%C3%A9%00%7F");
    assert_text(encode_percent(*state, NO_TEXT), "");
}

static void percent_decoding(void **state)
{
    struct text bytes = NO_TEXT;
    assert_true(decode_percent(*state, TEXT("a%20b+c%2B%c3%A9"), true, &bytes));
    assert_text(bytes, "a b c+é");
    assert_true(decode_percent(*state, TEXT("a+b"), false, &bytes));
    assert_text(bytes, "a+b");
    assert_true(decode_percent(*state, TEXT("%2541"), false, &bytes));
    assert_text(bytes, "%41");
    assert_true(decode_percent(*state, TEXT("x%00y"), false, &bytes));
    assert_true(text_equal(bytes, TEXT("x\0y")));
    assert_true(decode_percent(*state, NO_TEXT, true, &bytes));
    assert_int_equal(bytes.length, 0);
    static const char *const bad[] = {"%",   "%4",  "%%",  "a%",  "a%2", "%g0",
                                      "%0g", "% 1", "%-1", "%+1", "%0x", "%é"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(decode_percent(*state, text_of(bad[i]), false, &bytes));
    }
    assert_false(decode_percent(*state, (struct text){"%41", 2}, false, &bytes));
}

static void percent_coding_of_every_byte(void **state)
{
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)i;
    }
    struct text all = {bytes, sizeof bytes};
    struct text decoded = NO_TEXT;
    assert_true(decode_percent(*state, encode_percent(*state, all), true, &decoded));
    assert_true(text_equal(decoded, all));
}

static void sha256_vectors_of_fips_180(void **state)
{
    assert_text(encode_hexadecimal(*state, sha256_text(*state, TEXT("abc"))),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_text(encode_hexadecimal(*state, sha256_text(*state, NO_TEXT)),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_text(
        encode_hexadecimal(
            *state, sha256_text(*state, TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    unsigned char digest[SHA256_SIZE];
    sha256(TEXT("abc"), digest);
    assert_int_equal(digest[0], 0xBA);
    assert_int_equal(digest[31], 0xAD);
}

static void constant_time_equality(void **state)
{
    (void)state;
    assert_true(equal_in_constant_time(TEXT("secret"), TEXT("secret")));
    assert_false(equal_in_constant_time(TEXT("secret"), TEXT("secreT")));
    assert_false(equal_in_constant_time(TEXT("Secret"), TEXT("secret")));
    assert_false(equal_in_constant_time(TEXT("secret"), TEXT("secre")));
    assert_true(equal_in_constant_time(NO_TEXT, TEXT("")));
    assert_false(equal_in_constant_time(TEXT("a\0b"), TEXT("a\0c")));
}

static void random_uuids_are_of_version_4(void **state)
{
    (void)state;
    char former[UUID_TEXT_SIZE] = "";
    for (int i = 0; i < 1000; i++) {
        char uuid[UUID_TEXT_SIZE];
        random_uuid(uuid);
        assert_true(text_is_uuid(text_of(uuid)));
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
        assert_string_not_equal(uuid, former);
        memcpy(former, uuid, sizeof former);
    }
}

static void random_numbers_stay_below_and_reach_all(void **state)
{
    (void)state;
    bool seen[7] = {false};
    for (int i = 0; i < 2000; i++) {
        uint32_t number = random_below(7);
        assert_true(number < 7);
        seen[number] = true;
    }
    for (size_t i = 0; i < 7; i++) {
        assert_true(seen[i]);
    }
    assert_int_equal(random_below(1), 0);
    assert_true(random_below(UINT32_MAX) < UINT32_MAX);
}

static void tokens_and_codes(void **state)
{
    struct text token = random_token(*state, 32);
    assert_int_equal(token.length, 43);
    struct text bytes = NO_TEXT;
    assert_true(decode_base64(*state, token, &bytes));
    assert_int_equal(bytes.length, 32);
    assert_false(text_equal(token, random_token(*state, 32)));
    struct text code = random_from(*state, "XY7", 200);
    assert_int_equal(code.length, 200);
    assert_int_equal(strspn(code.data, "XY7"), 200);
    assert_true(text_find(code, 'X') < 200 && text_find(code, 'Y') < 200 && text_find(code, '7') < 200);
    assert_int_equal(random_from(*state, "A", 0).length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_vectors_of_rfc_4648),
        cmocka_unit_test(base64_that_is_refused),
        cmocka_unit_test(base64_has_one_form_only),
        cmocka_unit_test(base64_of_every_length),
        cmocka_unit_test(hexadecimal),
        cmocka_unit_test(percent_encoding),
        cmocka_unit_test(percent_decoding),
        cmocka_unit_test(percent_coding_of_every_byte),
        cmocka_unit_test(sha256_vectors_of_fips_180),
        cmocka_unit_test(constant_time_equality),
        cmocka_unit_test(random_uuids_are_of_version_4),
        cmocka_unit_test(random_numbers_stay_below_and_reach_all),
        cmocka_unit_test(tokens_and_codes),
    };
    return cmocka_run_group_tests_name("encoding", tests, start, end);
}
