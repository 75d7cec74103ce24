/* A signature is made of a canonical request, the text to sign, and a key derived from the secret for one
 * day, region and service: the functions follow these steps. */
#include "outgoing/aws_signature.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/keyed_hash.h"

#define ALGORITHM        "AWS4-HMAC-SHA256"
#define UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define DATE_LENGTH      8
#define LONGEST_REQUEST  ((size_t)64 * 1024)
#define MOST_SIGNED      32

/* Names and values in the form in which they are signed, in order. */
struct pairs {
    struct aws_pair list[MOST_SIGNED];
    size_t count;
};

/* --- Parts of the canonical request -------------------------------------------------------------------- */

/* "2015-08-30T12:36:00.000Z" becomes "20150830T123600Z". */
static struct text stamp_of(struct arena *arena, int64_t now)
{
    char time[CLOCK_TEXT_SIZE];

    clock_write(now, time);
    return text_of(arena_print(arena, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", time, time + 5, time + 8, time + 11,
                               time + 14, time + 17));
}

static int compare(struct text left, struct text right)
{
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = shorter > 0 ? memcmp(left.data, right.data, shorter) : 0;

    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static bool comes_before(const struct aws_pair *left, const struct aws_pair *right)
{
    int order = compare(left->name, right->name);

    return order < 0 || (order == 0 && compare(left->value, right->value) < 0);
}

/* Puts it where it belongs in the order of names, then values. What does not fit is a fault of the caller. */
static void insert(struct pairs *pairs, struct aws_pair pair)
{
    size_t place = pairs->count;

    if (place == MOST_SIGNED) {
        abort();
    }
    while (place > 0 && comes_before(&pair, &pairs->list[place - 1])) {
        pairs->list[place] = pairs->list[place - 1];
        place--;
    }
    pairs->list[place] = pair;
    pairs->count++;
}

static void insert_encoded(struct arena *arena, struct pairs *pairs, struct text name, struct text value)
{
    insert(pairs, (struct aws_pair){encode_percent(arena, name), encode_percent(arena, value)});
}

/* Without spaces at the ends, and with one where there were several. */
static struct text squeeze(struct arena *arena, struct text value)
{
    struct text trimmed = text_trim(value);
    struct builder out;

    builder_start(&out, arena, trimmed.length + 1, trimmed.length + 1);
    for (size_t i = 0; i < trimmed.length; i++) {
        if (trimmed.data[i] != ' ' || trimmed.data[i - 1] != ' ') {
            builder_add_character(&out, trimmed.data[i]);
        }
    }
    return builder_text(&out);
}

static void insert_header(struct arena *arena, struct pairs *headers, struct text name, struct text value)
{
    insert(headers, (struct aws_pair){text_lower(arena, name), squeeze(arena, value)});
}

static void add_path(struct builder *out, struct text path)
{
    struct text rest = text_part(path, 1, path.length);

    while (rest.data != NULL) {
        builder_add_character(out, '/');
        builder_add_text(out, encode_percent(out->arena, text_cut(&rest, '/')));
    }
}

/* All services but S3 want the encoded path encoded once more. */
static struct text path_to_sign(struct arena *arena, const struct aws_signer *signer, struct text path)
{
    struct builder once;
    struct builder twice;

    builder_start(&once, arena, 256, LONGEST_REQUEST);
    add_path(&once, path);
    if (text_equal_string(signer->service, "s3")) {
        return builder_text(&once);
    }
    builder_start(&twice, arena, 256, LONGEST_REQUEST);
    add_path(&twice, builder_text(&once));
    return builder_text(&twice);
}

static struct text query_of(struct arena *arena, const struct pairs *query)
{
    struct builder out;

    builder_start(&out, arena, 512, LONGEST_REQUEST);
    for (size_t i = 0; i < query->count; i++) {
        builder_add_string(&out, i == 0 ? "" : "&");
        builder_add_text(&out, query->list[i].name);
        builder_add_character(&out, '=');
        builder_add_text(&out, query->list[i].value);
    }
    return builder_text(&out);
}

static bool repeats(const struct pairs *headers, size_t index)
{
    const struct aws_pair *pair = headers->list + index;

    return index > 0 && text_equal(pair->name, (pair - 1)->name);
}

/* "host;x-amz-date" */
static struct text names_of(struct arena *arena, const struct pairs *headers)
{
    struct builder out;

    builder_start(&out, arena, 128, LONGEST_REQUEST);
    for (size_t i = 0; i < headers->count; i++) {
        if (!repeats(headers, i)) {
            builder_add_string(&out, i == 0 ? "" : ";");
            builder_add_text(&out, headers->list[i].name);
        }
    }
    return builder_text(&out);
}

/* A line a name; several values of one are separated by commas. */
static void add_headers(struct builder *out, const struct pairs *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (repeats(headers, i)) {
            builder_add_character(out, ',');
        } else {
            builder_add_string(out, i == 0 ? "" : "\n");
            builder_add_text(out, headers->list[i].name);
            builder_add_character(out, ':');
        }
        builder_add_text(out, headers->list[i].value);
    }
    builder_add_character(out, '\n');
}

/* --- Signing ------------------------------------------------------------------------------------------- */

static struct text hash_of(struct arena *arena, struct text bytes)
{
    return encode_hexadecimal(arena, sha256_text(arena, bytes));
}

/* The day, region and service that a key is derived for. */
static struct text scope_of(struct arena *arena, const struct aws_signer *signer, struct text stamp)
{
    return text_of(arena_print(arena, "%.*s/%.*s/%.*s/aws4_request", DATE_LENGTH, stamp.data,
                               TEXT_ARGUMENTS(signer->region), TEXT_ARGUMENTS(signer->service)));
}

/* The key of a scope: each part of it hashed with the key of the part before. */
static struct text sign(struct arena *arena, struct text secret, struct text scope, struct text text)
{
    unsigned char key[SHA256_SIZE];
    struct text present = text_of(arena_print(arena, "AWS4%.*s", TEXT_ARGUMENTS(secret)));
    struct text rest = scope;

    while (rest.data != NULL) {
        unsigned char next[SHA256_SIZE];

        keyed_hash(present, text_cut(&rest, '/'), next);
        memcpy(key, next, sizeof key);
        present = (struct text){(const char *)key, sizeof key};
    }
    unsigned char signature[SHA256_SIZE];
    keyed_hash(present, text, signature);
    explicit_bzero(key, sizeof key);
    return encode_hexadecimal(arena, (struct text){(const char *)signature, sizeof signature});
}

struct parts {
    struct pairs query;
    struct pairs headers;
    struct text payload; /* its hash, or UNSIGNED-PAYLOAD */
    struct text stamp;
};

static struct text signature_of(struct arena *arena, const struct aws_signer *signer,
                                const struct aws_request *request, const struct parts *parts)
{
    struct text scope = scope_of(arena, signer, parts->stamp);
    struct builder canonical;
    struct builder to_sign;

    builder_start(&canonical, arena, 1024, LONGEST_REQUEST);
    builder_add_format(&canonical, "%s\n", request->method);
    builder_add_text(&canonical, path_to_sign(arena, signer, request->path));
    builder_add_character(&canonical, '\n');
    builder_add_text(&canonical, query_of(arena, &parts->query));
    builder_add_character(&canonical, '\n');
    add_headers(&canonical, &parts->headers);
    builder_add_character(&canonical, '\n');
    builder_add_text(&canonical, names_of(arena, &parts->headers));
    builder_add_character(&canonical, '\n');
    builder_add_text(&canonical, parts->payload);

    builder_start(&to_sign, arena, 256, LONGEST_REQUEST);
    builder_add_format(&to_sign, ALGORITHM "\n%.*s\n%.*s\n", TEXT_ARGUMENTS(parts->stamp),
                       TEXT_ARGUMENTS(scope));
    builder_add_text(&to_sign, hash_of(arena, builder_text(&canonical)));
    return sign(arena, signer->secret_access_key, scope, builder_text(&to_sign));
}

static void start_parts(struct arena *arena, const struct aws_signer *signer,
                        const struct aws_request *request, struct parts *parts)
{
    parts->query.count = 0;
    parts->headers.count = 0;
    parts->stamp = stamp_of(arena, signer->now);
    for (size_t i = 0; i < request->query_count; i++) {
        insert_encoded(arena, &parts->query, request->query[i].name, request->query[i].value);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        insert_header(arena, &parts->headers, request->headers[i].name, request->headers[i].value);
    }
    insert_header(arena, &parts->headers, TEXT("host"), request->host);
}

void aws_sign_headers(struct arena *arena, const struct aws_signer *signer, const struct aws_request *request,
                      struct aws_headers *headers)
{
    struct parts parts;

    start_parts(arena, signer, request, &parts);
    parts.payload = hash_of(arena, request->body);
    *headers = (struct aws_headers){.date = parts.stamp};
    insert_header(arena, &parts.headers, TEXT("x-amz-date"), parts.stamp);
    if (text_equal_string(signer->service, "s3")) {
        headers->content_sha256 = parts.payload;
        insert_header(arena, &parts.headers, TEXT("x-amz-content-sha256"), parts.payload);
    }
    struct text signature = signature_of(arena, signer, request, &parts);
    headers->authorization = text_of(arena_print(
        arena, ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
        TEXT_ARGUMENTS(signer->access_key_id), TEXT_ARGUMENTS(scope_of(arena, signer, parts.stamp)),
        TEXT_ARGUMENTS(names_of(arena, &parts.headers)), TEXT_ARGUMENTS(signature)));
}

struct text aws_sign_address(struct arena *arena, const struct aws_signer *signer,
                             const struct aws_request *request, const char *scheme, int64_t seconds)
{
    struct parts parts;
    struct builder address;

    start_parts(arena, signer, request, &parts);
    parts.payload = TEXT(UNSIGNED_PAYLOAD);
    insert_encoded(arena, &parts.query, TEXT("X-Amz-Algorithm"), TEXT(ALGORITHM));
    insert_encoded(arena, &parts.query, TEXT("X-Amz-Credential"),
                   text_of(arena_print(arena, "%.*s/%.*s", TEXT_ARGUMENTS(signer->access_key_id),
                                       TEXT_ARGUMENTS(scope_of(arena, signer, parts.stamp)))));
    insert_encoded(arena, &parts.query, TEXT("X-Amz-Date"), parts.stamp);
    insert_encoded(arena, &parts.query, TEXT("X-Amz-Expires"),
                   text_of(arena_print(arena, "%lld", (long long)seconds)));
    insert_encoded(arena, &parts.query, TEXT("X-Amz-SignedHeaders"), names_of(arena, &parts.headers));

    builder_start(&address, arena, 1024, LONGEST_REQUEST);
    builder_add_format(&address, "%s://%.*s", scheme, TEXT_ARGUMENTS(request->host));
    add_path(&address, request->path);
    builder_add_format(&address, "?%.*s&X-Amz-Signature=%.*s", TEXT_ARGUMENTS(query_of(arena, &parts.query)),
                       TEXT_ARGUMENTS(signature_of(arena, signer, request, &parts)));
    return arena_copy_text(arena, builder_text(&address));
}
