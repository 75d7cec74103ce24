/* Addresses at Amazon name the bucket as a host (https://bucket.s3.region.amazonaws.com/key); a store of
 * one's own (s3_endpoint) has it in the path, as none of them needs names in DNS for each bucket. */
#include "storage/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "outgoing/aws_signature.h"
#include "outgoing/http.h"

#define FETCH_TIME (600 * MICROSECONDS_PER_SECOND)
#define LOOK_TIME  (10 * MICROSECONDS_PER_SECOND)

/* Where a key is. */
struct place {
    const char *scheme;
    struct text host;
    struct text path; /* not encoded */
};

static struct place place_of(struct context *context, struct text key)
{
    const struct configuration *configuration = context->configuration;
    struct text endpoint = text_of(configuration->s3_endpoint);
    struct arena *arena = context->arena;
    bool plain = text_starts_with(endpoint, TEXT("http://"));

    if (endpoint.length == 0) {
        return (struct place){.scheme = "https",
                              .host =
                                  text_of(arena_print(arena, "%s.s3.%s.amazonaws.com",
                                                      configuration->s3_bucket, configuration->s3_region)),
                              .path = text_of(arena_print(arena, "/%.*s", TEXT_ARGUMENTS(key)))};
    }
    struct text rest = text_part(endpoint, plain ? strlen("http://") : strlen("https://"), endpoint.length);
    return (struct place){
        .scheme = plain ? "http" : "https",
        .host = text_part(rest, 0, text_find(rest, '/')),
        .path = text_of(arena_print(arena, "/%s/%.*s", configuration->s3_bucket, TEXT_ARGUMENTS(key)))};
}

static struct aws_signer signer_of(const struct context *context)
{
    const struct configuration *configuration = context->configuration;

    return (struct aws_signer){.access_key_id = text_of(configuration->s3_access_key_id),
                               .secret_access_key = text_of(configuration->s3_secret_access_key),
                               .region = text_of(configuration->s3_region),
                               .service = TEXT("s3"),
                               .now = context->now};
}

struct text remote_put_address(struct context *context, struct text key)
{
    struct place place = place_of(context, key);
    struct aws_signer signer = signer_of(context);
    struct aws_request request = {.method = "PUT", .host = place.host, .path = place.path};

    return aws_sign_address(context->arena, &signer, &request, place.scheme,
                            context->configuration->upload_url_lifetime / MICROSECONDS_PER_SECOND);
}

/* A file without a name, which is gone with its descriptor. */
static int open_nameless(struct context *context)
{
    char *path = arena_print(context->arena, "%s/XXXXXX.part", context->configuration->upload_folder);
    int file = mkostemps(path, (int)strlen(".part"), O_CLOEXEC);

    if (file < 0 || unlink(path) != 0) {
        LOG_ERROR("no file can be made in %s: %s", context->configuration->upload_folder, strerror(errno));
    }
    return file;
}

/* A signed address needs no header besides. */
static struct text signed_address(struct context *context, const char *method, struct text key, int64_t time)
{
    struct place place = place_of(context, key);
    struct aws_signer signer = signer_of(context);
    struct aws_request request = {.method = method, .host = place.host, .path = place.path};

    signer.now = clock_now();
    return aws_sign_address(context->arena, &signer, &request, place.scheme, time / MICROSECONDS_PER_SECOND);
}

/* Amazon tells who may not list a bucket 403 of whatever is not there. */
static enum problem tell_of_answer(struct context *context, int status)
{
    const char *hint = status == 403 ? " (may its key s3:GetObject and s3:ListBucket?)" : "";

    LOG_ERROR("the store answers %d when it is asked for an upload%s", status, hint);
    return FAIL(context, PROBLEM_UNAVAILABLE, "The store answers %d when it is asked for the file%s.", status,
                hint);
}

enum problem remote_look(struct context *context, struct text key, int64_t *size)
{
    struct http_answer answer;

    *size = -1;
    TRY(http_send(context,
                  &(struct http_call){.method = "HEAD",
                                      .address = signed_address(context, "HEAD", key, LOOK_TIME),
                                      .timeout = LOOK_TIME},
                  &answer));
    if (answer.status == 200 && answer.length >= 0) {
        *size = answer.length;
    }
    return answer.status == 200 || answer.status == 404 ? PROBLEM_NONE
                                                        : tell_of_answer(context, answer.status);
}

static enum problem refuse_size(struct context *context)
{
    context_forgive(context);
    return FAIL(context, PROBLEM_TOO_LARGE, "The file is larger than %lld bytes, the limit of uploads.",
                (long long)context->configuration->upload_max_size);
}

static enum problem fetch(struct context *context, struct text key, const int *file)
{
    struct http_answer answer;
    enum problem problem = http_send(context,
                                     &(struct http_call){
                                         .method = "GET",
                                         .address = signed_address(context, "GET", key, FETCH_TIME),
                                         .timeout = FETCH_TIME,
                                         .maximum = (size_t)context->configuration->upload_max_size,
                                         .place = file,
                                     },
                                     &answer);

    if (problem != PROBLEM_NONE) {
        return answer.too_large ? refuse_size(context) : problem;
    }
    if (answer.status == 404) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no uploaded file of that key.");
    }
    return answer.status == 200 ? PROBLEM_NONE : tell_of_answer(context, answer.status);
}

enum problem remote_open(struct context *context, struct text key, FILE **file)
{
    int descriptor = open_nameless(context);
    enum problem problem =
        descriptor < 0 ? FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE) : fetch(context, key, &descriptor);

    *file = NULL;
    if (problem == PROBLEM_NONE && lseek(descriptor, 0, SEEK_SET) == 0) {
        *file = fdopen(descriptor, "r");
    }
    if (*file == NULL && descriptor >= 0) {
        close(descriptor);
    }
    return problem == PROBLEM_NONE && *file == NULL ? FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE) : problem;
}
