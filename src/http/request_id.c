/* Only plain ids are taken over: they go into logs, headers and audit events. */
#include "http/request_id.h"

#include <string.h>

#include "base/encoding.h"
#include "base/random.h"

static bool is_request_id(struct text id)
{
    if (id.length == 0 || id.length > 64) {
        return false;
    }
    for (size_t i = 0; i < id.length; i++) {
        char character = id.data[i];
        bool letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        bool other =
            (character >= '0' && character <= '9') || (character != '\0' && strchr("._-", character) != NULL);

        if (!letter && !other) {
            return false;
        }
    }
    return true;
}

struct text request_id_choose(struct request *request)
{
    struct text own = request_header(request, "HTTP_X_REQUEST_ID");
    struct text front = request_header(request, "REQUEST_ID");
    char bytes[16];

    if (is_request_id(own) || is_request_id(front)) {
        return arena_copy_text(request->context.arena, is_request_id(own) ? own : front);
    }
    random_bytes(bytes, sizeof bytes);
    return encode_hexadecimal(request->context.arena, (struct text){bytes, sizeof bytes});
}
