/* CORS, by the configured list of origins and nothing else. */
#include "http/cross_origin.h"

#include "config/config.h"

static const char exposed_headers[] = "access-token, token-type, client, expiry, uid, authorization, link, "
                                      "x-request-id, retry-after, deprecation, etag";
static const char accepted_headers[] =
    "accept, authorization, content-type, access-token, token-type, client, "
    "expiry, uid, x-request-id, prefer, traceparent, if-match, user_id, user-id";

static bool is_allowed(const struct request *request, struct text origin)
{
    for (const char *const *allowed = request->context.configuration->allowed_origins; *allowed != NULL;
         allowed++) {
        if (text_equal_string(origin, *allowed)) {
            return true;
        }
    }
    return false;
}

void add_cross_origin_headers(struct request *request)
{
    struct text origin = request_header(request, "HTTP_ORIGIN");

    if (*request->context.configuration->allowed_origins == NULL) {
        return;
    }
    response_header(request, "Vary", TEXT("Origin"));
    if (origin.data != NULL && is_allowed(request, origin)) {
        response_header(request, "Access-Control-Allow-Origin", origin);
        response_header(request, "Access-Control-Expose-Headers", text_of(exposed_headers));
    }
}

void answer_options(struct request *request)
{
    struct text origin = request_header(request, "HTTP_ORIGIN");

    request->response.status = 204;
    if (origin.data != NULL && is_allowed(request, origin)) {
        response_header(request, "Access-Control-Allow-Methods", TEXT("GET, HEAD, POST, PUT, PATCH, DELETE"));
        response_header(request, "Access-Control-Allow-Headers", text_of(accepted_headers));
        response_header(request, "Access-Control-Max-Age", TEXT("7200"));
    }
}
