/* From the rows of a statement to the body of an answer, in the form that the endpoint's row declares. */
#include "http/paging.h"
#include "http/request.h"

/* What one thing of a list takes, roughly, and how many such an answer gets room for at once: it grows where
 * that is not enough. */
#define ROOM_FOR_ROW   1024
#define ROWS_WITH_ROOM 100

/* Nobody's thing is 404; one that is seen but not allowed is 403. */
static enum problem check_permission(struct request *request, const struct result *result)
{
    if (result_rows(result) == 0) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    if (result_has_column(result, "permitted") && !result_true(result, 0, "permitted")) {
        return FAIL_PLAINLY(&request->context, PROBLEM_FORBIDDEN);
    }
    return PROBLEM_NONE;
}

static enum problem respond_with_one(struct request *request, const struct result *result, bool envelope)
{
    struct row_source source = result_source(result);
    const struct binding *binding = result_binding(result, request->endpoint->answer);

    TRY(check_permission(request, result));
    if (envelope) {
        json_open_object(&request->writer);
        json_key(&request->writer, "data");
    }
    encode_object(&request->writer, binding, &source, 0);
    if (envelope) {
        json_close_object(&request->writer);
    }
    return PROBLEM_NONE;
}

static void make_room(struct request *request, size_t rows)
{
    (void)builder_reserve(&request->response.body,
                          ROOM_FOR_ROW * (rows < ROWS_WITH_ROOM ? rows : ROWS_WITH_ROOM));
}

static enum problem respond_with_many(struct request *request, const struct result *result, bool page)
{
    struct row_source source = result_source(result);
    const struct binding *binding = result_binding(result, request->endpoint->answer);

    if (result_has_column(result, "permitted")) {
        TRY(check_permission(request, result));
    }
    make_room(request, result_rows(result));
    json_open_object(&request->writer);
    json_key(&request->writer, "data");
    encode_array(&request->writer, binding, &source);
    if (page) {
        paging_write(request, result_rows(result) > 0 ? result_integer(result, 0, "total") : 0);
    }
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

static enum problem respond_with_array(struct request *request, const struct result *result)
{
    struct row_source source = result_source(result);

    encode_array(&request->writer, result_binding(result, request->endpoint->answer), &source);
    if (request->paging.given) {
        paging_link(request, result_rows(result) > 0 ? result_integer(result, 0, "total") : 0);
    }
    return PROBLEM_NONE;
}

enum problem respond_with(struct request *request, const struct result *result)
{
    switch (request->endpoint->form_of_answer) {
    case ANSWER_ONE:
        return respond_with_one(request, result, true);
    case ANSWER_BARE:
        return respond_with_one(request, result, false);
    case ANSWER_LIST:
        return respond_with_many(request, result, request->paging.given);
    case ANSWER_PAGE:
        return respond_with_many(request, result, true);
    case ANSWER_ARRAY:
        return respond_with_array(request, result);
    case ANSWER_TRUE:
        TRY(check_permission(request, result));
        json_boolean(&request->writer, true);
        return PROBLEM_NONE;
    case ANSWER_NOTHING:
        return check_permission(request, result);
    case ANSWER_UNSET:
    case ANSWER_OWN:
        break;
    }
    return FAIL_PLAINLY(&request->context, PROBLEM_INTERNAL);
}
