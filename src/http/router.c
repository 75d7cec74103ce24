/* Routing: the table's paths as a tree of segments, built once in a process. */
#include "http/router.h"

#include <stdlib.h>

#include "base/encoding.h"

/* The methods that rows have; HEAD and OPTIONS follow from them. */
#define ROW_METHODS (METHOD_DELETE + 1)

/* Stands for any segment in the tree. */
#define PLACEHOLDER_MARK TEXT("{}")

struct node {
    struct text literal; /* PLACEHOLDER_MARK: any segment; its name is told by the row, since two rows may
                            call it differently */
    struct node *child;
    struct node *sibling;
    const struct endpoint *rows[ROW_METHODS];
};

static struct node root;

static struct node *node_create(struct text segment)
{
    struct node *node = calloc(1, sizeof *node);

    if (node == NULL) {
        abort();
    }
    node->literal = segment;
    return node;
}

static struct node *node_child(struct node *parent, struct text segment)
{
    struct node **place = &parent->child;

    while (*place != NULL && !text_equal((*place)->literal, segment)) {
        place = &(*place)->sibling;
    }
    if (*place == NULL) {
        *place = node_create(segment);
    }
    return *place;
}

static bool is_placeholder(struct text segment)
{
    return text_starts_with(segment, TEXT("{"));
}

static struct node *node_extend(struct node *node, const char *path)
{
    struct text rest = text_of(path);

    if (rest.length == 0) {
        return node;
    }
    text_cut(&rest, '/');
    while (rest.data != NULL) {
        struct text segment = text_cut(&rest, '/');

        node = node_child(node, is_placeholder(segment) ? PLACEHOLDER_MARK : segment);
    }
    return node;
}

static void build_tree(void)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        struct node *node = node_extend(node_extend(&root, api_base(row->api)), row->path);

        if (row->method >= ROW_METHODS || node->rows[row->method] != NULL) {
            abort();
        }
        node->rows[row->method] = row;
    }
}

static bool value_is_valid(const struct placeholder *placeholder, struct text value)
{
    int64_t integer;

    switch (placeholder->type) {
    case PLACEHOLDER_UUID:
        return text_is_uuid(value);
    case PLACEHOLDER_INTEGER:
        return text_to_integer(value, 1, (INT64_C(1) << 53) - 1, &integer);
    case PLACEHOLDER_TEXT:
        return !text_is_empty(value) && text_is_utf8(value);
    }
    return false;
}

/* Whether case matters is the API's, not the node's: two of them share some nodes. */
static bool literal_matches(const struct request *request, const struct node *node, struct text segment)
{
    return !is_placeholder(node->literal) &&
           (dialects[request->api].any_case ? text_equal_ignoring_case(node->literal, segment)
                                            : text_equal(node->literal, segment));
}

static struct node *match_segment(struct request *request, struct node *parent, struct text raw)
{
    struct text segment = raw;
    struct node *node;

    if (text_find(raw, '%') < raw.length && !decode_percent(request->context.arena, raw, false, &segment)) {
        return NULL;
    }
    for (node = parent->child; node != NULL; node = node->sibling) {
        if (literal_matches(request, node, segment)) {
            return node;
        }
    }
    for (node = parent->child; node != NULL; node = node->sibling) {
        if (is_placeholder(node->literal) && request->path_value_count < MAXIMUM_PATH_VALUES) {
            request->path_values[request->path_value_count++].text =
                arena_copy_text(request->context.arena, segment);
            return node;
        }
    }
    return NULL;
}

/* Names and judges the values that the path had, by the placeholders of the row. */
static void name_values(struct request *request)
{
    struct text rest = text_of(request->endpoint->path);
    size_t count = 0;

    while (rest.data != NULL) {
        struct text segment = text_cut(&rest, '/');

        if (is_placeholder(segment)) {
            struct path_value *value = &request->path_values[count++];

            value->placeholder = placeholder_find(text_part(segment, 1, segment.length - 2));
            if (value->placeholder == NULL) {
                abort();
            }
            value->valid = value_is_valid(value->placeholder, value->text);
        }
    }
}

/* The API whose error form an address gets, whether there is a row for it or not. */
static enum api api_of_path(struct text path)
{
    static const struct {
        const char *prefix;
        bool exact;
        enum api api;
    } prefixes[] = {
        {"/v3", false, API_MOODWORK},
        {"/api/v1/user", false, API_MOAB},
        {"/api/v1/usergroup", false, API_MOAB},
        {"/api/v1/login", false, API_MOAB},
        {"/api/v1/organization", true, API_MOAB},
    };

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct text prefix = text_of(prefixes[i].prefix);
        bool same = prefixes[i].api == API_MOODWORK
                        ? text_starts_with(path, prefix)
                        : text_equal_ignoring_case(text_part(path, 0, prefix.length), prefix);
        bool ends =
            path.length == prefix.length || (path.length > prefix.length && path.data[prefix.length] == '/');

        if (same && ends && (!prefixes[i].exact || path.length <= prefix.length + 1)) {
            return prefixes[i].api;
        }
    }
    return API_WORKLETE;
}

/* One slash at the end is taken off where the API allows it. */
static struct text without_trailing_slash(const struct request *request, struct text path)
{
    bool has_one = path.length > 1 && path.data[path.length - 1] == '/';
    bool allowed =
        has_one && (dialects[request->api].trailing_slash || text_starts_with(path, TEXT("/api/v1/auth/")));

    return allowed ? text_part(path, 0, path.length - 1) : path;
}

static struct node *find_node(struct request *request)
{
    struct text rest = without_trailing_slash(request, request->incoming.path);
    struct node *node = &root;

    if (!text_starts_with(rest, TEXT("/"))) {
        return NULL;
    }
    text_cut(&rest, '/');
    while (node != NULL && rest.data != NULL) {
        node = match_segment(request, node, text_cut(&rest, '/'));
    }
    return node;
}

/* "GET, HEAD, POST, OPTIONS"; empty where the node has no rows. */
static struct text allowed_methods(struct request *request, const struct node *node)
{
    struct builder list;

    builder_start(&list, request->context.arena, 64, 256);
    for (enum method method = METHOD_GET; method < ROW_METHODS; method++) {
        if (node->rows[method] != NULL) {
            builder_add_format(&list, "%s%s%s", list.length > 0 ? ", " : "", method_name(method),
                               method == METHOD_GET ? ", HEAD" : "");
        }
    }
    if (list.length > 0) {
        BUILDER_ADD_LITERAL(&list, ", OPTIONS");
    }
    return builder_text(&list);
}

/* What an address without a row for the method is told: the methods that it has, if there are any. */
static enum problem refuse(struct request *request, const struct node *node)
{
    struct text allowed = node != NULL ? allowed_methods(request, node) : NO_TEXT;

    if (text_is_empty(allowed)) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    response_header(request, "Allow", allowed);
    return request->incoming.method == METHOD_OPTIONS
               ? PROBLEM_NONE
               : FAIL_PLAINLY(&request->context, PROBLEM_METHOD_NOT_ALLOWED);
}

enum problem route(struct request *request)
{
    enum method method = request->incoming.method == METHOD_HEAD ? METHOD_GET : request->incoming.method;
    const struct node *node;

    if (root.child == NULL) {
        build_tree();
    }
    request->api = api_of_path(request->incoming.path);
    node = find_node(request);
    if (node == NULL || method >= ROW_METHODS || node->rows[method] == NULL) {
        return refuse(request, node);
    }
    request->endpoint = node->rows[method];
    request->api = request->endpoint->api;
    name_values(request);
    return PROBLEM_NONE;
}
