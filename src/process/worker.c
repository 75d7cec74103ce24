/* The accept loop. Stop signals are blocked for good and read from a descriptor beside the sockets: so none
 * is lost under load, and none interrupts libfcgi or libpq in the middle of a request. */
#include "process/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "database/standby.h"
#include "http/fastcgi.h"
#include "http/metrics.h"
#include "http/pipeline.h"
#include "process/network_peers.h"

/* Slow workers give way: by their niceness, and by running so few nanoseconds (the least there is) until the
 * kernel asks who should run next. By itself it may let them go on for milliseconds before whoever answers a
 * quick request runs. */
#define SLOW_POOL_NICENESS 15
#define SLOW_POOL_SLICE    100000

/* An answer up to here fits into the buffers of a socket, so that writing it never waits. */
#define SMALL_ANSWER ((size_t)32 * 1024)

#define SERVED_AT_ONCE 16

/* The alarm rings again and again, because one that rings just before a call to the kernel does not interrupt
 * it. It is turned off where it rings for nothing, so that a usual request never has to. */
#define ALARM_INTERVAL 20000

struct worker {
    const struct worker_task *task;
    struct arena *arena;
    struct database *database;
    int events;    /* the epoll descriptor */
    int signals;   /* the signalfd */
    int64_t share; /* requests left; negative: no limit */
    struct itimerval patience;
    volatile sig_atomic_t waiting; /* for the peer: the alarm is meant */
    bool leaving;
    struct request request;
};

/* There is one a process. */
static struct worker worker;

static void name_process(const struct worker_task *task)
{
    static const char *const names[POOL_COUNT][2] = {
        {"worker", "muster-worker"}, {"slow worker", "muster-slow"}, {"health worker", "muster-health"}};
    char name[32];
    snprintf(name, sizeof(name), "%s %zu", names[task->pool][0], task->slot);
    log_set_process(name);
    prctl(PR_SET_NAME, names[task->pool][1], 0, 0, 0);
}

/* Whatever is interrupted while nobody waits for the peer is taken up again by whoever called it. */
static void wake_up(int number)
{
    static const struct itimerval none;
    (void)number;
    if (!worker.waiting) {
        (void)setitimer(ITIMER_REAL, &none, NULL);
    }
}

/* The terminal's signals go to the whole group; the master alone decides about them. */
static int open_signals(void)
{
    static const int ignored[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE};
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    signal(SIGCHLD, SIG_DFL);
    struct sigaction action = {.sa_handler = wake_up};
    if (sigaction(SIGALRM, &action, NULL) != 0) {
        return -1;
    }
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGQUIT);
    if (sigprocmask(SIG_SETMASK, &stops, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool watch(int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    return epoll_ctl(worker.events, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static bool watch_all(void)
{
    const struct worker_task *task = worker.task;
    worker.signals = open_signals();
    worker.events = epoll_create1(EPOLL_CLOEXEC);
    bool done = worker.signals >= 0 && worker.events >= 0 && watch(worker.signals, EPOLLIN);
    for (size_t i = 0; i < task->listener_count; i++) {
        done = done && watch(task->listeners[i]->descriptor, EPOLLIN | EPOLLEXCLUSIVE);
    }
    return done;
}

/* Workers that were started together do not retire together. */
static int64_t choose_share(int64_t requests)
{
    if (requests == 0) {
        return -1;
    }
    int64_t spread = requests / 10;
    return requests - spread + (int64_t)random_below((uint32_t)(2 * spread + 1));
}

static bool prepare(void)
{
    const struct configuration *configuration = worker.task->configuration;
    worker.share = choose_share(configuration->worker_requests);
    worker.patience.it_value.tv_sec = configuration->peer_timeout / MICROSECONDS_PER_SECOND;
    worker.patience.it_value.tv_usec = configuration->peer_timeout % MICROSECONDS_PER_SECOND;
    worker.patience.it_interval.tv_usec = ALARM_INTERVAL;
    worker.arena = arena_create((size_t)configuration->request_memory);
    worker.database = database_create(configuration, "muster");
    return worker.arena != NULL && worker.database != NULL && standby_attach(worker.database) &&
           fastcgi_start() == 0 && watch_all();
}

/* A peer that sends its request or takes its answer byte by byte, or stops in the middle of it, holds us only
 * so long: the alarm interrupts the read or the write, which is given up then. */
static void start_alarm(void)
{
    worker.waiting = true;
    (void)setitimer(ITIMER_REAL, &worker.patience, NULL);
}

static void stop_alarm(void)
{
    worker.waiting = false;
}

static void answer(struct request *request)
{
    stop_alarm();
    pipeline_run(request);
    if (request->response.body.length > SMALL_ANSWER) {
        start_alarm();
    }
}

static void serve(int descriptor, bool local)
{
    struct request *request = &worker.request;
    metrics_worker_busy(true);
    memset(request, 0, sizeof(*request));
    request->context.arena = worker.arena;
    request->context.configuration = worker.task->configuration;
    request->context.database = worker.database;
    request->incoming.is_timed = local && worker.task->pool == POOL_FAST;
    size_t limit = (size_t)worker.task->configuration->large_body_maximum;
    start_alarm();
    bool complete = fastcgi_serve(descriptor, request, limit, answer);
    stop_alarm();
    if (complete) {
        pipeline_account(request);
    } else {
        LOG_INFO("a connection brought no complete request");
    }
    arena_reset(worker.arena);
    metrics_worker_connected(database_is_connected(worker.database));
    metrics_worker_busy(false);
    if (worker.share > 0 && --worker.share == 0) {
        worker.leaving = true;
    }
}

static bool is_welcome(const struct listener *listener, int descriptor)
{
    const struct configuration *configuration = worker.task->configuration;
    char peer[INET6_ADDRSTRLEN];
    uid_t uid = (uid_t)-1;
    if (!listener->local && !network_peer_is_allowed(descriptor, configuration->socket_peers, peer)) {
        LOG_WARNING("%s is not allowed to connect", peer);
        return false;
    }
    if (listener->local && !peer_is_allowed(descriptor, &worker.task->peers, &uid)) {
        LOG_WARNING("a process of uid %ld is not allowed to connect", (long)uid);
        return false;
    }
    return true;
}

/* False where nobody waits at the socket, or somebody else was faster. */
static bool accept_one(const struct listener *listener)
{
    int descriptor = accept4(listener->descriptor, NULL, NULL, SOCK_CLOEXEC);
    if (descriptor < 0) {
        if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
            LOG_ERROR("a connection cannot be accepted: %s", strerror(errno));
            usleep(10000);
        }
        return false;
    }
    if (is_welcome(listener, descriptor)) {
        serve(descriptor, listener->local);
    } else {
        close(descriptor);
    }
    return true;
}

static const struct listener *find_listener(const struct worker_task *task, int descriptor)
{
    for (size_t i = 0; i < task->listener_count; i++) {
        if (task->listeners[i]->descriptor == descriptor) {
            return task->listeners[i];
        }
    }
    return NULL;
}

/* At a stop the files of the sockets are removed first; whoever had connected until then is served. */
static void serve_waiting(void)
{
    const struct worker_task *task = worker.task;
    for (size_t i = 0; i < task->listener_count; i++) {
        while (task->listeners[i]->path[0] != '\0' && accept_one(task->listeners[i])) {
        }
    }
}

static void read_signal(void)
{
    struct signalfd_siginfo information;
    while (read(worker.signals, &information, sizeof(information)) == (ssize_t)sizeof(information)) {
        worker.leaving = true;
        if (information.ssi_signo == SIGQUIT) {
            serve_waiting();
        }
    }
}

/* Whoever has come meanwhile is served without another look at what else there is; not for ever, so that
 * signals and the other sockets have their turn. */
static void serve_some(const struct listener *listener)
{
    size_t count = 0;
    do {
        count++;
    } while (accept_one(listener) && !worker.leaving && count < SERVED_AT_ONCE);
}

/* All events that came together are seen to even if one of them says to leave: nobody else was woken for
 * these connections. */
static void serve_events(const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        const struct listener *listener = find_listener(worker.task, events[i].data.fd);
        if (listener != NULL) {
            serve_some(listener);
        } else {
            read_signal();
        }
    }
}

static void loop(void)
{
    while (!worker.leaving) {
        struct epoll_event events[POOL_COUNT + 1];
        int count = epoll_wait(worker.events, events, POOL_COUNT + 1, -1);
        serve_events(events, count);
    }
}

static bool report(const struct worker_task *task)
{
    return write(task->report, &task->slot, sizeof(task->slot)) == (ssize_t)sizeof(task->slot);
}

/* A slice can be chosen since Linux 6.12; before that there is no need to. The C library has neither the call
 * nor its structure, which is the first version of that in sched_setattr(2). */
static void give_way(void)
{
    const struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime; /* nanoseconds */
        uint64_t deadline;
        uint64_t period;
    } attributes = {.size = sizeof attributes,
                    .policy = SCHED_OTHER,
                    .nice = SLOW_POOL_NICENESS,
                    .runtime = SLOW_POOL_SLICE};

    if (setpriority(PRIO_PROCESS, 0, SLOW_POOL_NICENESS) != 0) {
        LOG_WARNING("the priority cannot be lowered: %s", strerror(errno));
    }
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int worker_run(const struct worker_task *task)
{
    worker = (struct worker){.task = task, .events = -1, .signals = -1};
    name_process(task);
    if (!privileges_bind_to_master(task->master)) {
        return 1;
    }
    if (task->pool == POOL_SLOW) {
        give_way();
    }
    metrics_set_worker(task->slot);
    if (!prepare() || !report(task)) {
        LOG_ERROR("the worker cannot begin: %s", strerror(errno));
        return 1;
    }
    loop();
    database_destroy(worker.database);
    arena_destroy(worker.arena);
    return 0;
}
