/* Content negotiation, as far as one representation needs it. */
#include "http/negotiation.h"

bool media_type_is(struct text content_type, struct text media_type)
{
    struct text rest = content_type;

    return text_equal_ignoring_case(text_trim(text_cut(&rest, ';')), media_type);
}

bool charset_is_utf8(struct text content_type)
{
    struct text rest = content_type;

    (void)text_cut(&rest, ';');
    while (rest.data != NULL) {
        struct text value = text_trim(text_cut(&rest, ';'));
        struct text name = text_trim(text_cut(&value, '='));

        value = text_trim(value);
        if (value.length > 1 && value.data[0] == '"' && value.data[value.length - 1] == '"') {
            value = text_part(value, 1, value.length - 2);
        }
        if (text_equal_ignoring_case(name, TEXT("charset")) &&
            !text_equal_ignoring_case(value, TEXT("utf-8"))) {
            return false;
        }
    }
    return true;
}

/* How exactly a media range covers a type: 0 not at all, 1 all types, 2 the group, 3 the type itself. */
static int match(struct text range, struct text type)
{
    size_t slash = text_find(type, '/');

    if (text_equal(range, TEXT("*/*")) || text_equal(range, TEXT("*"))) {
        return 1;
    }
    if (text_equal_ignoring_case(range, type)) {
        return 3;
    }
    if (range.length == slash + 2 && text_equal(text_part(range, slash, 2), TEXT("/*")) &&
        text_equal_ignoring_case(text_part(range, 0, slash), text_part(type, 0, slash))) {
        return 2;
    }
    return 0;
}

/* Whether the parameters of a media range hold q=0 (or 0.0, 0.00, 0.000). */
static bool is_refused(struct text parameters)
{
    while (parameters.data != NULL) {
        struct text value = text_trim(text_cut(&parameters, ';'));
        struct text name = text_cut(&value, '=');

        if (text_equal_ignoring_case(text_trim(name), TEXT("q"))) {
            value = text_trim(value);
            for (size_t i = 0; i < value.length; i++) {
                if (value.data[i] != '0' && value.data[i] != '.') {
                    return false;
                }
            }
            return true;
        }
    }
    return false;
}

/* The most exact range that covers the type decides; none means no. */
bool list_accepts(struct text accept, struct text type)
{
    int best = 0;
    bool accepted = false;

    while (accept.data != NULL) {
        struct text parameters = text_cut(&accept, ',');
        struct text range = text_trim(text_cut(&parameters, ';'));
        int exactness = match(range, type);

        if (exactness > best) {
            best = exactness;
            accepted = !is_refused(parameters);
        }
    }
    return accepted;
}

static bool is_xml(struct text type)
{
    const struct text suffix = TEXT("+xml");

    return type.length > suffix.length &&
           text_equal(text_part(type, type.length - suffix.length, type.length), suffix);
}

/* A document in XML goes to whoever takes XML, and to clients of this API, who ask for JSON whatever they
 * call. */
static bool is_accepted(struct text accept, struct text type)
{
    if (list_accepts(accept, type)) {
        return true;
    }
    return is_xml(type) &&
           (list_accepts(accept, TEXT("application/xml")) || list_accepts(accept, TEXT("text/xml")) ||
            list_accepts(accept, TEXT("application/json")));
}

enum problem negotiate(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    struct text accept = request_header(request, "HTTP_ACCEPT");
    struct text rest = text_of(endpoint->answer_type != NULL ? endpoint->answer_type : "application/json");
    struct text type = text_trim(text_cut(&rest, ';'));

    if (text_is_empty(text_trim(accept)) || endpoint->form_of_answer == ANSWER_NOTHING ||
        endpoint->status == 302 || is_accepted(accept, type)) {
        return PROBLEM_NONE;
    }
    return FAIL(&request->context, PROBLEM_NOT_ACCEPTABLE, "Answers are %.*s; the Accept header excludes it.",
                TEXT_ARGUMENTS(type));
}
