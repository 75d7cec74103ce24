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
    static const char *const names[] = {"HTTP_X_REQUEST_ID", "REQUEST_ID"};
    char bytes[16];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct text id = request_header(request, names[i]);

        if (is_request_id(id)) {
            return arena_copy_text(request->context.arena, id);
        }
    }
    random_bytes(bytes, sizeof bytes);
    return encode_hexadecimal(request->context.arena, (struct text){bytes, sizeof bytes});
}
