/* Writes FastCGI records (FastCGI specification 1.0, sections 3.3, 5.3 and 5.5). */
#include "http/records.h"

#include <string.h>
#include <unistd.h>

#define VERSION 1

enum { TYPE_END_REQUEST = 3, TYPE_STANDARD_OUTPUT = 6 };

void records_start(struct records *records, int descriptor, int request)
{
    records->descriptor = descriptor;
    records->request = request;
    records->failed = false;
    records->length = 0;
}

static void put_header(char *place, int type, int request, size_t length)
{
    const unsigned char header[RECORD_HEADER] = {
        VERSION,
        (unsigned char)type,
        (unsigned char)(request >> 8),
        (unsigned char)request,
        (unsigned char)(length >> 8),
        (unsigned char)length,
    };

    memcpy(place, header, sizeof header);
}

static void write_all(struct records *records, size_t length)
{
    size_t written = 0;

    while (!records->failed && written < length) {
        const ssize_t count = write(records->descriptor, records->record + written, length - written);

        records->failed = count <= 0;
        written += count > 0 ? (size_t)count : 0;
    }
}

/* Sends the record with `behind` bytes that follow it. */
static void send_record(struct records *records, size_t behind)
{
    put_header(records->record, TYPE_STANDARD_OUTPUT, records->request, records->length);
    write_all(records, RECORD_HEADER + records->length + behind);
    records->length = 0;
}

static void add_part(struct records *records, const char *data, size_t length)
{
    memcpy(records->record + RECORD_HEADER + records->length, data, length);
    records->length += length;
}

void records_add(struct records *records, struct text text)
{
    size_t room = RECORD_CONTENT - records->length;

    while (text.length > room) {
        add_part(records, text.data, room);
        send_record(records, 0);
        text = text_part(text, room, text.length);
        room = RECORD_CONTENT;
    }
    if (text.length > 0) {
        add_part(records, text.data, text.length);
    }
}

/* The empty record ends the stream, the last one the request; both leave together with the end of the answer.
 */
void records_finish(struct records *records)
{
    char *end = records->record + RECORD_HEADER + records->length;

    put_header(end, TYPE_STANDARD_OUTPUT, records->request, 0);
    put_header(end + RECORD_HEADER, TYPE_END_REQUEST, records->request, END_REQUEST_BODY);
    memset(end + 2 * RECORD_HEADER, 0, END_REQUEST_BODY);
    send_record(records, RECORDS_BEHIND);
}
