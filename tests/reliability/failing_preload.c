/* Loaded before muster by LD_PRELOAD: lets the calls that a test has chosen fail, in one process and within
 * one request. Without the test's file everything is as ever. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reliability/failing.h"

/* Headers have names for parameters that only they may use.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* What glibc's own allocator is called by those who take its place. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static struct failing *failing;
static bool inside; /* of a request of the process that is meant */
static long blocks;

/* Whether this call, which is of that kind, is one that fails. */
static bool fails(enum failing_kind kind)
{
    if (!inside || failing->kind != kind) {
        return false;
    }
    long number = ++failing->calls;
    return failing->chosen > 0 && (failing->onwards ? number >= failing->chosen : number == failing->chosen);
}

/* --- Memory --- */

static bool memory_fails(void)
{
    if (fails(FAILING_ALLOCATION)) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

static void *counted(void *memory)
{
    blocks += memory != NULL;
    return memory;
}

void *malloc(size_t size)
{
    return memory_fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return memory_fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
    if (memory_fails()) {
        return NULL;
    }
    if (memory == NULL) {
        return counted(__libc_realloc(NULL, size));
    }
    blocks -= size == 0;
    return __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    size_t product = 0;
    if (__builtin_mul_overflow(count, size, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(memory, product);
}

void *memalign(size_t alignment, size_t size)
{
    return memory_fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}

void free(void *memory)
{
    blocks -= memory != NULL;
    __libc_free(memory);
}

/* --- Requests --- */

static void end_request(void)
{
    if (inside) {
        inside = false;
        failing->blocks = blocks;
        failing->requests++;
    }
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags)
{
    static int (*next)(int, struct sockaddr *, socklen_t *, int);
    if (next == NULL) {
        next = (int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
    }
    end_request();
    int descriptor = next(listener, address, length, flags);
    if (descriptor >= 0 && failing != NULL && failing->process == getpid()) {
        failing->calls = 0;
        inside = true;
    }
    return descriptor;
}

int epoll_wait(int epoll, struct epoll_event *events, int maximum, int timeout)
{
    static int (*next)(int, struct epoll_event *, int, int);
    if (next == NULL) {
        next = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
    }
    end_request();
    return next(epoll, events, maximum, timeout);
}

/* --- libpq --- */

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

typedef int query_function(PGconn *, const char *, int, const Oid *, const char *const *, const int *,
                           const int *, int);
typedef int prepared_function(PGconn *, const char *, int, const char *const *, const int *, const int *,
                              int);
typedef int prepare_function(PGconn *, const char *, const char *, int, const Oid *);
typedef int plain_function(PGconn *);
typedef PGresult *result_function(PGconn *);

static int send_other(PGconn *connection)
{
    return NEXT("PQsendQueryParams", query_function *)(connection, failing->statement, 0, NULL, NULL, NULL,
                                                       NULL, 0);
}

int PQsendQueryParams(PGconn *connection, const char *command, int count, const Oid *types,
                      const char *const *values, const int *lengths, const int *formats, int format)
{
    bool committing = strcmp(command, "COMMIT") == 0;
    bool other = fails(FAILING_STATEMENT);
    bool failed = fails(FAILING_CALL);
    if (inside && (other || failed)) {
        failing->committing = failing->committing || committing;
    }
    return failed  ? 0
           : other ? send_other(connection)
                   : NEXT("PQsendQueryParams", query_function *)(connection, command, count, types, values,
                                                                 lengths, formats, format);
}

int PQsendQueryPrepared(PGconn *connection, const char *name, int count, const char *const *values,
                        const int *lengths, const int *formats, int format)
{
    return fails(FAILING_CALL)        ? 0
           : fails(FAILING_STATEMENT) ? send_other(connection)
                                      : NEXT("PQsendQueryPrepared", prepared_function *)(
                                            connection, name, count, values, lengths, formats, format);
}

int PQsendPrepare(PGconn *connection, const char *name, const char *query, int count, const Oid *types)
{
    return fails(FAILING_CALL) ? 0
           : fails(FAILING_STATEMENT)
               ? send_other(connection)
               : NEXT("PQsendPrepare", prepare_function *)(connection, name, query, count, types);
}

int PQpipelineSync(PGconn *connection)
{
    return fails(FAILING_CALL) ? 0 : NEXT("PQpipelineSync", plain_function *)(connection);
}

int PQflush(PGconn *connection)
{
    return fails(FAILING_CALL) ? -1 : NEXT("PQflush", plain_function *)(connection);
}

int PQconsumeInput(PGconn *connection)
{
    return fails(FAILING_CALL) ? 0 : NEXT("PQconsumeInput", plain_function *)(connection);
}

/* The end of a pipeline is no result of a statement. */
PGresult *PQgetResult(PGconn *connection)
{
    PGresult *result = NEXT("PQgetResult", result_function *)(connection);
    if (result != NULL && PQresultStatus(result) != PGRES_PIPELINE_SYNC && fails(FAILING_RESULT)) {
        failing->committing = failing->committing || strcmp(PQcmdStatus(result), "COMMIT") == 0;
        PQclear(result);
        return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
    }
    return result;
}

/* --- Ends --- */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* What is called here may be unsafe in a handler: the process ends anyway, and nothing else is to be lost.
 * NOLINTBEGIN(bugprone-signal-handler) */

/* The nearest caller that is neither the C library nor this object. */
static void note_place(void)
{
    void *frames[32];
    Dl_info self;
    if (failing == NULL || failing->process != getpid() || dladdr((void *)note_place, &self) == 0) {
        return;
    }
    inside = false;
    int count = backtrace(frames, 32);
    for (int i = 0; i < count; i++) {
        Dl_info place;
        if (dladdr(frames[i], &place) != 0 && place.dli_fbase != self.dli_fbase &&
            strncmp(base_of(place.dli_fname), "libc.so", 7) != 0) {
            (void)snprintf(failing->died_in, sizeof failing->died_in, "%s", base_of(place.dli_fname));
            return;
        }
    }
}

/* SIGABRT and the like have their usual effect once they are told. */
static void tell_end(int number)
{
    note_place();
    signal(number, SIG_DFL);
    raise(number);
}
/* NOLINTEND(bugprone-signal-handler) */

__attribute__((constructor)) static void begin(void)
{
    static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    const char *path = getenv(FAILING_VARIABLE);
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) {
        return;
    }
    struct failing *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    failing = shared != MAP_FAILED ? shared : NULL;
    void *frames[2];
    /* It loads what it needs at its first call. */
    (void)backtrace(frames, 2);
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        signal(deadly[i], tell_end);
    }
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
