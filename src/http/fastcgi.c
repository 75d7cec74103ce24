/* Speaks FastCGI through libfcgi, around its traps: connections are accepted elsewhere, bodies are read to
 * their end, and a body that did not come whole is never taken for one that did. */
#include "http/fastcgi.h"

#include <fcgiapp.h>
#include <setjmp.h>
#include <unistd.h>

#include "http/reply.h"
#include "http/upload.h"

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

/* nginx's $msec, such as "1700000000.123". */
static int64_t arrival(struct text value)
{
    int64_t seconds = 0;
    int64_t milliseconds = 0;
    struct text whole = text_cut(&value, '.');
    while (value.length > 1 && value.data[0] == '0') {
        value = text_part(value, 1, value.length);
    }
    if (!text_to_integer(whole, 1, INT32_MAX * INT64_C(2), &seconds) ||
        !text_to_integer(value, 0, 999, &milliseconds)) {
        return 0;
    }
    return seconds * 1000000 + milliseconds * 1000;
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
    incoming->arrived = arrival(find_parameter(connection, "REQUEST_ARRIVED"));
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

/* Moves the body into a file and returns how much that was. What the file does not take is for discard(). */
static int64_t store_body(const FCGX_Request *connection, struct request *request)
{
    static char piece[64 * 1024];
    int file = upload_begin(request);
    int64_t total = 0;
    int length = (int)sizeof(piece);
    bool good = file >= 0;

    while (good && length == (int)sizeof(piece)) {
        length = FCGX_GetStr(piece, sizeof(piece), connection->in);
        total += length;
        good = upload_write(request, file, piece, (size_t)length);
    }
    if (file >= 0) {
        upload_end(request, file, good && total == request->incoming.content_length);
    }
    return total;
}

/* True where the body came whole. Bodies that will be refused, because they are too large or of malformed
 * length, are not kept. */
static bool read_body(const FCGX_Request *connection, struct request *request, size_t limit)
{
    struct incoming *incoming = &request->incoming;
    int64_t expected = incoming->content_length;
    int64_t kept = 0;
    if (upload_is_wanted(request)) {
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
