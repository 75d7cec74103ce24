/* What must be true of every row of the table of operations, whatever it does. */
#include "api/shapes.h"
#include "base/arena.h"
#include "http/request.h"
#include "sql/statements.h"
#include "support/cmocka_headers.h"

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)256 << 20);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

#define EACH_ROW(row) (const struct endpoint *(row) = endpoints; (row) < endpoints + endpoint_count; (row)++)

#define require(holds, row, ...)                                              \
    do {                                                                      \
        if (!(holds)) {                                                       \
            fail_msg("%s: %s", (row)->name, arena_print(arena, __VA_ARGS__)); \
        }                                                                     \
    } while (0)

/* The whole address of a row, where all placeholders look alike and so do the letters of an API that takes
 * any case. */
static struct text address_of(const struct endpoint *row)
{
    struct text rest = text_of(row->path);
    const char *address = api_base(row->api);
    while (rest.data != NULL) {
        struct text segment = text_cut(&rest, '/');
        bool placeholder = text_starts_with(segment, TEXT("{"));
        address = arena_print(arena, "%s/%.*s", address, TEXT_ARGUMENTS(placeholder ? TEXT("{}") : segment));
    }
    return dialects[row->api].any_case ? text_lower(arena, text_of(address)) : text_of(address);
}

static void names_are_unique_words(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            require(row->name[0] != '\0' &&
                        strspn(row->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(row->name),
                    row, "no word");
            for (const struct endpoint *other = endpoints; other < row; other++) {
                require(strcmp(other->name, row->name) != 0, row, "the name stands twice");
            }
        }
}

static void method_and_path_are_unique(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            require(row->method <= METHOD_DELETE, row, "%s follows from other methods",
                    method_name(row->method));
            for (const struct endpoint *other = endpoints; other < row; other++) {
                require(other->method != row->method || !text_equal(address_of(other), address_of(row)), row,
                        "%s has the same address", other->name);
            }
        }
}

static void paths_start_with_a_slash_and_do_not_end_with_one(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            size_t length = strlen(row->path);
            require(length == 0 || row->path[0] == '/', row, "no slash");
            require(length == 0 || row->path[length - 1] != '/', row, "a slash at the end");
            require(strstr(row->path, "//") == NULL, row, "two slashes");
            require(strspn(row->path, "abcdefghijklmnopqrstuvwxyz_/{}.-0123456789") == length, row,
                    "odd characters in %s", row->path);
        }
}

static void every_row_says_who_may_call_and_what_it_is(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            require(row->access != ACCESS_UNSET, row, "no access");
            require(strcmp(access_name(row->access), "unset") != 0, row, "its access has no name");
            require(row->api < API_COUNT, row, "no API");
            require(row->tag != NULL, row, "no tag");
            require(row->summary != NULL && row->summary[0] >= 'A' && row->summary[0] <= 'Z', row,
                    "no summary");
            require(row->summary[strlen(row->summary) - 1] != '.', row, "a summary is no sentence");
            require(row->about == NULL || row->about[strlen(row->about) - 1] == '.', row,
                    "about is sentences");
        }
}

static void every_row_declares_its_answer(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            switch (row->form_of_answer) {
            case ANSWER_ONE:
            case ANSWER_LIST:
            case ANSWER_PAGE:
            case ANSWER_BARE:
            case ANSWER_ARRAY:
                require(row->answer != NULL && row->answer->count > 0, row, "no shape of the answer");
                require(row->answer_schema == NULL && row->answer_type == NULL, row,
                        "a schema beside the form");
                break;
            case ANSWER_OWN:
                require(row->answer_schema != NULL || row->answer_type != NULL || row->status == 302, row,
                        "no schema of its own answer");
                break;
            case ANSWER_TRUE:
            case ANSWER_NOTHING:
                require(row->answer == NULL && row->answer_schema == NULL, row,
                        "an answer is declared that it cannot give");
                break;
            case ANSWER_UNSET:
                require(false, row, "no form of the answer");
            }
        }
}

static void every_row_is_answered_by_somebody(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            bool shown = row->handle == NULL && row->statement == NULL;
            require(row->statement == NULL || row->access != ACCESS_PUBLIC || row->handle == NULL, row,
                    "a statement that only runs along with the check of a session");
            require(!shown || row->session != NULL, row, "neither handler nor statement nor session");
            require(row->handle != NULL || row->form_of_answer != ANSWER_OWN, row,
                    "nobody writes its own answer");
        }
}

static void every_placeholder_is_known_and_used(void **state)
{
    (void)state;
    bool used[64] = {false};
    assert_true(placeholder_count <= sizeof(used));
    for
        EACH_ROW(row)
        {
            size_t count = 0;
            for (const char *open = strchr(row->path, '{'); open != NULL; open = strchr(open + 1, '{')) {
                const struct placeholder *placeholder =
                    placeholder_find((struct text){open + 1, strcspn(open + 1, "}")});
                require(placeholder != NULL, row, "%s is not in placeholders.def", open);
                used[placeholder - placeholders] = true;
                count++;
            }
            require(count <= MAXIMUM_PATH_VALUES, row, "%zu placeholders", count);
        }
    for (size_t i = 0; i < placeholder_count; i++) {
        if (!used[i]) {
            fail_msg("no path has {%s}", placeholders[i].name);
        }
    }
}

static void check_session_statement(const struct statement *statement)
{
    static const char *const parameters[] = {"token_hash", "client", "uid"};
    assert_int_equal(statement->parameter_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(statement->parameters[i], parameters[i]);
    }
}

/* Their values are bound by position, as those of session_find. */
static void session_statements_take_token_client_and_uid_in_this_order(void **state)
{
    (void)state;
    check_session_statement(&statement_session_find);
    for
        EACH_ROW(row)
        {
            if (row->session != NULL) {
                require(row->access != ACCESS_PUBLIC, row, "a session statement where none is checked");
                check_session_statement(row->session);
            }
        }
}

static bool has_field(const struct shape *shape, const char *name)
{
    return shape != NULL && shape_find(shape, name) < shape->count;
}

static bool can_be_bound(const struct endpoint *row, const char *name)
{
    bool page = strcmp(name, "limit") == 0 || strcmp(name, "offset") == 0 || strcmp(name, "sort") == 0;
    return page ? row->paged
                : strstr(row->path, arena_print(arena, "{%s}", name)) != NULL ||
                      has_field(row->query, name) || has_field(row->body, name);
}

static void parameters_of_a_rows_statement_come_from_its_request(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            for (size_t i = 0; row->statement != NULL && i < row->statement->parameter_count; i++) {
                const char *name = row->statement->parameters[i];
                require(can_be_bound(row, name), row, "nothing in the request is called %s", name);
            }
        }
}

static void lists_have_pages_and_an_order(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            bool page = row->form_of_answer == ANSWER_PAGE;
            require(!page || row->paged, row, "a page without page and size");
            require(!row->paged || page || row->form_of_answer == ANSWER_LIST ||
                        row->form_of_answer == ANSWER_ARRAY || row->form_of_answer == ANSWER_OWN,
                    row, "page and size of what is no list");
            require(!row->paged || row->order != NULL, row, "a list without an order");
            require(row->sort == NULL || row->order != NULL, row, "sort without a default order");
            require(row->order == NULL || row->paged, row, "an order of what is no list");
        }
}

static bool is_among(const char *list, struct text name)
{
    struct text rest = text_of(list);
    while (rest.data != NULL) {
        if (text_equal(text_cut(&rest, ','), name)) {
            return true;
        }
    }
    return false;
}

/* What a client may sort by, it must be able to see. */
static void sort_fields_are_fields_of_the_answer(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            struct text rest = text_of(row->sort);
            while (rest.data != NULL) {
                struct text name = text_cut(&rest, ',');
                require(has_field(row->answer, arena_copy(arena, name.data, name.length)), row,
                        "%.*s is no field of the answer", TEXT_ARGUMENTS(name));
            }
            rest = text_of(row->order);
            while (rest.data != NULL && row->sort != NULL) {
                struct text name = text_cut(&rest, ',');
                name = text_starts_with(name, TEXT("-")) ? text_part(name, 1, name.length) : name;
                require(is_among(row->sort, name), row, "the usual order has %.*s, which sort has not",
                        TEXT_ARGUMENTS(name));
            }
        }
}

static void bodies_belong_to_methods_that_have_one(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            require(row->body == NULL || row->method != METHOD_GET, row, "GET with a body");
            require(row->body != NULL || (!row->body_in_query && !row->form && !row->large_body), row,
                    "says things of a body that it has not");
        }
}

static void forms_are_taken_exactly_under_auth(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            bool under_auth = row->api == API_WORKLETE && strncmp(row->path, "/auth", 5) == 0 &&
                              (row->path[5] == '/' || row->path[5] == '\0');
            require(row->body == NULL || row->form == under_auth || row->form_only, row,
                    "forms are for /auth");
            require(row->form || !row->form_only, row, "only a form, but no form");
        }
}

static void problems_are_declared_once_and_are_problems(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            enum problem list[PROBLEM_COUNT];
            size_t count = endpoint_problems(row, list);
            for (size_t i = 0; i < count; i++) {
                require(problem_status(list[i]) >= 400, row, "problem %d has no status of an error",
                        (int)list[i]);
                require(i == 0 || problem_status(list[i - 1]) <= problem_status(list[i]), row,
                        "problems are not in order");
            }
            require(row->access != ACCESS_PUBLIC || row->no_session == PROBLEM_NONE, row,
                    "a public row does without a session");
        }
}

static bool has_password(const struct shape *shape)
{
    for (size_t i = 0; shape != NULL && i < shape->count; i++) {
        if (shape->fields[i].type == FIELD_PASSWORD ||
            (shape->fields[i].shape != shape && has_password(shape->fields[i].shape))) {
            return true;
        }
    }
    return false;
}

static void no_answer_has_a_password(void **state)
{
    (void)state;
    for
        EACH_ROW(row)
        {
            require(!has_password(row->answer), row, "its answer has a password");
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_words),
        cmocka_unit_test(method_and_path_are_unique),
        cmocka_unit_test(paths_start_with_a_slash_and_do_not_end_with_one),
        cmocka_unit_test(every_row_says_who_may_call_and_what_it_is),
        cmocka_unit_test(every_row_declares_its_answer),
        cmocka_unit_test(every_row_is_answered_by_somebody),
        cmocka_unit_test(every_placeholder_is_known_and_used),
        cmocka_unit_test(session_statements_take_token_client_and_uid_in_this_order),
        cmocka_unit_test(parameters_of_a_rows_statement_come_from_its_request),
        cmocka_unit_test(lists_have_pages_and_an_order),
        cmocka_unit_test(sort_fields_are_fields_of_the_answer),
        cmocka_unit_test(bodies_belong_to_methods_that_have_one),
        cmocka_unit_test(forms_are_taken_exactly_under_auth),
        cmocka_unit_test(problems_are_declared_once_and_are_problems),
        cmocka_unit_test(no_answer_has_a_password),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
