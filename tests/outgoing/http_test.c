/* Requests to other services keep their limits, reach nobody whom they should not, and carry nothing that was
 * smuggled in. */
#include <unistd.h>

#include "base/clock.h"
#include "outgoing/http.h"
#include "support/context.h"
#include "support/fakes.h"
#include "support/process.h"

static struct arena *memory;
static struct fakes fakes;

static int setup(void **state)
{
    (void)state;
    memory = arena_create(ARENA_MAXIMUM);
    fakes = fakes_start(memory);
    setenv("SSL_CERT_FILE", fakes.certificate, 1);
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("ALL_PROXY");
    unsetenv("all_proxy");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fakes_stop(&fakes);
    arena_destroy(memory);
    return 0;
}

static enum problem send_to(const char *base, const char *path, size_t maximum, struct http_answer *answer)
{
    struct http_call call = {.method = "GET",
                             .address = text_of(arena_print(memory, "%s%s", base, path)),
                             .timeout = 2 * MICROSECONDS_PER_SECOND,
                             .maximum = maximum};

    *answer = (struct http_answer){0};
    start_again();
    return http_send(&test_context, &call, answer);
}

static void an_answer_over_https_is_read(void **state)
{
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to(fakes.address, "/echo", 1000, &answer), PROBLEM_NONE);
    assert_int_equal(answer.status, 200);
    expect_text(answer.body, "hello");
    assert_int_equal(send_to(fakes.address, "/missing", 1000, &answer), PROBLEM_NONE);
    assert_int_equal(answer.status, 404);
    expect_text(answer.body, "nothing");
}

static void a_body_and_headers_arrive_as_they_are(void **state)
{
    struct http_header headers[] = {{"Content-Type", TEXT("application/json")}};
    struct http_call call = {.method = "POST",
                             .address = text_of(arena_print(memory, "%s/echo?a=b", fakes.address)),
                             .headers = headers,
                             .header_count = 1,
                             .body = TEXT("{\"posted\":true}"),
                             .timeout = 2 * MICROSECONDS_PER_SECOND,
                             .maximum = 1000};
    struct http_answer answer;

    (void)state;
    assert_int_equal(http_send(&test_context, &call, &answer), PROBLEM_NONE);
    assert_non_null(strstr(fakes_log(memory, &fakes),
                           "{\"method\": \"POST\", \"path\": \"/echo?a=b\", \"signed\": false, "
                           "\"body\": \"{\\\"posted\\\":true}\", \"target\": \"\", "
                           "\"type\": \"application/json\""));
    call.method = "PUT";
    call.header_count = 0;
    assert_int_equal(http_send(&test_context, &call, &answer), PROBLEM_NONE);
    assert_non_null(strstr(fakes_log(memory, &fakes),
                           "{\"method\": \"PUT\", \"path\": \"/echo?a=b\", \"signed\": false, "
                           "\"body\": \"{\\\"posted\\\":true}\", \"target\": \"\", \"type\": null"));
}

static void no_redirect_is_followed(void **state)
{
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to(fakes.address, "/redirect", 1000, &answer), PROBLEM_NONE);
    assert_int_equal(answer.status, 302);
}

static void an_answer_beyond_its_maximum_is_refused(void **state)
{
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to(fakes.address, "/large", 100000, &answer), PROBLEM_NONE);
    assert_int_equal(answer.body.length, 100000);
    assert_int_equal(send_to(fakes.address, "/large", 99999, &answer), PROBLEM_UNAVAILABLE);
}

static void an_answer_that_is_late_is_not_waited_for(void **state)
{
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to(fakes.address, "/slow", 1000, &answer), PROBLEM_UNAVAILABLE);
}

static void a_server_that_is_not_there_is_unavailable(void **state)
{
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to("https://127.0.0.1:1", "/", 1000, &answer), PROBLEM_UNAVAILABLE);
}

static void a_certificate_that_nobody_signed_is_refused(void **state)
{
    struct http_answer answer;

    (void)state;
    unsetenv("SSL_CERT_FILE");
    pid_t process = fork();
    if (process == 0) {
        _exit(send_to(fakes.address, "/untrusted", 1000, &answer) == PROBLEM_UNAVAILABLE ? 0 : 1);
    }
    setenv("SSL_CERT_FILE", fakes.certificate, 1);
    assert_int_equal(process_wait(process), 0);
    assert_int_equal(fakes_count(memory, &fakes, "/untrusted"), 0);
    struct text port = text_part(text_of(fakes.address), strlen("https://127.0.0.1:"), 5);
    assert_int_equal(
        send_to(arena_print(memory, "https://localhost:%.*s", TEXT_ARGUMENTS(port)), "/other", 1000, &answer),
        PROBLEM_UNAVAILABLE);
    assert_int_equal(fakes_count(memory, &fakes, "/other"), 0);
}

static void http_without_tls_reaches_this_machine_only(void **state)
{
    static const char *const refused[] = {"http://192.0.2.1",
                                          "http://127.0.0.1.example.test",
                                          "http://localhost.test",
                                          "ftp://127.0.0.1",
                                          "file:///etc/passwd",
                                          "gopher://127.0.0.1",
                                          "https://user:word@127.0.0.1",
                                          "127.0.0.1",
                                          "https://127.0.0.1/\r\nX: y",
                                          ""};
    struct http_answer answer;

    (void)state;
    assert_int_equal(send_to(fakes.open, "/echo", 1000, &answer), PROBLEM_NONE);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(send_to(refused[i], "", 1000, &answer), PROBLEM_INTERNAL);
    }
}

static void a_line_break_in_a_header_is_refused(void **state)
{
    struct http_header headers[] = {{"X-Amz-Date", TEXT("a\r\nX-Injected: b")}};
    struct http_call call = {.method = "GET",
                             .address = text_of(arena_print(memory, "%s/injected", fakes.address)),
                             .headers = headers,
                             .header_count = 1,
                             .timeout = MICROSECONDS_PER_SECOND,
                             .maximum = 1000};
    struct http_answer answer;

    (void)state;
    assert_int_equal(http_send(&test_context, &call, &answer), PROBLEM_INTERNAL);
    assert_int_equal(fakes_count(memory, &fakes, "/injected"), 0);
}

static void an_answer_can_go_to_a_file(void **state)
{
    FILE *file = tmpfile();
    int place = fileno(file);
    struct http_call call = {.method = "GET",
                             .address = text_of(arena_print(memory, "%s/large", fakes.address)),
                             .timeout = 2 * MICROSECONDS_PER_SECOND,
                             .maximum = 100000,
                             .place = &place};
    struct http_answer answer;

    (void)state;
    assert_int_equal(http_send(&test_context, &call, &answer), PROBLEM_NONE);
    assert_int_equal(lseek(place, 0, SEEK_END), 100000);
    assert_null(answer.body.data);
    fclose(file);
}

static void connections_are_kept(void **state)
{
    struct http_answer answer;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_to(fakes.address, "/kept", 1000, &answer), PROBLEM_NONE);
    }
    const char *first = strstr(fakes_log(memory, &fakes), "/kept");
    assert_non_null(first);
    const char *client = strstr(first, "\"client\": ");
    assert_non_null(client);
    client = arena_copy(memory, client, strcspn(client, "}"));
    assert_true(fakes_count(memory, &fakes, client) >= 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_CONTEXT(an_answer_over_https_is_read),
        IN_CONTEXT(a_body_and_headers_arrive_as_they_are),
        IN_CONTEXT(no_redirect_is_followed),
        IN_CONTEXT(an_answer_beyond_its_maximum_is_refused),
        IN_CONTEXT(an_answer_that_is_late_is_not_waited_for),
        IN_CONTEXT(a_server_that_is_not_there_is_unavailable),
        IN_CONTEXT(a_certificate_that_nobody_signed_is_refused),
        IN_CONTEXT(http_without_tls_reaches_this_machine_only),
        IN_CONTEXT(a_line_break_in_a_header_is_refused),
        IN_CONTEXT(an_answer_can_go_to_a_file),
        IN_CONTEXT(connections_are_kept),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
