/* Any bytes as JSON: what the scan takes json-c must take too, and what it refuses must not get through. */
#include "fuzz.h"

#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct text text = fuzz_text(data, size);
    const struct json_scan scan = json_scan(text, JSON_MAXIMUM_DEPTH);
    struct json_object *value = NULL;
    struct context context;

    fuzz_context(&context);
    const enum problem problem = json_parse(&context, text, &value);
    require(scan.position <= size);
    require(problem == PROBLEM_NONE || problem == PROBLEM_MALFORMED);
    require(scan.fault == NULL || problem == PROBLEM_MALFORMED);
    require(scan.fault != NULL || scan.keys > 1 || scan.values > JSON_MAXIMUM_CONTAINERS ||
            problem == PROBLEM_NONE);
    require(scan.fault != NULL || text_is_utf8(text));
    return 0;
}
