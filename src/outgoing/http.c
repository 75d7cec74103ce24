/* The one place where libcurl sends HTTP requests: all their limits are here. */
#include "outgoing/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

#include "base/log.h"

#define CONNECT_MILLISECONDS   3000L
#define MICROSECONDS_PER_MILLI 1000
#define FIRST_ANSWER           ((size_t)16 * 1024)
#define LONGEST_ADDRESS        ((size_t)64 * 1024)

/* Where the answer's body goes. */
struct sink {
    struct builder memory;
    const int *place;
    size_t length;
    size_t maximum;
    bool too_large;
};

/* --- The handle, one a process ------------------------------------------------------------------------- */

/* A connection that was open when a process was copied must not be used by both. */
static CURL *handle_of_process(void)
{
    static CURL *handle;
    static pid_t owner;

    if (handle == NULL || owner != getpid()) {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            return NULL;
        }
        handle = curl_easy_init();
        owner = getpid();
    } else {
        curl_easy_reset(handle);
    }
    return handle;
}

/* --- What may be sent ---------------------------------------------------------------------------------- */

static bool is_this_machine(const char *host)
{
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    bool found = curl_url_get(url, part, &value, 0) == CURLUE_OK;

    curl_free(value);
    return found;
}

static bool may_reach(CURLU *url)
{
    char *scheme = NULL;
    char *host = NULL;
    bool may = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
               curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
               (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_this_machine(host))) &&
               !has_part(url, CURLUPART_USER) && !has_part(url, CURLUPART_PASSWORD);

    curl_free(scheme);
    curl_free(host);
    return may;
}

static bool is_printable(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_address(const char *address)
{
    CURLU *url = curl_url();
    bool good = url != NULL && is_printable(text_of(address)) &&
                curl_url_set(url, CURLUPART_URL, address, 0) == CURLUE_OK && may_reach(url);

    curl_url_cleanup(url);
    return good;
}

/* For the log: an address up to its query. */
static struct text without_query(const char *address)
{
    return text_part(text_of(address), 0, text_find(text_of(address), '?'));
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (longer == NULL) {
        return false;
    }
    *list = longer;
    return true;
}

/* libcurl adds headers of its own that a signature does not know; an empty line takes them out. */
static bool list_headers(struct context *context, const struct http_call *call, struct curl_slist **list)
{
    bool typed = false;

    *list = NULL;
    for (size_t i = 0; i < call->header_count; i++) {
        const struct http_header *header = &call->headers[i];

        typed = typed || text_equal_ignoring_case(text_of(header->name), TEXT("Content-Type"));
        if (!is_printable(header->value) ||
            !append(list,
                    arena_print(context->arena, "%s: %.*s", header->name, TEXT_ARGUMENTS(header->value)))) {
            return false;
        }
    }
    return append(list, "Expect:") && (typed || append(list, "Content-Type:"));
}

/* --- The answer ---------------------------------------------------------------------------------------- */

static bool write_whole(int descriptor, const char *data, size_t length)
{
    for (size_t written = 0; written < length;) {
        ssize_t count = write(descriptor, data + written, length - written);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        written += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Anything but the length that came in ends the transfer. */
static size_t take(char *data, size_t size, size_t count, void *argument)
{
    struct sink *sink = argument;
    size_t length = size * count;

    if (length > sink->maximum - sink->length) {
        sink->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    sink->length += length;
    if (sink->place != NULL) {
        return write_whole(*sink->place, data, length) ? length : CURL_WRITEFUNC_ERROR;
    }
    builder_add(&sink->memory, data, length);
    return sink->memory.overflowed ? CURL_WRITEFUNC_ERROR : length;
}

/* --- Sending ------------------------------------------------------------------------------------------- */

static bool set_limits(CURL *curl, const struct http_call *call)
{
    long milliseconds = (long)(call->timeout / MICROSECONDS_PER_MILLI);

    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds > 0 ? milliseconds : 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MILLISECONDS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK;
}

static bool set_trust(CURL *curl)
{
    const char *file = getenv("SSL_CERT_FILE");

    return curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (file == NULL || curl_easy_setopt(curl, CURLOPT_CAINFO, file) == CURLE_OK);
}

static bool set_request(CURL *curl, const struct http_call *call, const char *address,
                        const struct curl_slist *headers)
{
    bool body = call->body.data != NULL;
    bool head = strcmp(call->method, "HEAD") == 0;

    return curl_easy_setopt(curl, CURLOPT_URL, address) == CURLE_OK &&
           (!head || curl_easy_setopt(curl, CURLOPT_NOBODY, 1L) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           (!body ||
            (curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.data) == CURLE_OK)) &&
           curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK;
}

static bool set_sink(CURL *curl, struct sink *sink)
{
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink) == CURLE_OK;
}

static enum problem perform(struct context *context, CURL *curl, const char *address,
                            struct http_answer *answer, const struct sink *sink)
{
    CURLcode code = curl_easy_perform(curl);
    curl_off_t length = -1;
    long status = 0;

    if (code != CURLE_OK) {
        LOG_ERROR("%.*s does not answer: %s", TEXT_ARGUMENTS(without_query(address)),
                  sink->too_large             ? "the answer is too large"
                  : code == CURLE_WRITE_ERROR ? "the answer cannot be stored"
                                              : curl_easy_strerror(code));
        *answer = (struct http_answer){.too_large = sink->too_large};
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    *answer = (struct http_answer){.status = (int)status,
                                   .body = sink->place == NULL ? builder_text(&sink->memory) : NO_TEXT,
                                   .length = (int64_t)length};
    return PROBLEM_NONE;
}

enum problem http_send(struct context *context, const struct http_call *call, struct http_answer *answer)
{
    const char *address = arena_copy(context->arena, call->address.data, call->address.length);
    struct sink sink = {.place = call->place, .maximum = call->maximum};
    struct curl_slist *headers = NULL;
    CURL *curl = handle_of_process();

    *answer = (struct http_answer){0};
    if (curl == NULL || call->address.length > LONGEST_ADDRESS || strlen(address) != call->address.length ||
        !is_address(address)) {
        LOG_ERROR("no request can be sent to \"%.*s\"", TEXT_ARGUMENTS(without_query(address)));
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    builder_start(&sink.memory, context->arena, call->place == NULL ? FIRST_ANSWER : 1, call->maximum + 1);
    bool ready = list_headers(context, call, &headers) && set_limits(curl, call) && set_trust(curl) &&
                 set_request(curl, call, address, headers) && set_sink(curl, &sink);
    enum problem problem =
        ready ? perform(context, curl, address, answer, &sink) : FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    curl_slist_free_all(headers);
    return problem;
}
