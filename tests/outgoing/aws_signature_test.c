/* Signatures of version 4 against the examples of Amazon's documentation (S3 API Reference, IAM, and the test
 * suite of Signature Version 4), which come with their results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "outgoing/aws_signature.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int start(void **state)
{
    *state = arena_create((size_t)4 * 1024 * 1024);
    return *state == NULL ? -1 : 0;
}

static int end(void **state)
{
    arena_destroy(*state);
    return 0;
}

static int64_t time_of(const char *text)
{
    int64_t time = 0;

    assert_true(clock_read(text_of(text), &time));
    return time;
}

/* The signer of the S3 API Reference's examples. */
static struct aws_signer store(void)
{
    return (struct aws_signer){.access_key_id = TEXT("AKIAIOSFODNN7EXAMPLE"),
                               .secret_access_key = TEXT("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                               .region = TEXT("us-east-1"),
                               .service = TEXT("s3"),
                               .now = time_of("2013-05-24T00:00:00Z")};
}

/* The signer of the test suite. */
static struct aws_signer suite(void)
{
    return (struct aws_signer){.access_key_id = TEXT("AKIDEXAMPLE"),
                               .secret_access_key = TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                               .region = TEXT("us-east-1"),
                               .service = TEXT("service"),
                               .now = time_of("2015-08-30T12:36:00Z")};
}

static void assert_signed(void **state, struct aws_signer signer, struct aws_request request,
                          const char *names, const char *signature)
{
    struct aws_headers headers;
    char stamp[CLOCK_TEXT_SIZE];

    clock_write(signer.now, stamp);
    aws_sign_headers(*state, &signer, &request, &headers);
    const char *expected =
        arena_print(*state,
                    "AWS4-HMAC-SHA256 Credential=%.*s/%.4s%.2s%.2s/%.*s/%.*s/aws4_request, "
                    "SignedHeaders=%s, Signature=%s",
                    TEXT_ARGUMENTS(signer.access_key_id), stamp, stamp + 5, stamp + 8,
                    TEXT_ARGUMENTS(signer.region), TEXT_ARGUMENTS(signer.service), names, signature);
    assert_string_equal(headers.authorization.data, expected);
    assert_int_equal(headers.content_sha256.data != NULL, text_equal_string(signer.service, "s3"));
}

static void objects_of_the_s3_reference(void **state)
{
    const struct aws_pair range[] = {{TEXT("Range"), TEXT("bytes=0-9")}};
    const struct aws_pair put[] = {{TEXT("Date"), TEXT("Fri, 24 May 2013 00:00:00 GMT")},
                                   {TEXT("x-amz-storage-class"), TEXT("REDUCED_REDUNDANCY")}};
    struct aws_request request = {.method = "GET",
                                  .host = TEXT("examplebucket.s3.amazonaws.com"),
                                  .path = TEXT("/test.txt"),
                                  .headers = range,
                                  .header_count = COUNT(range)};

    assert_signed(state, store(), request, "host;range;x-amz-content-sha256;x-amz-date",
                  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    request.method = "PUT";
    request.path = TEXT("/test$file.text");
    request.headers = put;
    request.header_count = COUNT(put);
    request.body = TEXT("Welcome to Amazon S3.");
    assert_signed(state, store(), request, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void queries_of_the_s3_reference(void **state)
{
    const struct aws_pair lifecycle[] = {{TEXT("lifecycle"), TEXT("")}};
    const struct aws_pair list[] = {{TEXT("prefix"), TEXT("J")}, {TEXT("max-keys"), TEXT("2")}};
    struct aws_request request = {.method = "GET",
                                  .host = TEXT("examplebucket.s3.amazonaws.com"),
                                  .path = TEXT("/"),
                                  .query = lifecycle,
                                  .query_count = COUNT(lifecycle)};

    assert_signed(state, store(), request, "host;x-amz-content-sha256;x-amz-date",
                  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    request.query = list;
    request.query_count = COUNT(list);
    assert_signed(state, store(), request, "host;x-amz-content-sha256;x-amz-date",
                  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void the_list_of_users_of_the_iam_guide(void **state)
{
    const struct aws_pair query[] = {{TEXT("Version"), TEXT("2010-05-08")},
                                     {TEXT("Action"), TEXT("ListUsers")}};
    const struct aws_pair headers[] = {
        {TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded; charset=utf-8")}};
    struct aws_signer signer = suite();

    signer.service = TEXT("iam");
    assert_signed(state, signer,
                  (struct aws_request){.method = "GET",
                                       .host = TEXT("iam.amazonaws.com"),
                                       .path = TEXT("/"),
                                       .query = query,
                                       .query_count = COUNT(query),
                                       .headers = headers,
                                       .header_count = COUNT(headers)},
                  "content-type;host;x-amz-date",
                  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

static void requests_of_the_test_suite(void **state)
{
    const struct aws_pair keys[] = {{TEXT("Param2"), TEXT("value2")}, {TEXT("Param1"), TEXT("value1")}};
    const struct aws_pair spaces[] = {{TEXT("My-Header1"), TEXT(" value1")},
                                      {TEXT("My-Header2"), TEXT(" \"a   b   c\"")}};
    const struct aws_pair form[] = {{TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded")}};
    struct aws_request plain = {.method = "GET", .host = TEXT("example.amazonaws.com"), .path = TEXT("/")};
    struct aws_request request = plain;

    assert_signed(state, suite(), plain, "host;x-amz-date",
                  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    request.method = "POST";
    assert_signed(state, suite(), request, "host;x-amz-date",
                  "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
    request.headers = form;
    request.header_count = COUNT(form);
    request.body = TEXT("Param1=value1");
    assert_signed(state, suite(), request, "content-type;host;x-amz-date",
                  "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    request = plain;
    request.query = keys;
    request.query_count = COUNT(keys);
    assert_signed(state, suite(), request, "host;x-amz-date",
                  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    request = plain;
    request.headers = spaces;
    request.header_count = COUNT(spaces);
    assert_signed(state, suite(), request, "host;my-header1;my-header2;x-amz-date",
                  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

static void a_path_without_odd_characters_is_signed_as_it_is(void **state)
{
    assert_signed(state, suite(),
                  (struct aws_request){
                      .method = "GET",
                      .host = TEXT("example.amazonaws.com"),
                      .path = TEXT("/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")},
                  "host;x-amz-date", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

static void the_signed_address_of_the_s3_reference(void **state)
{
    struct aws_signer signer = store();
    struct aws_request request = {
        .method = "GET", .host = TEXT("examplebucket.s3.amazonaws.com"), .path = TEXT("/test.txt")};

    assert_true(text_equal_string(
        aws_sign_address(*state, &signer, &request, "https", 86400),
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&"
        "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&"
        "X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
        "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

static void the_signed_address_of_an_upload(void **state)
{
    struct aws_signer signer = store();
    struct aws_request request = {.method = "PUT",
                                  .host = TEXT("examplebucket.s3.us-west-2.amazonaws.com"),
                                  .path = TEXT("/integrations/acme/3f2a.csv")};

    signer.region = TEXT("us-west-2");
    signer.now = time_of("2026-01-01T00:00:00Z");
    assert_true(text_equal_string(
        aws_sign_address(*state, &signer, &request, "https", 900),
        "https://examplebucket.s3.us-west-2.amazonaws.com/integrations/acme/3f2a.csv?"
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&"
        "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-west-2%2Fs3%2Faws4_request&"
        "X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&"
        "X-Amz-Signature=7f5d013f845649f8e30a95ce989d6f8c4deb54686033381953a439fb938bcbdf"));
}

static void keys_with_odd_characters_are_encoded_in_the_address(void **state)
{
    struct aws_signer signer = store();
    struct aws_request request = {
        .method = "PUT", .host = TEXT("127.0.0.1:9000"), .path = TEXT("/bucket/a b/\xC3\xA9+?&#.csv")};

    assert_true(text_starts_with(aws_sign_address(*state, &signer, &request, "http", 60),
                                 TEXT("http://127.0.0.1:9000/bucket/a%20b/%C3%A9%2B%3F%26%23.csv?X-Amz-")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_of_the_s3_reference),
        cmocka_unit_test(queries_of_the_s3_reference),
        cmocka_unit_test(the_list_of_users_of_the_iam_guide),
        cmocka_unit_test(requests_of_the_test_suite),
        cmocka_unit_test(a_path_without_odd_characters_is_signed_as_it_is),
        cmocka_unit_test(the_signed_address_of_the_s3_reference),
        cmocka_unit_test(the_signed_address_of_an_upload),
        cmocka_unit_test(keys_with_odd_characters_are_encoded_in_the_address),
    };
    return cmocka_run_group_tests(tests, start, end);
}
