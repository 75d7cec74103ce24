/* Courses, as employees make and change them. */
#include "api/handlers.h"
#include "api/names.h"
#include "sql/statements.h"

static struct value body_value(const struct request *request, const char *name)
{
    return value_text(text_value(&request->body, name));
}

static enum problem check_body(struct request *request)
{
    struct context *context = &request->context;
    struct text code = text_value(&request->body, "language_code");

    if (code.data != NULL && !is_language_code(text_lower(context->arena, code))) {
        context_fault(context, "language_code", "language_code must be two letters.");
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem admin_create_course(struct request *request)
{
    struct result *rows;

    TRY(check_body(request));
    TRY(sql_admin_create_course(
        &request->context,
        (struct sql_admin_create_course){.name = body_value(request, "name"),
                                         .description = body_value(request, "description"),
                                         .basics = body_value(request, "basics"),
                                         .language_code = body_value(request, "language_code")},
        &rows));
    return respond_with(request, rows);
}

enum problem admin_update_course(struct request *request)
{
    struct context *context = &request->context;
    struct value course = value_text(path_value(request, "id"));
    struct result *rows;

    TRY(check_body(request));
    TRY(sql_course_update(context,
                          (struct sql_course_update){.course = course,
                                                     .name = body_value(request, "name"),
                                                     .description_given = value_boolean(
                                                         value_of(&request->body, "description")->given),
                                                     .description = body_value(request, "description"),
                                                     .basics = body_value(request, "basics"),
                                                     .language_code = body_value(request, "language_code")},
                          &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    TRY(sql_admin_show_course(context, (struct sql_admin_show_course){.id = course}, &rows));
    return respond_with(request, rows);
}
