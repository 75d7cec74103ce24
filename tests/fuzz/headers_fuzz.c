/* Any values of the headers that are taken apart: keys, cookies, tags, trace ids. One input holds one value a
 * line, in this order. */
#include "fuzz.h"

#include "access/api_key.h"
#include "api/saml_cookie.h"
#include "http/entity_tag.h"
#include "http/negotiation.h"
#include "http/problem_answer.h"
#include "http/request.h"

static const char *const names[] = {"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_IF_MATCH", "HTTP_TRACEPARENT",
                                    "HTTP_ACCEPT_ENCODING"};
#define HEADERS (sizeof(names) / sizeof(names[0]))

static char *values[HEADERS];

static const char *find_header(const void *owner, const char *name)
{
    (void)owner;
    for (size_t i = 0; i < HEADERS; i++) {
        if (strcmp(names[i], name) == 0) {
            return values[i];
        }
    }
    return NULL;
}

/* Headers come as strings of their own, without line ends or zeros. */
static char *header_of(struct text line)
{
    char *value = malloc(line.length + 1);

    require(value != NULL);
    for (size_t i = 0; i < line.length; i++) {
        value[i] = (char)((unsigned char)line.data[i] < ' ' ? ' ' : line.data[i]);
    }
    value[line.length] = '\0';
    return value;
}

static bool is_part(struct text part, const char *whole)
{
    return part.length == 0 || memmem(whole, strlen(whole), part.data, part.length) != NULL;
}

static void check(struct request *request)
{
    const struct text id = TEXT("_0123456789abcdef0123456789abcdef");
    const struct text key = api_key_presented(request);
    const struct text cookie = saml_cookie_get(request, id);
    const struct text trace = request_trace_id(request);

    require(key.data == NULL || is_part(key, values[0]));
    require(cookie.data == NULL || is_part(cookie, values[1]));
    require(!entity_tag_matches(request, TEXT("\"tag\"")) || strchr(values[2], '*') != NULL ||
            strstr(values[2], "\"tag\"") != NULL);
    require(trace.length == 32 && strspn(trace.data, "0123456789abcdef") >= 32);
    (void)list_accepts(text_of(values[4]), TEXT("gzip"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    struct text rest = fuzz_text(data, size);

    request = (struct request){.incoming = {.header = find_header}};
    fuzz_context(&request.context);
    for (size_t i = 0; i < HEADERS; i++) {
        values[i] = header_of(rest.data != NULL ? text_cut(&rest, '\n') : NO_TEXT);
    }
    check(&request);
    for (size_t i = 0; i < HEADERS; i++) {
        free(values[i]);
    }
    return 0;
}
