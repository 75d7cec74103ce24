/* The documents that the server shows of itself: the OpenAPI document, printed once a process, and the
 * reference page, which is part of the program. Both are the same for everybody, so that a client may keep
 * them as long as their ETag holds. */
#include "api/handlers.h"

#include "api/documents_data.h"
#include "base/encoding.h"
#include "http/openapi.h"
#include "http/request.h"

#define CONTENT_POLICY                                                                             \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#define TAG_SIZE 48

/* A document and its entity tag, both for as long as the process lives. */
struct document {
    struct text content;
    char tag[TAG_SIZE];
};

static void set_tag(struct arena *arena, struct document *document)
{
    unsigned char digest[SHA256_SIZE];
    struct text text;

    sha256(document->content, digest);
    text = encode_base64url(arena, (struct text){(const char *)digest, sizeof digest});
    snprintf(document->tag, sizeof document->tag, "\"%.*s\"", TEXT_ARGUMENTS(text));
}

/* Whether the client has the document already. nginx makes a tag weak when it compresses, and a weak one is
 * good enough here. */
static bool is_known(const struct request *request, const struct document *document)
{
    struct text rest = request_header(request, "HTTP_IF_NONE_MATCH");

    while (rest.data != NULL) {
        struct text tag = text_trim(text_cut(&rest, ','));

        if (text_starts_with(tag, TEXT("W/"))) {
            tag = text_part(tag, 2, tag.length - 2);
        }
        if (text_equal_string(tag, document->tag) || text_equal(tag, TEXT("*"))) {
            return true;
        }
    }
    return false;
}

/* A client that sends session values expects a full answer to everything. */
static bool has_token(const struct request *request)
{
    return request_header(request, "HTTP_ACCESS_TOKEN").data != NULL ||
           request_header(request, "HTTP_AUTHORIZATION").data != NULL;
}

static enum problem show(struct request *request, struct document *document)
{
    struct response *response = &request->response;

    if (document->tag[0] == '\0') {
        set_tag(request->context.arena, document);
    }
    response_header(request, "ETag", text_of(document->tag));
    response_header(request, "Cache-Control", TEXT("no-cache"));
    response_header(request, "Content-Security-Policy", TEXT(CONTENT_POLICY));
    if (!has_token(request) && is_known(request, document)) {
        response->status = 304;
        response->type = NULL;
        return PROBLEM_NONE;
    }
    if (request->endpoint->answer_type != NULL) {
        response->type = request->endpoint->answer_type;
    }
    builder_add_text(&response->body, document->content);
    return PROBLEM_NONE;
}

/* A copy of the text that outlives the request. */
static bool keep(struct text text, struct text *kept)
{
    char *copy = malloc(text.length);

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, text.data, text.length);
    *kept = (struct text){copy, text.length};
    return true;
}

enum problem show_openapi(struct request *request)
{
    static struct document document;

    if (document.content.data == NULL &&
        !keep(openapi_document(request->context.arena, OPENAPI_SERVER_URL), &document.content)) {
        return FAIL_PLAINLY(&request->context, PROBLEM_UNAVAILABLE);
    }
    return show(request, &document);
}

enum problem show_documents_page(struct request *request)
{
    static struct document document = {.content = {documents_page, sizeof documents_page}};

    return show(request, &document);
}

enum problem show_documents_style(struct request *request)
{
    static struct document document = {.content = {documents_style, sizeof documents_style}};

    return show(request, &document);
}

enum problem show_documents_script(struct request *request)
{
    static struct document document = {.content = {documents_script, sizeof documents_script}};

    return show(request, &document);
}
