/* Long answers as records: nothing is lost or added between them, and a peer that is gone or asleep ends it.
 */
#include "http/records.h"

#include <fastcgi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_headers.h"

#define REQUEST_ID 258

static int start(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static char *make_text(size_t length)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)('a' + i % 23 + i / 65528 % 3);
    }
    return text;
}

static bool read_all(int descriptor, void *place, size_t length)
{
    for (size_t got = 0; got < length;) {
        ssize_t part = read(descriptor, (char *)place + got, length - got);
        if (part <= 0) {
            return false;
        }
        got += (size_t)part;
    }
    return true;
}

/* Reads records up to the end of the stream and compares their contents with the text. */
static bool matches(int descriptor, const char *text, size_t length)
{
    static char content[65536];
    FCGI_Header header;
    size_t place = 0;
    while (read_all(descriptor, &header, sizeof header)) {
        size_t size = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
        bool good = header.version == FCGI_VERSION_1 && header.type == FCGI_STDOUT &&
                    (header.requestIdB1 << 8 | header.requestIdB0) == REQUEST_ID && size > 0 &&
                    place + size <= length && read_all(descriptor, content, size) &&
                    memcmp(content, text + place, size) == 0 &&
                    read_all(descriptor, content, header.paddingLength);
        if (!good) {
            return false;
        }
        place += size;
    }
    return place == length;
}

static void expect_written(size_t length)
{
    char *text = make_text(length);
    int ends[2];
    int status;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t reader = fork();
    if (reader == 0) {
        close(ends[1]);
        _exit(matches(ends[0], text, length) ? 0 : 1);
    }
    close(ends[0]);
    assert_true(records_write(ends[1], REQUEST_ID, (struct text){text, length}));
    close(ends[1]);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
    free(text);
}

static void texts_of_all_lengths_arrive_whole(void **state)
{
    static const size_t lengths[] = {0,      1,      7,          65527,          65528,  65529,
                                     131056, 131057, 64 * 65528, 64 * 65528 + 1, 9000001};
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        expect_written(lengths[i]);
    }
}

static void a_peer_that_is_gone_ends_it(void **state)
{
    (void)state;
    char *text = make_text(1000000);
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[0]);
    assert_false(records_write(ends[1], REQUEST_ID, (struct text){text, 1000000}));
    close(ends[1]);
    free(text);
}

static void wake_up(int number)
{
    (void)number;
}

static void a_peer_that_sleeps_holds_nobody_beyond_the_alarm(void **state)
{
    (void)state;
    char *text = make_text(9000000);
    const struct itimerval patience = {.it_value.tv_usec = 200000, .it_interval.tv_usec = 20000};
    const struct itimerval none = {.it_value.tv_usec = 0};
    struct sigaction action = {.sa_handler = wake_up};
    int ends[2];
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &patience, NULL), 0);
    assert_false(records_write(ends[1], REQUEST_ID, (struct text){text, 9000000}));
    assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
    close(ends[0]);
    close(ends[1]);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_all_lengths_arrive_whole),
        cmocka_unit_test(a_peer_that_is_gone_ends_it),
        cmocka_unit_test(a_peer_that_sleeps_holds_nobody_beyond_the_alarm),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
