/* Gathers the parts of an answer in one record (FastCGI specification 1.0, sections 3.3, 5.3 and 5.5). */
#include "http/reply.h"

#include <string.h>
#include <unistd.h>

#include "http/records.h"

_Static_assert(sizeof(FCGI_Header) == REPLY_HEADER, "a header has no holes");
_Static_assert(sizeof(FCGI_Header) + sizeof(FCGI_EndRequestRecord) == REPLY_END,
               "nor has what ends a request");

void reply_start(struct reply *reply, int descriptor, int request)
{
    reply->descriptor = descriptor;
    reply->request = request;
    reply->failed = false;
    reply->length = 0;
}

static void write_record(struct reply *reply, size_t length)
{
    size_t written = 0;

    while (!reply->failed && written < length) {
        const ssize_t count = write(reply->descriptor, reply->record + written, length - written);

        reply->failed = count <= 0;
        written += count > 0 ? (size_t)count : 0;
    }
}

/* Sends the record with `behind` bytes that follow it. */
static void send_record(struct reply *reply, size_t behind)
{
    const FCGI_Header header = records_header(reply->request, FCGI_STDOUT, reply->length);

    memcpy(reply->record, &header, sizeof header);
    write_record(reply, sizeof header + reply->length + behind);
    reply->length = 0;
}

void reply_add(struct reply *reply, struct text text)
{
    if (reply->length > 0 && text.length > REPLY_ROOM - reply->length) {
        send_record(reply, 0);
    }
    if (text.length > REPLY_ROOM) {
        reply->failed = reply->failed || !records_write(reply->descriptor, reply->request, text);
    } else if (text.length > 0) {
        memcpy(reply->record + REPLY_HEADER + reply->length, text.data, text.length);
        reply->length += text.length;
    }
}

/* An empty record ends the stream; where nothing else is left to send, the record is that one itself. */
void reply_finish(struct reply *reply)
{
    const FCGI_Header end_of_stream = records_header(reply->request, FCGI_STDOUT, 0);
    const FCGI_EndRequestRecord end_of_request = {
        .header = records_header(reply->request, FCGI_END_REQUEST, sizeof end_of_request.body),
        .body = {.protocolStatus = FCGI_REQUEST_COMPLETE}};
    const size_t length = reply->length > 0 ? sizeof end_of_stream : 0;
    char *end = reply->record + REPLY_HEADER + reply->length;

    memcpy(end, &end_of_stream, length);
    memcpy(end + length, &end_of_request, sizeof end_of_request);
    send_record(reply, length + sizeof end_of_request);
}
