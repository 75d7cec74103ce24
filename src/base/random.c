/* Randomness comes from the kernel alone: no generator of ours whose state a fork could share. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/encoding.h"

void random_bytes(void *buffer, size_t length)
{
    char *place = buffer;
    while (length > 0) {
        ssize_t count = getrandom(place, length, 0);
        if (count > 0) {
            place += count;
            length -= (size_t)count;
        } else if (count < 0 && errno != EINTR) {
            fputs("muster: the kernel gives no random bytes\n", stderr);
            abort();
        }
    }
}

uint32_t random_below(uint32_t limit)
{
    /* The numbers under 2^32 mod limit are drawn again: what is left is a whole multiple of the limit. */
    uint32_t uneven = (UINT32_C(0) - limit) % limit;
    uint32_t drawn = 0;
    do {
        random_bytes(&drawn, sizeof drawn);
    } while (drawn < uneven);
    return drawn % limit;
}

void random_uuid(char text[static UUID_TEXT_SIZE])
{
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    size_t length = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[length++] = '-';
        }
        text[length++] = "0123456789abcdef"[bytes[i] >> 4];
        text[length++] = "0123456789abcdef"[bytes[i] & 0x0F];
    }
    text[length] = '\0';
}

struct text random_token(struct arena *arena, size_t bytes)
{
    char *drawn = arena_reserve(arena, bytes);
    random_bytes(drawn, bytes);
    return encode_base64url(arena, (struct text){drawn, bytes});
}

struct text random_from(struct arena *arena, const char *alphabet, size_t length)
{
    uint32_t letters = (uint32_t)strlen(alphabet);
    char *drawn = arena_allocate(arena, length + 1);
    for (size_t i = 0; i < length; i++) {
        drawn[i] = alphabet[random_below(letters)];
    }
    return (struct text){drawn, length};
}
