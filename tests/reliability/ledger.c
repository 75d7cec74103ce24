/* The clients of a ledger, and what was noted of their requests. It is kept in memory that they share, so
 * that a test sees it at once. */
#include "reliability/ledger.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/ledger_parts.h"
#include "support/process.h"

/* Memory is only taken for what is used. */
#define MOST            ((size_t)1 << 22)
#define MAXIMUM_CLIENTS 64
#define PAUSE           2000
/* Behind a failure, so that these do not outnumber everything else. */
#define LONGER_PAUSE 20000
#define PATIENCE     60
/* Longer than any answer may take; there is no answer then. */
#define ANSWER_SECONDS 30L

struct ledger {
    atomic_size_t count;
    atomic_size_t acknowledged;
    atomic_bool pause;
    struct entry entries[MOST];
};

static struct ledger *ledger;
static pid_t clients[MAXIMUM_CLIENTS];
static size_t client_count;

void ledger_start(struct world *world)
{
    ledger =
        mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(ledger, MAP_FAILED);
    ledger_make_cast(world);
}

/* --- A client --- */

static size_t drop(char *data, size_t size, size_t count, void *argument)
{
    (void)data;
    (void)argument;
    return size * count;
}

static size_t see_header(char *data, size_t size, size_t count, void *argument)
{
    struct entry *entry = argument;
    const char name[] = "retry-after:";
    if (size * count >= sizeof name && strncasecmp(data, name, sizeof name - 1) == 0) {
        entry->retry_after = true;
    }
    return size * count;
}

static struct curl_slist *headers_of(const struct session *session)
{
    const char *const pairs[][2] = {{"Content-Type", "application/json"},
                                    {"Expect", ""},
                                    {"access-token", session->access_token},
                                    {"client", session->client},
                                    {"uid", session->uid}};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char line[256];
        snprintf(line, sizeof line, pairs[i][1][0] != '\0' ? "%s: %s" : "%s:", pairs[i][0], pairs[i][1]);
        list = curl_slist_append(list, line);
    }
    return list;
}

static int perform(CURL *curl, const struct ledger_request *request, struct entry *entry)
{
    long status = 0;
    struct curl_slist *headers = headers_of(request->session);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, world_url(ledger_cast.world));
    curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, request->path);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, see_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, entry);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->body[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_slist_free_all(headers);
    return (int)status;
}

static enum outcome outcome_of(int status)
{
    if (status >= 200 && status < 300) {
        return ACKNOWLEDGED;
    }
    return status >= 400 && status < 500 ? REFUSED : UNKNOWN;
}

static void send_one(CURL *curl, size_t number)
{
    struct entry *entry = &ledger->entries[number];
    struct ledger_request request;
    ledger_request(number, &request);
    entry->kind = ledger_kind(number);
    entry->wrong = entry->kind != ENTRY_READ && ledger_is_wrong(number);
    entry->began = clock_monotonic();
    entry->status = perform(curl, &request, entry);
    entry->took = clock_monotonic() - entry->began;
    entry->outcome = outcome_of(entry->status);
    entry->ended = true;
    if (entry->outcome == ACKNOWLEDGED) {
        atomic_fetch_add(&ledger->acknowledged, 1);
    }
}

static _Noreturn void be_client(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CURL *curl = curl_easy_init();
    while (!atomic_load(&ledger->pause)) {
        size_t number = atomic_fetch_add(&ledger->count, 1);
        if (number >= MOST) {
            _exit(1);
        }
        send_one(curl, number);
        usleep(ledger->entries[number].outcome == UNKNOWN ? LONGER_PAUSE : PAUSE);
    }
    _exit(0);
}

void ledger_send(size_t more)
{
    atomic_store(&ledger->pause, false);
    for (size_t i = 0; i < more && client_count < MAXIMUM_CLIENTS; i++) {
        pid_t client = fork();
        assert_true(client >= 0);
        if (client == 0) {
            be_client();
        }
        clients[client_count++] = client;
    }
}

void ledger_pause(void)
{
    atomic_store(&ledger->pause, true);
    for (; client_count > 0; client_count--) {
        assert_int_equal(process_wait(clients[client_count - 1]), 0);
    }
}

void ledger_end(void)
{
    ledger_pause();
    munmap(ledger, sizeof *ledger);
    ledger = NULL;
}

/* --- What was noted --- */

void ledger_await(size_t acknowledged)
{
    size_t wanted = atomic_load(&ledger->acknowledged) + acknowledged;
    for (int round = 0; round < PATIENCE * 500 && atomic_load(&ledger->acknowledged) < wanted; round++) {
        usleep(2000);
    }
    if (atomic_load(&ledger->acknowledged) < wanted) {
        fail_msg("of %zu requests none is acknowledged any more", ledger_count());
    }
}

size_t ledger_count(void)
{
    return atomic_load(&ledger->count);
}

const struct entry *ledger_entry(size_t number)
{
    return &ledger->entries[number];
}

size_t ledger_failures(size_t first)
{
    size_t count = 0;
    for (size_t i = first; i < ledger_count(); i++) {
        const struct entry *entry = &ledger->entries[i];
        count += entry->ended && entry->outcome != (entry->wrong ? REFUSED : ACKNOWLEDGED);
    }
    return count;
}

static int64_t earliest_success(size_t first, int64_t since)
{
    int64_t earliest = INT64_MAX;
    for (size_t i = first; i < ledger_count(); i++) {
        const struct entry *entry = &ledger->entries[i];
        int64_t end = entry->began + entry->took;
        if (entry->ended && entry->outcome == ACKNOWLEDGED && end >= since && end < earliest) {
            earliest = end;
        }
    }
    return earliest;
}

int64_t ledger_first_success(size_t first, int64_t since)
{
    int64_t earliest = INT64_MAX;
    for (int round = 0; round < 1000 && earliest == INT64_MAX; round++) {
        ledger_await(1);
        earliest = earliest_success(first, since);
    }
    assert_true(earliest < INT64_MAX);
    return earliest - since;
}
