/* Speaks FastCGI through libfcgi, around its traps: connections are accepted elsewhere, bodies are read to
 * their end, and a body that did not come whole is never taken for one that did. */
#include "http/fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "http/reply.h"

int fastcgi_start(void)
{
    /* Its close waits for the peer to close first; everything was read by then, so there is nothing to wait
     * for. */
    if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1) != 0) {
        return -1;
    }
    return FCGX_Init() == 0 ? 0 : -1;
}

/* What stands behind `name=`, or NULL. Many names begin alike, but few characters tell them apart. */
static const char *value_of_name(const char *parameter, const char *name)
{
    while (*name != '\0' && *parameter == *name) {
        parameter++;
        name++;
    }
    return *name == '\0' && *parameter == '=' ? parameter + 1 : NULL;
}

static const char *find_header(const void *owner, const char *name)
{
    const FCGX_Request *connection = owner;
    const char *value = NULL;
    for (char *const *parameter = connection->envp; *parameter != NULL && value == NULL; parameter++) {
        value = value_of_name(*parameter, name);
    }
    return value;
}

static struct text find_parameter(const FCGX_Request *connection, const char *name)
{
    return text_of(find_header(connection, name));
}

static enum method method_of(struct text name)
{
    for (int method = METHOD_GET; method < METHOD_OTHER; method++) {
        if (text_equal_string(name, method_name((enum method)method))) {
            return (enum method)method;
        }
    }
    return METHOD_OTHER;
}

/* REQUEST_URI is no part of CGI; a front end without it sends the parts. */
static struct text find_uri(const FCGX_Request *connection, struct arena *arena)
{
    struct text uri = find_parameter(connection, "REQUEST_URI");
    if (uri.length > 0) {
        return uri;
    }
    struct text script = find_parameter(connection, "SCRIPT_NAME");
    struct text path = find_parameter(connection, "PATH_INFO");
    struct text query = find_parameter(connection, "QUERY_STRING");
    return text_of(arena_print(arena, "%.*s%.*s%s%.*s", TEXT_ARGUMENTS(script), TEXT_ARGUMENTS(path),
                               query.length > 0 ? "?" : "", TEXT_ARGUMENTS(query)));
}

static void read_head(const FCGX_Request *connection, struct request *request)
{
    struct incoming *incoming = &request->incoming;
    incoming->header = find_header;
    incoming->owner = connection;
    incoming->method_text = find_parameter(connection, "REQUEST_METHOD");
    incoming->method = method_of(incoming->method_text);
    incoming->uri = find_uri(connection, request->context.arena);
    incoming->query = incoming->uri;
    incoming->path = text_cut(&incoming->query, '?');
    incoming->content_type = find_parameter(connection, "CONTENT_TYPE");
    incoming->address = find_parameter(connection, "REMOTE_ADDR");
    struct text length = find_parameter(connection, "CONTENT_LENGTH");
    incoming->content_length = 0;
    if (length.length > 0 && !text_to_integer(length, 0, INT64_MAX, &incoming->content_length)) {
        incoming->content_length = -1;
    }
}

/* Reads up to the end of the body and returns how much that was; bytes left in a socket would reset the
 * connection when it is closed. */
static int64_t discard(FCGX_Stream *in)
{
    char waste[4096];
    int64_t total = 0;
    int length;
    do {
        length = FCGX_GetStr(waste, sizeof(waste), in);
        total += length;
    } while (length == (int)sizeof(waste));
    return total;
}

static void remove_file(void *path)
{
    (void)unlink(path);
}

/* A large body takes its time: it is the pauses that are limited. The interval is that of the worker's alarm,
 * which this is. */
static void wait_longer(const struct configuration *configuration)
{
    struct itimerval patience;

    if (getitimer(ITIMER_REAL, &patience) == 0 && patience.it_interval.tv_usec > 0) {
        patience.it_value.tv_sec = configuration->peer_timeout / MICROSECONDS_PER_SECOND;
        patience.it_value.tv_usec = configuration->peer_timeout % MICROSECONDS_PER_SECOND;
        (void)setitimer(ITIMER_REAL, &patience, NULL);
    }
}

static bool write_whole(int file, const char *data, size_t length)
{
    for (size_t written = 0; written < length;) {
        ssize_t count = write(file, data + written, length - written);

        if (count < 0 && errno != EINTR) {
            return false;
        }
        written += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Moves the body into the file and returns how much that was; −1 where the file does not take it. */
static int64_t move_body(FCGX_Stream *in, int file, const struct configuration *configuration)
{
    static char piece[64 * 1024];
    int64_t total = 0;
    int length;

    do {
        length = FCGX_GetStr(piece, sizeof(piece), in);
        if (length > 0 && !write_whole(file, piece, (size_t)length)) {
            return -1;
        }
        total += length > 0 ? length : 0;
        wait_longer(configuration);
    } while (length == (int)sizeof(piece));
    return total;
}

/* A body that is a file goes into one, which is gone with the request unless somebody takes it elsewhere. */
static int64_t store_body(const FCGX_Request *connection, struct request *request)
{
    const struct configuration *configuration = request->context.configuration;
    struct arena *arena = request->context.arena;
    char id[UUID_TEXT_SIZE];
    int64_t stored = -1;

    random_uuid(id);
    char *path = arena_print(arena, "%s/.%s.part", configuration->upload_folder, id);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        arena_on_reset(arena, remove_file, path);
        stored = move_body(connection->in, file, configuration);
        stored = fsync(file) == 0 ? stored : -1;
        close(file);
    }
    if (stored < 0) {
        LOG_ERROR("an upload cannot be stored in %s: %s", configuration->upload_folder, strerror(errno));
        return 0;
    }
    request->incoming.file = text_of(path);
    return stored;
}

/* nginx says so, no client can. */
static bool is_upload(const FCGX_Request *connection, const struct request *request)
{
    return text_equal(find_parameter(connection, "MUSTER_UPLOAD"), TEXT("store")) &&
           request->incoming.content_length > 0 &&
           request->incoming.content_length <= request->context.configuration->upload_max_size;
}

/* True where the body came whole. Bodies that will be refused, because they are too large or of malformed
 * length, are not kept. */
static bool read_body(const FCGX_Request *connection, struct request *request, size_t limit)
{
    struct incoming *incoming = &request->incoming;
    int64_t expected = incoming->content_length;
    int64_t kept = 0;
    if (is_upload(connection, request)) {
        kept = store_body(connection, request);
    } else if (expected > 0 && (uint64_t)expected <= limit) {
        char *body = arena_allocate(request->context.arena, (size_t)expected + 1);
        kept = FCGX_GetStr(body, (int)expected, connection->in);
        incoming->body = (struct text){body, (size_t)kept};
    }
    int64_t total = kept + discard(connection->in);
    return FCGX_GetError(connection->in) == 0 && (expected < 0 || total == expected);
}

static bool read_request(const FCGX_Request *connection, struct request *request, size_t limit)
{
    jmp_buf escape;
    if (setjmp(escape) != 0) {
        request->incoming.content_length = INT64_MAX;
        request->incoming.body = NO_TEXT;
        (void)discard(connection->in);
        return FCGX_GetError(connection->in) == 0;
    }
    arena_set_escape(request->context.arena, &escape);
    read_head(connection, request);
    bool whole = read_body(connection, request, limit);
    arena_set_escape(request->context.arena, NULL);
    return whole;
}

static void add_number(struct reply *reply, int64_t number)
{
    char digits[INTEGER_DIGITS];
    reply_add(reply, text_of_integer(number, digits));
}

static void add_header(struct reply *reply, const char *name, struct text value)
{
    reply_add(reply, text_of(name));
    reply_add(reply, TEXT(": "));
    reply_add(reply, value);
    reply_add(reply, TEXT("\r\n"));
}

static void write_head(struct reply *reply, const struct response *response)
{
    reply_add(reply, TEXT("Status: "));
    add_number(reply, response->status);
    reply_add(reply, TEXT(" "));
    reply_add(reply, text_of(status_title(response->status)));
    reply_add(reply, TEXT("\r\n"));
    if (response->type != NULL) {
        add_header(reply, "Content-Type", text_of(response->type));
    }
    if (response->type != NULL || response->status != 204) {
        reply_add(reply, TEXT("Content-Length: "));
        add_number(reply, (int64_t)response->body.length);
        reply_add(reply, TEXT("\r\n"));
    }
    for (size_t i = 0; i < response->header_count; i++) {
        add_header(reply, response->headers[i].name, response->headers[i].value);
    }
    reply_add(reply, TEXT("\r\n"));
}

static void write_answer(const FCGX_Request *connection, const struct request *request)
{
    static struct reply reply;
    const struct response *response = &request->response;

    reply_start(&reply, connection->ipcFd, connection->requestId);
    write_head(&reply, response);
    if (response->type != NULL && request->incoming.method != METHOD_HEAD) {
        reply_add(&reply, builder_text(&response->body));
    }
    reply_finish(&reply);
}

bool fastcgi_serve(int descriptor, struct request *request, size_t body_limit,
                   void (*answer)(struct request *request))
{
    FCGX_Request connection;
    /* Without a listening socket libfcgi fails after a connection that held no request, where it would wait
     * for the next one. */
    FCGX_InitRequest(&connection, -1, 0);
    connection.ipcFd = descriptor;
    connection.keepConnection = 1;
    if (FCGX_Accept_r(&connection) != 0) {
        if (connection.ipcFd >= 0) {
            close(connection.ipcFd);
        }
        return false;
    }
    bool complete = read_request(&connection, request, body_limit);
    if (complete) {
        answer(request);
        write_answer(&connection, request);
    }
    FCGX_Free(&connection, 0);
    close(descriptor);
    return complete;
}
