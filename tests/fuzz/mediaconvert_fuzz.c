/* Any answer of MediaConvert: it tells how far a job is, in values that can be kept and shown, or it is an
 * answer that says nothing, which is tried again. */
#include "fuzz.h"

#include "config/config.h"
#include "media/mediaconvert.h"
#include "outgoing/http.h"

/* What it answers. */
static struct http_answer given;

/* Stands in the place of the one that asks over the network. */
enum problem http_send(struct context *context, const struct http_call *call, struct http_answer *answer)
{
    require(call->maximum > 0 && call->timeout > 0);
    require(text_starts_with(call->address, TEXT("https://mediaconvert.test/2017-08-29/jobs/")));
    *answer = given;
    answer->body = arena_copy_text(context->arena, given.body);
    return PROBLEM_NONE;
}

static void check_outcome(const struct mediaconvert_outcome *outcome)
{
    require(given.status >= 200 && given.status < 300);
    require(outcome->percent >= 0 && outcome->percent <= 100);
    require(outcome->state == MEDIACONVERT_RUNNING || outcome->state == MEDIACONVERT_COMPLETE ||
            outcome->state == MEDIACONVERT_ERROR);
    require((outcome->state == MEDIACONVERT_ERROR) == (outcome->error.length > 0));
    require(text_is_utf8(outcome->error));
    require(outcome->error.length == 0 || outcome->error.data[outcome->error.length] == '\0');
    if (outcome->state == MEDIACONVERT_COMPLETE) {
        require(memmem(given.body.data, given.body.length, "COMPLETE", strlen("COMPLETE")) != NULL ||
                memchr(given.body.data, '\\', given.body.length) != NULL);
    }
}

/* The first byte tells the status. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 201, 400, 403, 404, 429, 500, 301};
    static const struct configuration configuration = {.mediaconvert_endpoint = "https://mediaconvert.test",
                                                       .mediaconvert_region = "eu-west-1",
                                                       .mediaconvert_role = "",
                                                       .aws_access_key_id = "key",
                                                       .aws_secret_access_key = "secret"};
    struct mediaconvert_outcome outcome;
    struct context context;

    if (size == 0) {
        return 0;
    }
    fuzz_context(&context);
    context.configuration = &configuration;
    given = (struct http_answer){.status = statuses[data[0] % (sizeof statuses / sizeof statuses[0])],
                                 .body = fuzz_text(data + 1, size - 1),
                                 .length = -1};
    const enum problem problem = mediaconvert_ask(&context, TEXT("1700000000-a b/c"), &outcome);
    require(problem == context.problem);
    if (problem == PROBLEM_NONE) {
        check_outcome(&outcome);
    } else {
        require(problem == PROBLEM_UNAVAILABLE || problem == PROBLEM_REFUSED);
        require(context.faults == NULL);
    }
    return 0;
}
