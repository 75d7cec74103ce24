/* The records that answers go out in, read back by the byte: short ones, and those that need several. */
#include "http/fastcgi_answer.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_headers.h"

#define LARGEST 300000

/* What came out of the records. */
static unsigned char received[LARGEST + 1024];
static unsigned char output[LARGEST + 1024];
static size_t output_length;
static int ended;

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    arena = arena_create(2 * LARGEST);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct request *request_with_body(size_t length)
{
    static struct request request;

    arena_reset(arena);
    request = (struct request){.context.arena = arena};
    request.response.status = 200;
    request.response.type = "text/plain";
    request.response.headers[request.response.header_count++] = (struct header){"X-One", TEXT("1")};
    builder_start(&request.response.body, arena, length + 1, length + 1);
    for (size_t i = 0; i < length; i++) {
        builder_add_character(&request.response.body, (char)('a' + i % 23));
    }
    return &request;
}

static size_t read_to_end(int descriptor)
{
    size_t length = 0;
    ssize_t count;

    do {
        count = read(descriptor, received + length, sizeof received - length);
        length += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    return length;
}

static void take_records(size_t length)
{
    output_length = 0;
    ended = 0;
    for (size_t at = 0; at < length;) {
        const unsigned char *head = received + at;
        size_t content = (size_t)head[4] << 8 | head[5];

        assert_int_equal(head[0], 1);
        assert_int_equal(head[2] << 8 | head[3], 259);
        assert_true(at + 8 + content + head[6] <= length);
        assert_false(ended);
        if (head[1] == 6) {
            memcpy(output + output_length, head + 8, content);
            output_length += content;
        } else {
            assert_int_equal(head[1], 3);
            assert_int_equal(content, 8);
            ended = 1;
        }
        at += 8 + content + head[6];
    }
    assert_true(ended);
}

/* Another process writes, because a long answer does not fit between the two ends. */
static void exchange(const struct request *request)
{
    int ends[2];
    int status = -1;
    pid_t writer;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        close(ends[0]);
        _exit(fastcgi_answer(ends[1], 259, request) ? 0 : 1);
    }
    close(ends[1]);
    take_records(read_to_end(ends[0]));
    close(ends[0]);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
}

static void check_answer(size_t length)
{
    const struct request *request = request_with_body(length);
    char head[128];
    int head_length = snprintf(
        head, sizeof head,
        "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nX-One: 1\r\n\r\n", length);

    exchange(request);
    assert_int_equal(output_length, (size_t)head_length + length);
    assert_memory_equal(output, head, (size_t)head_length);
    assert_memory_equal(output + head_length, request->response.body.data, length);
}

/* 65535 bytes are a full record; with its head of 77 bytes, so is an answer of 65458. */
static void answers_of_every_length_come_whole(void **state)
{
    static const size_t lengths[] = {0, 1, 8192, 65450, 65457, 65458, 65459, 65535, 65536, 131070, LARGEST};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        check_answer(lengths[i]);
    }
}

static void a_head_alone_keeps_the_length(void **state)
{
    struct request *request = request_with_body(5);

    (void)state;
    request->incoming.method = METHOD_HEAD;
    exchange(request);
    output[output_length] = '\0';
    assert_string_equal(
        (const char *)output,
        "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-One: 1\r\n\r\n");
}

static void a_peer_that_is_gone_is_told(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    close(ends[0]);
    assert_false(fastcgi_answer(ends[1], 1, request_with_body(5)));
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_every_length_come_whole),
        cmocka_unit_test(a_head_alone_keeps_the_length),
        cmocka_unit_test(a_peer_that_is_gone_is_told),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
