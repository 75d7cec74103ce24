/* Answers, byte by byte: up to the limits of a record, and beyond what a peer takes. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/reply.h"
#include "support/cmocka_headers.h"

#define REQUEST 0x0102

static struct reply reply;
static int ends[2]; /* the front end's, ours */

static int connect_both(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int disconnect(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void expect_bytes(const void *bytes, size_t length)
{
    static char received[3 * REPLY_ROOM];
    assert_true(length <= sizeof received);
    assert_int_equal(recv(ends[0], received, length, MSG_WAITALL), length);
    assert_memory_equal(received, bytes, length);
}

static void expect_header(int type, size_t length)
{
    const unsigned char header[] = {
        1, (unsigned char)type, 1, 2, (unsigned char)(length >> 8), (unsigned char)length, 0, 0};
    expect_bytes(header, sizeof header);
}

/* The empty record that ends the stream, the end of the request, and nothing behind it. */
static void expect_end(void)
{
    static const char complete[8];
    char byte;
    expect_header(6, 0);
    expect_header(3, sizeof complete);
    expect_bytes(complete, sizeof complete);
    assert_int_equal(recv(ends[0], &byte, 1, MSG_DONTWAIT), -1);
}

static void an_answer_is_one_record_and_its_end(void **state)
{
    (void)state;
    reply_start(&reply, ends[1], REQUEST);
    reply_add(&reply, TEXT("Status: 200 OK\r\n\r\n"));
    reply_add(&reply, NO_TEXT);
    reply_add(&reply, TEXT("four"));
    reply_finish(&reply);
    expect_header(6, 22);
    expect_bytes("Status: 200 OK\r\n\r\nfour", 22);
    expect_end();
    assert_false(reply.failed);
}

/* Whatever was left behind by the answer before. */
static void the_next_answer_begins_anew(void **state)
{
    (void)state;
    reply_start(&reply, -1, REQUEST + 1);
    reply_add(&reply, TEXT("never sent"));
    reply_finish(&reply);
    assert_true(reply.failed);
    an_answer_is_one_record_and_its_end(state);
}

static char content[3 * REPLY_ROOM];

/* Adds that many bytes in two parts, of which the first and the rest arrive in records of these lengths. */
static void expect_records(size_t first, size_t rest, size_t first_record, size_t second_record)
{
    assert_true(first + rest <= sizeof content);
    for (size_t i = 0; i < first + rest; i++) {
        content[i] = (char)('a' + i % 25);
    }
    reply_start(&reply, ends[1], REQUEST);
    reply_add(&reply, (struct text){content, first});
    reply_add(&reply, (struct text){content + first, rest});
    reply_finish(&reply);
    expect_header(6, first_record);
    expect_bytes(content, first_record);
    if (second_record > 0) {
        expect_header(6, second_record);
        expect_bytes(content + first_record, second_record);
    }
    expect_end();
    assert_false(reply.failed);
}

static void what_fits_is_one_record_and_what_is_longer_goes_out_by_itself(void **state)
{
    (void)state;
    expect_records(1, 0, 1, 0);
    expect_records(0, 1, 1, 0);
    expect_records(10, REPLY_ROOM - 10, REPLY_ROOM, 0);
    expect_records(REPLY_ROOM, 0, REPLY_ROOM, 0);
    expect_records(REPLY_ROOM, 1, REPLY_ROOM, 1);
    expect_records(10, REPLY_ROOM - 9, 10, REPLY_ROOM - 9);
    expect_records(10, REPLY_ROOM, 10, REPLY_ROOM);
    expect_records(10, REPLY_ROOM + 1, 10, REPLY_ROOM + 1);
    expect_records(10, 65528, 10, 65528);
}

static void nobody_waits_for_a_peer_that_is_gone(void **state)
{
    (void)state;
    assert_int_equal(shutdown(ends[0], SHUT_RD), 0);
    reply_start(&reply, ends[1], REQUEST);
    reply_add(&reply, TEXT("Status: 200 OK\r\n\r\n"));
    reply_finish(&reply);
    assert_true(reply.failed);
}

static void interrupt(int number)
{
    (void)number;
}

/* More than the kernel keeps for a peer that does not read. What was broken off is not ended. */
static void a_signal_ends_a_write_that_waits(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = interrupt};
    const struct itimerval again = {.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000};
    const struct itimerval never = {.it_value.tv_usec = 0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &again, NULL), 0);
    reply_start(&reply, ends[1], REQUEST);
    for (int i = 0; i < 100; i++) {
        reply_add(&reply, (struct text){content, i % 2 == 0 ? REPLY_ROOM : sizeof content});
    }
    assert_true(reply.failed);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    while (recv(ends[0], content, sizeof content, 0) > 0) {
    }
    reply_finish(&reply);
    assert_int_equal(recv(ends[0], content, sizeof content, 0), -1);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connect_both, disconnect)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_one_record_and_its_end),
        TEST(the_next_answer_begins_anew),
        TEST(what_fits_is_one_record_and_what_is_longer_goes_out_by_itself),
        TEST(nobody_waits_for_a_peer_that_is_gone),
        TEST(a_signal_ends_a_write_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
