/* Reading requests and writing answers, over a pair of sockets: what comes whole is served, what does not is
 * never run. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/fastcgi.h"
#include "process/front_end.h"
#include "support/cmocka_headers.h"

#define BODY_LIMIT 100

static struct arena *arena;
static struct incoming seen; /* by the last call of an answer function */
static int calls;

static int start(void **state)
{
    (void)state;
    arena = arena_create(64 * 1024);
    return arena == NULL || fastcgi_start() != 0;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    arena_reset(arena);
    calls = 0;
    return 0;
}

static void answer_plainly(struct request *request)
{
    calls++;
    seen = request->incoming;
    builder_start(&request->response.body, arena, 64, 64);
    BUILDER_ADD_LITERAL(&request->response.body, "four");
    request->response.status = 200;
    request->response.type = "text/plain";
    request->response.headers[0] = (struct header){"X-One", TEXT("1")};
    request->response.headers[1] = (struct header){"X-Two", TEXT("2")};
    request->response.header_count = 2;
}

static void answer_nothing(struct request *request)
{
    calls++;
    builder_start(&request->response.body, arena, 64, 64);
    request->response.status = 204;
}

/* Longer than a record, so that it goes out in several. */
static void answer_at_length(struct request *request)
{
    calls++;
    builder_start(&request->response.body, arena, 48 * 1024, 48 * 1024);
    while (request->response.body.length < 40000) {
        BUILDER_ADD_LITERAL(&request->response.body, "0123456789");
    }
    request->response.status = 200;
    request->response.type = "text/plain";
}

static struct request *new_request(void)
{
    static struct request request;
    memset(&request, 0, sizeof(request));
    request.context.arena = arena;
    return &request;
}

/* Sends the message, ends the sending side, serves, and gives the answer. */
static bool exchange(const struct message *message, void (*answer)(struct request *request),
                     struct answer *received)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_true(front_end_send(ends[0], message, 0, message->length));
    assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
    bool served = fastcgi_serve(ends[1], new_request(), BODY_LIMIT, answer);
    assert_int_equal(fcntl(ends[1], F_GETFD), -1);
    front_end_receive(ends[0], received);
    return served;
}

static void a_request_is_understood(void **state)
{
    (void)state;
    struct message message;
    struct answer answer;
    message_begin(&message);
    message_add_parameters(&message, "REQUEST_METHOD", "PATCH", "REQUEST_URI", "/a%20b/c?d=e?f",
                           "CONTENT_TYPE", "application/json", "CONTENT_LENGTH", "5", "REMOTE_ADDR",
                           "192.0.2.7", "HTTP_X_Y", "z", NULL);
    message_add_body(&message, "hello");
    assert_true(exchange(&message, answer_plainly, &answer));
    assert_int_equal(calls, 1);
    assert_int_equal(seen.method, METHOD_PATCH);
    assert_int_equal(seen.content_length, 5);
    assert_true(text_equal_string(seen.body, "hello"));
    assert_string_equal(answer.text, "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
                                     "X-One: 1\r\nX-Two: 2\r\n\r\nfour");
    assert_true(answer.complete);
}

/* The parameters die with the connection, so they are looked at where they live. */
static void look_at_parameters(struct request *request)
{
    const struct incoming *incoming = &request->incoming;
    assert_true(text_equal_string(incoming->method_text, "BREW"));
    assert_int_equal(incoming->method, METHOD_OTHER);
    assert_true(text_equal_string(incoming->path, "/coffee/pot"));
    assert_true(text_equal_string(incoming->query, "milk=no&milk=yes"));
    assert_true(text_equal_string(incoming->uri, "/coffee/pot?milk=no&milk=yes"));
    assert_true(text_equal_string(incoming->address, "192.0.2.7"));
    assert_true(text_equal_string(incoming->content_type, "a/b"));
    assert_string_equal(incoming->header(incoming->owner, "HTTP_X_Y"), "z");
    assert_null(incoming->header(incoming->owner, "HTTP_X"));
    answer_plainly(request);
}

static void parts_stand_for_a_missing_uri(void **state)
{
    (void)state;
    struct message message;
    struct answer answer;
    message_begin(&message);
    message_add_parameters(&message, "REQUEST_METHOD", "BREW", "SCRIPT_NAME", "/coffee", "PATH_INFO", "/pot",
                           "QUERY_STRING", "milk=no&milk=yes", "CONTENT_TYPE", "a/b", "REMOTE_ADDR",
                           "192.0.2.7", "HTTP_X_Y", "z", NULL);
    message_add_body(&message, "");
    assert_true(exchange(&message, look_at_parameters, &answer));
    assert_int_equal(answer.status, 200);
}

static void a_head_has_a_length_but_no_body(void **state)
{
    (void)state;
    struct message message;
    struct answer answer;
    message_begin(&message);
    message_add_parameters(&message, "REQUEST_METHOD", "HEAD", "REQUEST_URI", "/", NULL);
    message_add_body(&message, "");
    assert_true(exchange(&message, answer_plainly, &answer));
    assert_non_null(strstr(answer.text, "Content-Length: 4\r\n"));
    assert_string_equal(answer.body, "");
}

static void no_content_has_neither_type_nor_length(void **state)
{
    (void)state;
    struct message message;
    struct answer answer;
    message_get(&message, "/");
    assert_true(exchange(&message, answer_nothing, &answer));
    assert_string_equal(answer.text, "Status: 204 No Content\r\n\r\n");
    assert_true(answer.complete);
}

static void a_long_answer_comes_whole(void **state)
{
    (void)state;
    struct message message;
    struct answer answer;
    message_get(&message, "/");
    assert_true(exchange(&message, answer_at_length, &answer));
    assert_true(answer.complete);
    assert_non_null(strstr(answer.text, "Content-Length: 40000\r\n"));
    assert_int_equal(strlen(answer.text), sizeof(answer.text) - 1);
}

static struct message message_with_body(const char *length, const char *body)
{
    struct message message;
    message_begin(&message);
    message_add_parameters(&message, "REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", length,
                           NULL);
    message_add_body(&message, body);
    return message;
}

static void a_body_of_the_largest_size_is_kept(void **state)
{
    (void)state;
    char body[BODY_LIMIT + 1] = "";
    struct answer answer;
    memset(body, 'x', BODY_LIMIT);
    struct message message = message_with_body("100", body);
    assert_true(exchange(&message, answer_plainly, &answer));
    assert_int_equal(seen.body.length, 100);
}

static void a_larger_body_is_read_but_not_kept(void **state)
{
    (void)state;
    char body[BODY_LIMIT + 2] = "";
    struct answer answer;
    memset(body, 'x', BODY_LIMIT + 1);
    struct message message = message_with_body("101", body);
    assert_true(exchange(&message, answer_plainly, &answer));
    assert_int_equal(seen.content_length, 101);
    assert_int_equal(seen.body.length, 0);
    assert_int_equal(answer.status, 200);
}

static void a_malformed_length_is_told(void **state)
{
    (void)state;
    static const char *const lengths[] = {"x", "-1", "1x", "99999999999999999999", " 1"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct answer answer;
        struct message message = message_with_body(lengths[i], "x");
        assert_true(exchange(&message, answer_plainly, &answer));
        assert_int_equal(seen.content_length, -1);
        assert_int_equal(seen.body.length, 0);
    }
}

static void a_body_of_another_length_is_not_run(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "four", "sixsix"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct answer answer;
        struct message message = message_with_body("5", bodies[i]);
        assert_false(exchange(&message, answer_plainly, &answer));
        assert_int_equal(answer.text[0], '\0');
    }
    assert_int_equal(calls, 0);
}

static void a_body_beyond_memory_counts_as_too_large(void **state)
{
    (void)state;
    struct answer answer;
    struct message message =
        message_with_body("90", "012345678901234567890123456789012345678901234567890123456789"
                                "012345678901234567890123456789");
    struct arena *whole = arena;
    arena = arena_create(16);
    assert_non_null(arena);
    struct arena *small = arena;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_true(front_end_send(ends[0], &message, 0, message.length));
    struct request *request = new_request();
    arena = whole;
    assert_true(fastcgi_serve(ends[1], request, BODY_LIMIT, answer_plainly));
    front_end_receive(ends[0], &answer);
    arena_destroy(small);
    assert_int_equal(answer.status, 200);
    assert_true(seen.content_length > BODY_LIMIT);
}

/* Wherever the front end stops, nothing is run, and nothing is answered. */
static void half_a_request_is_not_run(void **state)
{
    (void)state;
    struct message whole = message_with_body("5", "hello");
    for (size_t length = 0; length < whole.length; length++) {
        struct answer answer;
        struct message part = whole;
        part.length = length;
        assert_false(exchange(&part, answer_plainly, &answer));
        assert_int_equal(answer.text[0], '\0');
    }
    assert_int_equal(calls, 0);
    struct answer answer;
    assert_true(exchange(&whole, answer_plainly, &answer));
    assert_int_equal(calls, 1);
}

static void other_roles_and_garbage_are_not_run(void **state)
{
    (void)state;
    static const unsigned char begins[][16] = {
        {1, 1, 0, 1, 0, 8, 0, 0, 0, 9},       /* an unknown role */
        {1, 1, 0, 0, 0, 8, 0, 0, 0, 1},       /* request 0 */
        {2, 1, 0, 1, 0, 8, 0, 0, 0, 1},       /* another version */
        {1, 1, 0, 1, 0, 7, 1, 0, 0, 1},       /* a short beginning */
        {1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1}, /* parameters first */
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    };
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        struct message message = {.length = 0};
        struct answer answer;
        message_add(&message, begins[i], sizeof(begins[i]));
        message_add_parameters(&message, "REQUEST_METHOD", "GET", "REQUEST_URI", "/", NULL);
        message_add_body(&message, "");
        assert_false(exchange(&message, answer_plainly, &answer));
    }
    assert_int_equal(calls, 0);
}

static void lengths_that_lie_are_not_run(void **state)
{
    (void)state;
    static const unsigned char parameters[][12] = {
        {0x80, 0, 0, 1, 0x80, 0x10, 0, 0, 'A', 'B'},
        {0x80, 0x10, 0, 0, 1, 'A', 'B'},
        {200, 200, 'A'},
    };
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        struct message message;
        struct answer answer;
        message_begin(&message);
        message_add_record(&message, RECORD_PARAMETERS, parameters[i], sizeof(parameters[i]));
        message_add_record(&message, RECORD_PARAMETERS, "", 0);
        message_add_body(&message, "");
        assert_false(exchange(&message, answer_plainly, &answer));
    }
    assert_int_equal(calls, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_understood),
        TEST(parts_stand_for_a_missing_uri),
        TEST(a_head_has_a_length_but_no_body),
        TEST(no_content_has_neither_type_nor_length),
        TEST(a_long_answer_comes_whole),
        TEST(a_body_of_the_largest_size_is_kept),
        TEST(a_larger_body_is_read_but_not_kept),
        TEST(a_malformed_length_is_told),
        TEST(a_body_of_another_length_is_not_run),
        TEST(a_body_beyond_memory_counts_as_too_large),
        TEST(half_a_request_is_not_run),
        TEST(other_roles_and_garbage_are_not_run),
        TEST(lengths_that_lie_are_not_run),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
