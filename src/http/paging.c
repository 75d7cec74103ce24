/* Pages and their order, read from the query and told in the answer. */
#include "http/paging.h"

#include "base/encoding.h"
#include "config/config.h"

#define DEFAULT_SIZE 25
#define MAXIMUM_SIZE 100

/* A front end holds the head of an answer in one small buffer; a longer Link is left out. */
#define MAXIMUM_LINK 6144

static int64_t first_page(const struct request *request)
{
    return request->endpoint->pages_from_zero ? 0 : 1;
}

/* A list that is whole unless a page is asked for. */
static bool is_whole(const struct request *request)
{
    enum answer_form form = request->endpoint->form_of_answer;

    return (form == ANSWER_LIST || form == ANSWER_ARRAY) && !request->paging.given;
}

static enum problem read_number(struct request *request, const char *name, int64_t minimum, int64_t maximum,
                                int64_t *number)
{
    struct text text = parameters_find(request->query_parameters, name);

    if (text.data == NULL) {
        return PROBLEM_NONE;
    }
    request->paging.given = true;
    if (!text_to_integer(text, minimum, maximum, number)) {
        context_fault(&request->context, name, "%s must be a whole number from %lld to %lld.", name,
                      (long long)minimum, (long long)maximum);
        return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
    }
    return PROBLEM_NONE;
}

/* The allowed name that `field` is, or NULL; `allowed` is a list with commas. */
static const char *allowed_field(struct request *request, const char *allowed, struct text field)
{
    struct text rest = text_of(allowed);

    while (rest.data != NULL) {
        struct text name = text_cut(&rest, ',');

        if (text_equal(name, field)) {
            return arena_copy(request->context.arena, name.data, name.length);
        }
    }
    return NULL;
}

static enum problem add_order(struct request *request, const char *allowed, struct text item)
{
    struct paging *paging = &request->paging;
    bool descending = text_starts_with(item, TEXT("-"));
    const char *column =
        allowed_field(request, allowed, descending ? text_part(item, 1, item.length - 1) : item);

    if (column == NULL) {
        context_fault(&request->context, "sort", "sort can name only %s, each with an optional minus.",
                      allowed);
        return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
    }
    for (size_t i = 0; i < paging->order_count; i++) {
        struct text rest = text_of(paging->order[i]);

        if (text_equal_string(text_cut(&rest, ' '), column)) {
            return PROBLEM_NONE; /* a second mention of a field decides nothing */
        }
    }
    if (paging->order_count < sizeof paging->order / sizeof paging->order[0] - 1) {
        paging->order[paging->order_count++] =
            descending ? arena_print(request->context.arena, "%s DESC", column) : column;
    }
    return PROBLEM_NONE;
}

static enum problem read_order(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    const char *allowed = endpoint->sort != NULL ? endpoint->sort : endpoint->order;
    struct text given = endpoint->sort != NULL ? parameters_find(request->query_parameters, "sort") : NO_TEXT;
    struct text rest = given.data != NULL ? given : text_of(endpoint->order);

    while (rest.data != NULL) {
        TRY(add_order(request, allowed, text_trim(text_cut(&rest, ','))));
    }
    request->paging.order[request->paging.order_count++] = "id";
    return PROBLEM_NONE;
}

enum problem paging_read(struct request *request)
{
    struct paging *paging = &request->paging;

    *paging = (struct paging){.page = first_page(request), .size = DEFAULT_SIZE};
    if (request->endpoint->paged) {
        TRY(read_number(request, "page", first_page(request), INT32_MAX, &paging->page));
        TRY(read_number(request, "size", 1, MAXIMUM_SIZE, &paging->size));
    }
    if (request->endpoint->order != NULL) {
        TRY(read_order(request));
    }
    return PROBLEM_NONE;
}

struct value paging_limit(struct request *request)
{
    return is_whole(request) ? NULL_VALUE : value_integer(request->context.arena, request->paging.size);
}

struct value paging_offset(struct request *request)
{
    int64_t pages_before = request->paging.page - first_page(request);

    return value_integer(request->context.arena, pages_before * request->paging.size);
}

static void add_link(struct request *request, struct builder *link, struct text others, int64_t page,
                     const char *relation)
{
    if (link->length > 0) {
        BUILDER_ADD_LITERAL(link, ", ");
    }
    BUILDER_ADD_LITERAL(link, "<");
    builder_add_string(link, request->context.configuration->public_url);
    builder_add_text(link, request->incoming.path);
    BUILDER_ADD_LITERAL(link, "?");
    builder_add_text(link, others);
    BUILDER_ADD_LITERAL(link, "page=");
    builder_add_integer(link, page);
    BUILDER_ADD_LITERAL(link, "&size=");
    builder_add_integer(link, request->paging.size);
    BUILDER_ADD_LITERAL(link, ">; rel=\"");
    builder_add_string(link, relation);
    BUILDER_ADD_LITERAL(link, "\"");
}

/* Lists may come as "name" and as "name[]". */
static struct text without_brackets(struct text name)
{
    bool brackets = name.length > 2 && text_equal(text_part(name, name.length - 2, 2), TEXT("[]"));

    return brackets ? text_part(name, 0, name.length - 2) : name;
}

static bool is_known(const struct endpoint *endpoint, struct parameter parameter)
{
    const struct shape *shape = endpoint->query;
    struct text name = without_brackets(parameter.name);

    for (size_t i = 0; shape != NULL && i < shape->count; i++) {
        if (text_equal_string(name, shape->fields[i].name)) {
            return true;
        }
    }
    return text_equal_string(parameter.name, "sort");
}

/* The query's other parameters that the row knows, encoded anew, each with an & behind it. */
static struct text other_parameters(struct request *request)
{
    struct arena *arena = request->context.arena;
    struct builder others;

    builder_start(&others, arena, 128, MAXIMUM_LINK);
    for (size_t i = 0; i < request->query_parameters.count; i++) {
        const struct parameter *parameter = &request->query_parameters.list[i];

        if (is_known(request->endpoint, *parameter)) {
            builder_add_text(&others, encode_percent(arena, parameter->name));
            builder_add_character(&others, '=');
            builder_add_text(&others, encode_percent(arena, parameter->value));
            builder_add_character(&others, '&');
        }
    }
    return builder_text(&others);
}

static void add_link_header(struct request *request, int64_t pages)
{
    int64_t page = request->paging.page;
    int64_t first = first_page(request);
    int64_t last = pages > 0 ? first + pages - 1 : first;
    struct text others = other_parameters(request);
    struct builder link;

    builder_start(&link, request->context.arena, 512, MAXIMUM_LINK);
    add_link(request, &link, others, first, "first");
    if (page > first && pages > 0) {
        add_link(request, &link, others, page - 1 < last ? page - 1 : last, "prev");
    }
    if (page < last) {
        add_link(request, &link, others, page + 1, "next");
    }
    add_link(request, &link, others, last, "last");
    if (!link.overflowed) {
        response_header(request, "Link", builder_text(&link));
    }
}

static int64_t count_pages(const struct request *request, int64_t total)
{
    return (total + request->paging.size - 1) / request->paging.size;
}

void paging_link(struct request *request, int64_t total)
{
    add_link_header(request, count_pages(request, total));
}

void paging_write(struct request *request, int64_t total)
{
    struct json_writer *writer = &request->writer;
    int64_t pages = count_pages(request, total);

    json_key(writer, "meta");
    json_open_object(writer);
    json_key(writer, "page");
    json_integer(writer, request->paging.page);
    json_key(writer, "size");
    json_integer(writer, request->paging.size);
    json_key(writer, "total");
    json_integer(writer, total);
    json_key(writer, "pages");
    json_integer(writer, pages);
    json_close_object(writer);
    add_link_header(request, pages);
}
