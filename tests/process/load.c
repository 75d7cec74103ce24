/* Clients are processes, since the threads of one would share its fate. */
#include "process/load.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "process/front_end.h"
#include "process/server.h"
#include "support/cmocka_headers.h"

#define MAXIMUM_CLIENTS 8

struct load {
    atomic_size_t answered;
    atomic_size_t failed;
    atomic_bool stop;
    size_t clients;
    pid_t processes[MAXIMUM_CLIENTS];
};

static _Noreturn void ask(struct load *load, const char *socket)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!atomic_load(&load->stop)) {
        if (front_end_get(socket, "/healthz") == 200) {
            atomic_fetch_add(&load->answered, 1);
        } else {
            atomic_fetch_add(&load->failed, 1);
        }
    }
    _exit(0);
}

struct load *load_start(const char *socket, size_t clients)
{
    struct load *load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(load, MAP_FAILED);
    load->clients = clients;
    for (size_t i = 0; i < clients; i++) {
        pid_t process = fork();
        if (process == 0) {
            ask(load, socket);
        }
        assert_true(process > 0);
        load->processes[i] = process;
    }
    return load;
}

size_t load_answered(const struct load *load)
{
    return atomic_load(&load->answered);
}

void load_await(const struct load *load, size_t count)
{
    size_t wanted = load_answered(load) + count;
    for (int i = 0; i < 2000 && load_answered(load) < wanted; i++) {
        usleep(10000);
    }
    assert_true(load_answered(load) >= wanted);
}

size_t load_stop(struct load *load)
{
    atomic_store(&load->stop, true);
    for (size_t i = 0; i < load->clients; i++) {
        assert_int_equal(server_await_end(load->processes[i]), 0);
    }
    size_t failed = atomic_load(&load->failed);
    munmap(load, sizeof(*load));
    return failed;
}
