/* Records are written from where the text lies, many in one call. */
#include "http/records.h"

#include <string.h>
#include <sys/uio.h>

/* The largest content of a record that is a multiple of eight. */
#define LARGEST_CONTENT ((size_t)65528)
#define RECORDS_AT_ONCE 64

struct records {
    FCGI_Header headers[RECORDS_AT_ONCE];
    struct iovec parts[2 * RECORDS_AT_ONCE];
    size_t count; /* of parts */
};

FCGI_Header records_header(int request_id, unsigned char type, size_t length)
{
    return (FCGI_Header){.version = FCGI_VERSION_1,
                         .type = type,
                         .requestIdB1 = (unsigned char)(request_id >> 8),
                         .requestIdB0 = (unsigned char)request_id,
                         .contentLengthB1 = (unsigned char)(length >> 8),
                         .contentLengthB0 = (unsigned char)length};
}

static void add_record(struct records *records, int request_id, struct text content)
{
    FCGI_Header *header = &records->headers[records->count / 2];
    char *data;

    *header = records_header(request_id, FCGI_STDOUT, content.length);
    /* writev() reads only. */
    memcpy(&data, &content.data, sizeof data);
    records->parts[records->count++] = (struct iovec){header, sizeof *header};
    records->parts[records->count++] = (struct iovec){data, content.length};
}

/* Leaves out what was written. */
static void advance(struct iovec **parts, size_t *count, size_t written)
{
    while (*count > 0 && written >= (*parts)->iov_len) {
        written -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (*count > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + written;
        (*parts)->iov_len -= written;
    }
}

static bool write_parts(int descriptor, struct iovec *parts, size_t count)
{
    while (count > 0) {
        ssize_t written = writev(descriptor, parts, (int)count);
        if (written <= 0) {
            return false;
        }
        advance(&parts, &count, (size_t)written);
    }
    return true;
}

bool records_write(int descriptor, int request_id, struct text text)
{
    struct records records;

    while (text.length > 0) {
        records.count = 0;
        for (size_t i = 0; i < RECORDS_AT_ONCE && text.length > 0; i++) {
            struct text content = text_part(text, 0, LARGEST_CONTENT);
            add_record(&records, request_id, content);
            text = text_part(text, content.length, text.length);
        }
        if (!write_parts(descriptor, records.parts, records.count)) {
            return false;
        }
    }
    return true;
}
