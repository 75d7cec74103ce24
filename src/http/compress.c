/* The only place that knows zlib. */
#include "http/compress.h"

#include <string.h>
#include <zlib.h>

#include "http/negotiation.h"

/* Close to the best for repetitive JSON, at a third of its time. */
#define LEVEL 4

/* 15 bits of window; 16 more ask for the gzip format. */
#define GZIP_WINDOW  (15 + 16)
#define MEMORY_LEVEL 8

struct text compress_text(struct arena *arena, struct text text)
{
    z_stream stream = {0};
    struct text compressed = NO_TEXT;

    if (text.length > UINT32_MAX ||
        deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        return compressed;
    }
    size_t bound = deflateBound(&stream, text.length);
    char *place = arena_reserve(arena, bound);
    memcpy(&stream.next_in, &text.data, sizeof text.data);
    stream.avail_in = (uInt)text.length;
    stream.next_out = (Bytef *)place;
    stream.avail_out = (uInt)bound;
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END) {
        compressed = (struct text){place, bound - stream.avail_out};
    }
    deflateEnd(&stream);
    return compressed;
}

bool accepts_compressed(const struct request *request)
{
    return list_accepts(request_header(request, "HTTP_ACCEPT_ENCODING"), TEXT("gzip"));
}

void respond_with_bytes(struct request *request, struct text text, struct text compressed)
{
    bool smaller = compressed.data != NULL && accepts_compressed(request);

    if (smaller) {
        response_header(request, "Content-Encoding", TEXT("gzip"));
        response_header(request, "Vary", TEXT("Accept-Encoding"));
    }
    builder_borrow(&request->response.body, smaller ? compressed : text);
}
