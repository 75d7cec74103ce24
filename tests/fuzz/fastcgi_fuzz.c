/* Any bytes of a front end, over a pair of sockets: a request is run once, as it was sent and whole, or not
 * at all; neither its connection nor its file stays.
 *
 * The first byte tells what the rest is: lines NAME=VALUE, an empty one, and the body, of which a good
 * request is made; the same, but there is little memory for it, or it breaks off; or the bytes themselves. It
 * also tells how much memory there is, where it breaks off, and how long its records are. */
#include "fuzz.h"

#include <fcntl.h>
#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "config/config.h"
#include "http/fastcgi.h"
#include "http/records.h"

enum kind { WHOLE, BYTES, SHORT_OF_MEMORY, BROKEN_OFF };
#define KINDS ((unsigned)4)

#define LONGEST_INPUT   ((size_t)4096)
#define MOST_PARAMETERS 64
#define BODY_LIMIT      1000
#define UPLOAD_LIMIT    2000

struct pair {
    struct text name;
    struct text value;
};

/* What is sent now, and what came of it. */
static struct {
    enum kind kind;
    size_t piece; /* the largest content of a record */
    struct pair parameters[MOST_PARAMETERS];
    size_t count;
    struct text body;
    int runs;
    bool exhausted;
    char answer[2 * LONGEST_INPUT];
    size_t answer_length;
} now;

static unsigned char stream[16 * LONGEST_INPUT];
static size_t stream_length;

/* --- What is sent --- */

static void add(const void *data, size_t length)
{
    require(length <= sizeof stream - stream_length);
    if (length > 0) {
        memcpy(stream + stream_length, data, length);
        stream_length += length;
    }
}

static void add_record(unsigned char type, struct text content)
{
    static const char padding[8];
    FCGI_Header header = records_header(1, type, content.length);

    header.paddingLength = content.length % sizeof padding;
    add(&header, sizeof header);
    add(content.data, content.length);
    add(padding, header.paddingLength);
}

static void add_stream(unsigned char type, struct text content)
{
    for (size_t from = 0; from < content.length; from += now.piece) {
        add_record(type, text_part(content, from, now.piece));
    }
    add_record(type, NO_TEXT);
}

static size_t write_length(char *place, size_t length)
{
    const unsigned char bytes[] = {0x80, 0, (unsigned char)(length >> 8), (unsigned char)length};

    if (length < 0x80) {
        place[0] = (char)length;
        return 1;
    }
    memcpy(place, bytes, sizeof bytes);
    return sizeof bytes;
}

static void add_parameters(void)
{
    static char pairs[LONGEST_INPUT + (size_t)8 * MOST_PARAMETERS];
    size_t length = 0;

    for (size_t i = 0; i < now.count; i++) {
        const struct pair *parameter = &now.parameters[i];
        length += write_length(pairs + length, parameter->name.length);
        length += write_length(pairs + length, parameter->value.length);
        memcpy(pairs + length, parameter->name.data, parameter->name.length);
        length += parameter->name.length;
        memcpy(pairs + length, parameter->value.data, parameter->value.length);
        length += parameter->value.length;
    }
    add_stream(FCGI_PARAMS, (struct text){pairs, length});
}

static void add_request(struct text rest)
{
    static const char responder[8] = {0, FCGI_RESPONDER};

    while (rest.length > 0 && now.count < MOST_PARAMETERS) {
        struct text line = text_cut(&rest, '\n');
        if (line.length == 0) {
            break;
        }
        now.parameters[now.count].name = text_cut(&line, '=');
        now.parameters[now.count++].value = line.data != NULL ? line : TEXT("");
    }
    now.body = rest;
    add_record(FCGI_BEGIN_REQUEST, (struct text){responder, sizeof responder});
    add_parameters();
    add_stream(FCGI_STDIN, rest);
}

/* No length beyond 16 MiB: libfcgi asks for as much memory as it is told, and ends the process where there is
 * none. */
static void add_bytes(struct text rest)
{
    for (size_t i = 0; i < rest.length; i++) {
        const unsigned char byte = (unsigned char)rest.data[i];
        stream[stream_length++] = byte > 0x80 ? byte & 0x7f : byte;
    }
}

/* --- What is run --- */

/* Of equal names the first counts. libfcgi puts one of its own before them. */
static struct text sent_value(struct text name)
{
    for (size_t i = 0; i < now.count; i++) {
        if (text_equal(now.parameters[i].name, name)) {
            return now.parameters[i].value;
        }
    }
    return NO_TEXT;
}

static int64_t length_of_body(void)
{
    int64_t length = 0;
    const struct text value = sent_value(TEXT("CONTENT_LENGTH"));

    return value.length == 0 || text_to_integer(value, 0, INT64_MAX, &length) ? length : -1;
}

static bool is_upload(int64_t length)
{
    return text_equal_string(sent_value(TEXT("MUSTER_UPLOAD")), "store") && length > 0 &&
           length <= UPLOAD_LIMIT;
}

static bool file_holds(struct text path, struct text expected)
{
    static char data[LONGEST_INPUT];
    const int file = open(path.data, O_RDONLY | O_CLOEXEC);

    require(file >= 0);
    const ssize_t length = read(file, data, sizeof data);
    close(file);
    return length >= 0 && text_equal((struct text){data, (size_t)length}, expected);
}

static void check_parameters(const struct incoming *incoming)
{
    const struct text uri = sent_value(TEXT("REQUEST_URI"));
    char name[LONGEST_INPUT + 1];

    for (size_t i = 0; i < now.count; i++) {
        const struct text expected = sent_value(now.parameters[i].name);
        snprintf(name, sizeof name, "%.*s", TEXT_ARGUMENTS(now.parameters[i].name));
        require(strcmp(name, "FCGI_ROLE") == 0 || strcmp(name, "") == 0 ||
                text_equal(text_of(incoming->header(incoming->owner, name)), expected));
    }
    require(text_equal(incoming->method_text, sent_value(TEXT("REQUEST_METHOD"))) || now.exhausted);
    require(uri.length == 0 || text_equal(incoming->uri, uri) || now.exhausted);
    require(uri.length == 0 || text_equal(incoming->path, text_part(uri, 0, text_find(uri, '?'))) ||
            now.exhausted);
}

static void check_body(const struct incoming *incoming)
{
    const int64_t length = length_of_body();
    const bool kept = !now.exhausted && length > 0 && length <= BODY_LIMIT && !is_upload(length);

    require(now.exhausted || incoming->content_length == length);
    require(text_equal(incoming->body, kept ? now.body : NO_TEXT));
    if (!now.exhausted && is_upload(length)) {
        require(file_holds(incoming->file, now.body));
    } else {
        require(incoming->file.length == 0);
    }
}

/* Answers with the address that was asked for. */
static void answer(struct request *request)
{
    const struct text uri = request->incoming.uri;
    const size_t shown = request->incoming.method != METHOD_HEAD ? uri.length : 0;

    now.runs++;
    now.exhausted = request->incoming.content_length == INT64_MAX && length_of_body() != INT64_MAX;
    if (now.kind != BYTES) {
        check_parameters(&request->incoming);
        check_body(&request->incoming);
    }
    request->response.status = 200;
    request->response.type = "text/plain";
    builder_borrow(&request->response.body, uri);
    now.answer_length = (size_t)snprintf(
        now.answer, sizeof now.answer,
        "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", uri.length);
    memcpy(now.answer + now.answer_length, uri.data != NULL ? uri.data : "", shown);
    now.answer_length += shown;
}

/* --- What comes back --- */

/* The contents of all records of output, put together; `ended` tells whether the request was ended. */
static struct text read_output(int peer, bool *ended)
{
    static char received[32 * LONGEST_INPUT];
    static char output[sizeof received];
    size_t length = 0;
    size_t put = 0;

    for (ssize_t count = 1; count > 0; length += count > 0 ? (size_t)count : 0) {
        count = read(peer, received + length, sizeof received - length);
    }
    *ended = false;
    for (size_t place = 0; place + sizeof(FCGI_Header) <= length;) {
        FCGI_Header header;
        memcpy(&header, received + place, sizeof header);
        const size_t size = (size_t)header.contentLengthB1 << 8 | header.contentLengthB0;
        place += sizeof header;
        require(header.version == FCGI_VERSION_1);
        if (header.type == FCGI_STDOUT && place + size <= length) {
            memcpy(output + put, received + place, size);
            put += size;
        }
        place += size + header.paddingLength;
        *ended = header.type == FCGI_END_REQUEST && place <= length;
    }
    return (struct text){output, put};
}

static void check_answer(int peer, bool served)
{
    bool ended = false;
    const struct text output = read_output(peer, &ended);

    require(text_equal(output, served ? (struct text){now.answer, now.answer_length} : NO_TEXT));
    require(ended == served || now.kind == BYTES);
}

/* --- One input --- */

static void start_request(struct request *request, size_t memory)
{
    static struct configuration configuration = {.upload_max_size = UPLOAD_LIMIT, .peer_timeout = 1500000};
    static struct arena *arena;

    if (configuration.upload_folder == NULL) {
        require(fastcgi_start() == 0);
        configuration.upload_folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ".";
    }
    arena_destroy(arena);
    arena = arena_create(memory);
    require(arena != NULL);
    *request = (struct request){.api = 0};
    context_start(&request->context, arena, &configuration, NULL);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int descriptor = 0; descriptor < 32; descriptor++) {
        count += fcntl(descriptor, F_GETFD) >= 0;
    }
    return count;
}

/* libfcgi keeps what it answers to records of management, which are among any bytes. */
static bool serve(int descriptor, struct request *request)
{
    if (now.kind == BYTES) {
        __lsan_disable();
    }
    const bool served = fastcgi_serve(descriptor, request, BODY_LIMIT, answer);
    if (now.kind == BYTES) {
        __lsan_enable();
    }
    return served;
}

static void check_served(bool served)
{
    const int64_t length = length_of_body();
    const bool whole = now.kind != BROKEN_OFF && (length < 0 || (uint64_t)length == now.body.length);

    require(now.runs == (served ? 1 : 0));
    require(now.kind == BYTES || (served ? whole || now.exhausted : !whole));
}

static void exchange(struct request *request)
{
    const struct timeval patience = {.tv_usec = 100000};
    const int room = 1 << 18;
    const int before = open_descriptors();
    int ends[2];

    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    /* Nobody reads before the end: what is answered must have room, or is given up. */
    require(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    require(setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
    require(send(ends[0], stream, stream_length, MSG_DONTWAIT) == (ssize_t)stream_length);
    require(shutdown(ends[0], SHUT_WR) == 0);
    const bool served = serve(ends[1], request);
    check_served(served);
    check_answer(ends[0], served);
    close(ends[0]);
    require(open_descriptors() == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    static char copy[LONGEST_INPUT];

    if (size == 0 || size > LONGEST_INPUT) {
        return 0;
    }
    const size_t number = data[0] / KINDS;
    memset(&now, 0, sizeof now);
    stream_length = 0;
    now.kind = (enum kind)(data[0] % KINDS);
    now.piece = 8 + number * number;
    for (size_t i = 1; i < size; i++) {
        /* Parameters are strings. */
        copy[i] = (char)(data[i] == 0 && now.kind != BYTES ? ' ' : data[i]);
    }
    const struct text rest = {copy + 1, size - 1};
    (now.kind == BYTES ? add_bytes : add_request)(rest);
    if (now.kind == BROKEN_OFF) {
        stream_length = stream_length * number / 64;
    }
    start_request(&request, now.kind == SHORT_OF_MEMORY ? 16 * number : FUZZ_ARENA_MAXIMUM);
    exchange(&request);
    return 0;
}
