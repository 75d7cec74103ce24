/* Writes an answer with one call to the kernel, where libfcgi copies it into buffers of 8 KiB and sends each
 * of them, which wakes the front end as often. */
#include "http/fastcgi_answer.h"

#include <sys/uio.h>

#include "base/log.h"

/* The FastCGI specification, section 8. */
#define VERSION        1
#define TYPE_END       3
#define TYPE_OUTPUT    6
#define RECORD_MAXIMUM 65535

/* A record's head, the answer's first lines, four for each header, the empty line, the body, and the end. */
#define MAXIMUM_PIECES (4 * MAXIMUM_HEADERS + 12)

struct record_head {
    unsigned char bytes[8];
};

/* Pieces that one call sends. */
struct pieces {
    struct iovec list[MAXIMUM_PIECES];
    size_t count;
    size_t length; /* of all but the record's head */
};

static struct record_head make_record_head(unsigned char type, int id, size_t length)
{
    return (struct record_head){{VERSION, type, (unsigned char)(id >> 8), (unsigned char)id,
                                 (unsigned char)(length >> 8), (unsigned char)length, 0, 0}};
}

static void add(struct pieces *pieces, struct text text)
{
    /* writev() reads only, but its type does not say so. */
    union {
        const char *given;
        void *taken;
    } place = {.given = text.data};

    if (text.length > 0) {
        pieces->list[pieces->count++] = (struct iovec){place.taken, text.length};
        pieces->length += text.length;
    }
}

static void add_header(struct pieces *pieces, const char *name, struct text value)
{
    add(pieces, text_of(name));
    add(pieces, TEXT(": "));
    add(pieces, value);
    add(pieces, TEXT("\r\n"));
}

static bool send_all(int descriptor, struct pieces *pieces)
{
    struct iovec *next = pieces->list;
    size_t count = pieces->count;

    while (count > 0) {
        ssize_t sent = writev(descriptor, next, (int)count);

        if (sent < 0) {
            return false;
        }
        while (count > 0 && (size_t)sent >= next->iov_len) {
            sent -= (ssize_t)next->iov_len;
            next++;
            count--;
        }
        if (count > 0) {
            next->iov_base = (char *)next->iov_base + sent;
            next->iov_len -= (size_t)sent;
        }
    }
    return true;
}

/* What is longer than a record goes out in several; returns what is left for the last of them. */
static bool send_full_records(int descriptor, int id, struct pieces *pieces, struct text *body)
{
    while (pieces->length + body->length > RECORD_MAXIMUM) {
        struct record_head head = make_record_head(TYPE_OUTPUT, id, RECORD_MAXIMUM);
        size_t taken = RECORD_MAXIMUM - pieces->length;

        add(pieces, text_part(*body, 0, taken));
        pieces->list[0] = (struct iovec){&head, sizeof head};
        if (!send_all(descriptor, pieces)) {
            return false;
        }
        *body = text_part(*body, taken, body->length - taken);
        *pieces = (struct pieces){.count = 1};
    }
    return true;
}

static bool send_records(int descriptor, int id, struct pieces *pieces, struct text body)
{
    struct {
        struct record_head last_output;
        struct record_head end;
        unsigned char end_body[8]; /* zeros: the request is complete */
    } tail = {.last_output = make_record_head(TYPE_OUTPUT, id, 0), .end = make_record_head(TYPE_END, id, 8)};
    struct record_head head;

    if (pieces->length > RECORD_MAXIMUM) {
        LOG_ERROR("the head of an answer has %zu bytes", pieces->length);
        return false;
    }
    if (!send_full_records(descriptor, id, pieces, &body)) {
        return false;
    }
    add(pieces, body);
    head = make_record_head(TYPE_OUTPUT, id, pieces->length);
    pieces->list[0] = (struct iovec){&head, sizeof head};
    pieces->list[pieces->count++] = (struct iovec){&tail, sizeof tail};
    return send_all(descriptor, pieces);
}

bool fastcgi_answer(int descriptor, int id, const struct request *request)
{
    const struct response *response = &request->response;
    bool shown = response->type != NULL && request->incoming.method != METHOD_HEAD;
    struct pieces pieces;
    char status[96];
    char length[48];

    pieces.count = 1;
    pieces.length = 0;
    (void)snprintf(status, sizeof status, "Status: %d %s\r\n", response->status,
                   status_title(response->status));
    add(&pieces, text_of(status));
    if (response->type != NULL) {
        add_header(&pieces, "Content-Type", text_of(response->type));
    }
    if (response->type != NULL || response->status != 204) {
        (void)snprintf(length, sizeof length, "Content-Length: %zu\r\n", response->body.length);
        add(&pieces, text_of(length));
    }
    for (size_t i = 0; i < response->header_count; i++) {
        add_header(&pieces, response->headers[i].name, response->headers[i].value);
    }
    add(&pieces, TEXT("\r\n"));
    return send_records(descriptor, id, &pieces, shown ? builder_text(&response->body) : NO_TEXT);
}
