/* Any bytes as what an identity provider says: by the first byte a form, a query or plain XML, or XML that
 * was signed outside. It is refused with a sentence for administrators, or what comes of it is what a
 * signature of the seeds covers. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "config/config.h"
#include "saml/response.h"
#include "saml/transport.h"

#define NOW       (INT64_C(1767225600) * 1000000) /* 2026-01-01, when the seeds were made */
#define SIGNED_AS "member@example.com"            /* whom all signed seeds name */
#define PROVIDER  "https://idp.example.com"
#define CONSUMER  "https://sp.example.com/api/v1/saml/consume"

static char keys_folder[] = "/tmp/muster-fuzz-keys-XXXXXX";
static char keys_file[sizeof keys_folder + 16];
static struct configuration configuration = {.public_url = "https://sp.example.com",
                                             .saml_keys = keys_folder};

static void remove_keys(void)
{
    unlink(keys_file);
    rmdir(keys_folder);
}

static size_t read_key(const char *name, char *pem, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, SOURCE_FOLDER "/tests/data/saml/keys/%s.pem", name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, pem, size - 1);
    require(length > 0);
    close(file);
    pem[length] = '\0';
    return (size_t)length;
}

/* Our own key, with which the seeds are encrypted, where muster looks for it. */
static void place_keys(void)
{
    char pem[16384];
    size_t length = read_key("service", pem, sizeof pem);
    require(mkdtemp(keys_folder) != NULL);
    snprintf(keys_file, sizeof keys_file, "%s/current.pem", keys_folder);
    int file = open(keys_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    require(file >= 0 && write(file, pem, length) == (ssize_t)length);
    close(file);
    atexit(remove_keys);
}

/* The provider's one certificate, as its metadata would hold it. */
static struct text provider_certificate(void)
{
    static char der[8192];
    static size_t der_length;
    if (der_length == 0) {
        char pem[16384];
        read_key("provider", pem, sizeof pem);
        char *start = strstr(pem, "-----BEGIN CERTIFICATE-----");
        require(start != NULL);
        struct arena *arena = arena_create(FUZZ_ARENA_MAXIMUM);
        struct text lines = {start + 27, (size_t)(strstr(start, "-----END") - start) - 27};
        char *kept = arena_reserve(arena, lines.length);
        size_t length = 0;
        for (size_t i = 0; i < lines.length; i++) {
            if (lines.data[i] != '\n') {
                kept[length++] = lines.data[i];
            }
        }
        struct text bytes;
        require(decode_base64(arena, (struct text){kept, length}, &bytes) && bytes.length <= sizeof der);
        memcpy(der, bytes.data, bytes.length);
        der_length = bytes.length;
        arena_destroy(arena);
    }
    return (struct text){der, der_length};
}

/* The XML in the way that the first byte says. */
static enum problem take(struct saml_reading *reading, char way, struct text rest, struct text *xml)
{
    switch (way) {
    case 'f':
        return saml_decode_form(reading, rest, xml);
    case 'q':
        return saml_decode_query(reading, rest, xml);
    default:
        *xml = rest;
        return PROBLEM_NONE;
    }
}

static enum problem judge(struct saml_reading *reading, char way, struct text rest,
                          struct saml_sign_on *sign_on)
{
    struct saml_message message;
    struct text xml;
    TRY(take(reading, way, rest, &xml));
    TRY(saml_message_read(reading, xml, &message));
    require(!text_is_empty(message.issuer));
    return saml_message_trust(reading, &message, way == 't', sign_on);
}

static void check_refused(const struct saml_reading *reading, enum problem problem)
{
    require(problem == PROBLEM_MALFORMED || problem == PROBLEM_UNTRUSTED || problem == PROBLEM_FORBIDDEN);
    require(reading->reason != NULL && text_is_utf8(text_of(reading->reason)) &&
            strchr(reading->reason, '\n') == NULL);
}

static void check_taken(const struct saml_reading *reading, char way, const struct saml_sign_on *sign_on)
{
    require(sign_on->name_id.length > 0 && sign_on->name_id.length <= 256 && text_is_utf8(sign_on->name_id));
    require(!text_is_empty(sign_on->assertion_id) &&
            sign_on->not_on_or_after > reading->context->now - 61 * INT64_C(1000000));
    require(way == 't' || text_equal_string(sign_on->name_id, SIGNED_AS));
    (void)saml_attribute(reading->arena, sign_on, TEXT("mail"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct context context;
    if (keys_file[0] == '\0') {
        place_keys();
    }
    fuzz_context(&context);
    context.configuration = &configuration;
    context.now = NOW;
    struct saml_metadata provider = {.entity_id = text_of(PROVIDER),
                                     .certificates = {provider_certificate()},
                                     .certificate_count = 1,
                                     .valid_until = INT64_MAX};
    struct saml_reading reading;
    struct saml_sign_on sign_on;
    saml_reading_start(&reading, &context);
    require(strcmp(reading.consumer, CONSUMER) == 0);
    reading.provider = &provider;
    const char way = size == 0 ? 'x' : (char)data[0];
    const enum problem problem =
        judge(&reading, way, fuzz_text(data + (size > 0), size - (size > 0)), &sign_on);
    if (problem == PROBLEM_NONE) {
        check_taken(&reading, way, &sign_on);
    } else {
        check_refused(&reading, problem);
    }
    return 0;
}
