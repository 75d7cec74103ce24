/* Slots hold over processes, and those of a process that dies are free again. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/slots.h"
#include "support/cmocka_headers.h"

/* A child that takes a slot, says so on `told`, and keeps it until it is killed or may read from `leave`. */
static pid_t start_holder(int told, int leave)
{
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        char byte = 0;
        alarm(20);
        slots_take();
        bool done = write(told, "x", 1) == 1 && read(leave, &byte, 1) >= 0;
        slots_release();
        _exit(done && write(told, "y", 1) == 1 ? 0 : 1);
    }
    return process;
}

static bool somebody_waits(const int told[2])
{
    char byte;
    usleep(50000);
    return read(told[0], &byte, 1) < 0;
}

static char next_byte(const int told[2])
{
    char byte = 0;
    for (int i = 0; i < 2000 && read(told[0], &byte, 1) != 1; i++) {
        usleep(10000);
    }
    return byte;
}

static void without_slots_nothing_waits(void **state)
{
    (void)state;
    slots_take();
    slots_release();
}

static void slots_bound_what_goes_on_at_one_time(void **state)
{
    (void)state;
    int told[2];
    int leave[2];
    assert_int_equal(pipe2(told, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pipe2(leave, O_CLOEXEC), 0);
    assert_int_equal(slots_create(2), 0);
    pid_t holders[3];
    for (size_t i = 0; i < 3; i++) {
        holders[i] = start_holder(told[1], leave[0]);
    }
    assert_int_equal(next_byte(told), 'x');
    assert_int_equal(next_byte(told), 'x');
    assert_true(somebody_waits(told));
    assert_int_equal(write(leave[1], "zzz", 3), 3);
    int left = 0;
    for (int i = 0; i < 4; i++) {
        left += next_byte(told) == 'y';
    }
    assert_int_equal(left, 3);
    for (size_t i = 0; i < 3; i++) {
        int status = -1;
        assert_int_equal(waitpid(holders[i], &status, 0), holders[i]);
        assert_int_equal(status, 0);
    }
}

static void a_slot_of_the_dead_is_free(void **state)
{
    (void)state;
    int told[2];
    int leave[2];
    assert_int_equal(pipe2(told, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pipe2(leave, O_CLOEXEC), 0);
    assert_int_equal(slots_create(1), 0);
    pid_t first = start_holder(told[1], leave[0]);
    assert_int_equal(next_byte(told), 'x');
    pid_t second = start_holder(told[1], leave[0]);
    assert_true(somebody_waits(told));
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_equal(waitpid(first, NULL, 0), first);
    assert_int_equal(next_byte(told), 'x');
    assert_int_equal(kill(second, SIGKILL), 0);
    assert_int_equal(waitpid(second, NULL, 0), second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_slots_nothing_waits),
        cmocka_unit_test(slots_bound_what_goes_on_at_one_time),
        cmocka_unit_test(a_slot_of_the_dead_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
