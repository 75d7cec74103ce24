/* A hash table with open addressing, which grows before it is three quarters full. */
#include "base/keys.h"

#include <stdint.h>

#define FIRST_CAPACITY 1024

struct key {
    struct text text;
    size_t number; /* 0: the slot is free */
};

void keys_start(struct keys *keys, struct arena *arena)
{
    *keys = (struct keys){
        .arena = arena, .slots = ARENA_ARRAY(arena, struct key, FIRST_CAPACITY), .capacity = FIRST_CAPACITY};
}

/* FNV-1a. */
static size_t hash(struct text text)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text.length; i++) {
        value = (value ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)(value ^ (value >> 32));
}

/* The slot of the text, or the free one where it belongs. */
static struct key *find(const struct keys *keys, struct text text)
{
    size_t slot = hash(text) & (keys->capacity - 1);

    while (keys->slots[slot].number != 0 && !text_equal(keys->slots[slot].text, text)) {
        slot = (slot + 1) & (keys->capacity - 1);
    }
    return &keys->slots[slot];
}

static void grow(struct keys *keys)
{
    struct keys larger = *keys;

    larger.capacity = 2 * keys->capacity;
    larger.slots = ARENA_ARRAY(keys->arena, struct key, larger.capacity);
    for (size_t i = 0; i < keys->capacity; i++) {
        if (keys->slots[i].number != 0) {
            *find(&larger, keys->slots[i].text) = keys->slots[i];
        }
    }
    *keys = larger;
}

size_t keys_add(struct keys *keys, struct text text, size_t number)
{
    struct key *key;

    if (4 * keys->count >= 3 * keys->capacity) {
        grow(keys);
    }
    key = find(keys, text);
    if (key->number != 0) {
        return key->number;
    }
    *key = (struct key){arena_copy_text(keys->arena, text), number};
    keys->count++;
    return 0;
}
