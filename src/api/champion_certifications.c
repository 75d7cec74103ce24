/* Champion certifications: people who were trained to lead practice. */
#include <string.h>

#include "api/handlers.h"
#include "base/clock.h"
#include "sql/statements.h"

/* How much of a time is its date. */
#define DATE_LENGTH (sizeof("2019-05-01") - 1)

static enum problem answer(struct request *request, struct value user)
{
    struct result *rows;

    TRY(sql_show_champion_certification(&request->context,
                                        (struct sql_show_champion_certification){.user_id = user}, &rows));
    return respond_with(request, rows);
}

static enum problem fail_on_future(struct context *context)
{
    context_fault(context, "date", "date must not be in the future.");
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem judge_certification_date(struct request *request)
{
    struct text date = text_value(&request->body, "date");
    char now[CLOCK_TEXT_SIZE];

    clock_write(clock_now(), now);
    return date.data != NULL && memcmp(date.data, now, DATE_LENGTH) > 0 ? fail_on_future(&request->context)
                                                                        : PROBLEM_NONE;
}

enum problem set_champion_certification(struct request *request)
{
    struct context *context = &request->context;
    struct value user = value_text(text_value(&request->body, "user_id"));
    struct result *rows;

    TRY(sql_champion_certification_set(
        context,
        (struct sql_champion_certification_set){.date = value_text(text_value(&request->body, "date")),
                                                .user = user},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no such user.");
    }
    if (result_true(rows, 0, "future")) {
        return fail_on_future(context);
    }
    return answer(request, user);
}

/* Which one is meant must be said, else the request is malformed and not merely refused. */
static enum problem take_id(struct request *request, const char *name, struct value *id)
{
    struct text text = text_value(&request->query, name);

    if (text.data == NULL) {
        context_fault(&request->context, name, "%s is required.", name);
    }
    *id = value_text(text);
    return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
}

enum problem show_champion_certification(struct request *request)
{
    struct value user;

    TRY(take_id(request, "user_id", &user));
    return answer(request, user);
}

static enum problem delete_certification(struct request *request, struct value id)
{
    struct result *rows;

    TRY(sql_champion_certification_delete(&request->context,
                                          (struct sql_champion_certification_delete){.id = id}, &rows));
    return respond_with(request, rows);
}

enum problem delete_champion_certification(struct request *request)
{
    struct value id;

    TRY(take_id(request, "id", &id));
    return delete_certification(request, id);
}

enum problem delete_champion_certification_by_path(struct request *request)
{
    return delete_certification(request, value_text(path_value(request, "id")));
}
