/* Any Accept and Content-Type: an answer of JSON is acceptable or not, and a range that says so by itself is
 * believed. */
#include "fuzz.h"

#include "http/negotiation.h"

static const char *find_accept(const void *owner, const char *name)
{
    return text_equal_string(text_of(name), "HTTP_ACCEPT") ? owner : NULL;
}

static enum problem negotiate_with(const char *accept)
{
    static const struct endpoint row = {.form_of_answer = ANSWER_ONE};
    static struct request request;

    request = (struct request){.endpoint = &row};
    fuzz_context(&request.context);
    request.incoming.header = find_accept;
    request.incoming.owner = accept;
    return negotiate(&request);
}

/* Headers come as strings without line ends or zeros. */
static char *header_of(const uint8_t *data, size_t size, const char *before)
{
    char *header = malloc(size + strlen(before) + 1);

    require(header != NULL);
    memcpy(header, before, strlen(before));
    for (size_t i = 0; i < size; i++) {
        header[strlen(before) + i] = (char)(data[i] < ' ' ? ' ' : data[i]);
    }
    header[strlen(before) + size] = '\0';
    return header;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *plain = header_of(data, size, "");
    char *wanted = header_of(data, size, "application/json,");
    char *refused = header_of(data, size, "application/json;q=0,");
    const enum problem problem = negotiate_with(plain);

    require(problem == PROBLEM_NONE || problem == PROBLEM_NOT_ACCEPTABLE);
    require(negotiate_with(wanted) == PROBLEM_NONE);
    require(negotiate_with(refused) == PROBLEM_NOT_ACCEPTABLE);
    if (media_type_is(text_of(plain), TEXT("application/json"))) {
        require(size >= sizeof("application/json") - 1);
    }
    free(plain);
    free(wanted);
    free(refused);
    return 0;
}
