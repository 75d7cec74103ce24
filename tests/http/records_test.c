/* Answers as FastCGI records, byte by byte, up to the limits of a record and beyond what a peer takes. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/records.h"
#include "support/cmocka_headers.h"

#define REQUEST 0x0102

static struct records records;
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
    static char received[RECORD_CONTENT];
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
    records_start(&records, ends[1], REQUEST);
    records_add(&records, TEXT("Status: 200 OK\r\n\r\n"));
    records_add(&records, NO_TEXT);
    records_add(&records, TEXT("four"));
    records_finish(&records);
    expect_header(6, 22);
    expect_bytes("Status: 200 OK\r\n\r\nfour", 22);
    expect_end();
    assert_false(records.failed);
}

/* Whatever was left behind by the answer before. */
static void the_next_answer_begins_anew(void **state)
{
    (void)state;
    records_start(&records, -1, REQUEST + 1);
    records_add(&records, TEXT("never sent"));
    records_finish(&records);
    assert_true(records.failed);
    an_answer_is_one_record_and_its_end(state);
}

/* Adds `length` bytes in two parts. */
static void expect_records(size_t first, size_t length)
{
    static char content[4 * RECORD_CONTENT];
    assert_true(length <= sizeof content);
    for (size_t i = 0; i < length; i++) {
        content[i] = (char)('a' + i % 25);
    }
    records_start(&records, ends[1], REQUEST);
    records_add(&records, (struct text){content, first});
    records_add(&records, (struct text){content + first, length - first});
    records_finish(&records);
    for (size_t sent = 0; sent < length;) {
        size_t part = length - sent < RECORD_CONTENT ? length - sent : RECORD_CONTENT;
        expect_header(6, part);
        expect_bytes(content + sent, part);
        sent += part;
    }
    expect_end();
}

static void what_is_longer_goes_out_in_several(void **state)
{
    (void)state;
    static const size_t lengths[] = {1,
                                     RECORD_CONTENT - 1,
                                     RECORD_CONTENT,
                                     RECORD_CONTENT + 1,
                                     2 * RECORD_CONTENT - 1,
                                     2 * RECORD_CONTENT,
                                     3 * RECORD_CONTENT + 7};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        expect_records(0, lengths[i]);
        expect_records(1, lengths[i]);
        expect_records(lengths[i] - 1, lengths[i]);
    }
}

static void nobody_waits_for_a_peer_that_is_gone(void **state)
{
    (void)state;
    assert_int_equal(shutdown(ends[0], SHUT_RD), 0);
    records_start(&records, ends[1], REQUEST);
    records_add(&records, TEXT("Status: 200 OK\r\n\r\n"));
    records_finish(&records);
    assert_true(records.failed);
}

static void interrupt(int number)
{
    (void)number;
}

/* More than the kernel keeps for a peer that does not read. */
static void a_signal_ends_a_write_that_waits(void **state)
{
    (void)state;
    static const char content[8 * RECORD_CONTENT];
    const struct sigaction action = {.sa_handler = interrupt};
    const struct itimerval again = {.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000};
    const struct itimerval never = {.it_value.tv_usec = 0};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &again, NULL), 0);
    records_start(&records, ends[1], REQUEST);
    for (int i = 0; i < 100; i++) {
        records_add(&records, (struct text){content, sizeof content});
    }
    records_finish(&records);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(records.failed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connect_both, disconnect)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_one_record_and_its_end), TEST(the_next_answer_begins_anew),
        TEST(what_is_longer_goes_out_in_several),  TEST(nobody_waits_for_a_peer_that_is_gone),
        TEST(a_signal_ends_a_write_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
