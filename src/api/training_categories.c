/* An organization's training categories: which job titles learn which courses, in which order. */
#include "api/handlers.h"
#include "sql/statements.h"

static struct value organization_of(const struct request *request)
{
    return value_text(path_value(request, "organization_id"));
}

/* Names are needed, and an empty one is no name: 400 here, as the page has it. */
static enum problem check_name(struct request *request, bool needed)
{
    const struct field_value *name = value_of(&request->body, "name");

    if ((name->given || needed) && text_is_empty(name->text)) {
        context_fault(&request->context, "name", "name must not be empty.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
}

static enum problem answer(struct request *request, struct value category)
{
    struct result *rows;

    TRY(sql_training_category_shown(&request->context,
                                    (struct sql_training_category_shown){.category = category}, &rows));
    return respond_with(request, rows);
}

static enum problem find_organization(struct request *request)
{
    struct result *rows;

    TRY(sql_organization_exists(&request->context,
                                (struct sql_organization_exists){.organization = organization_of(request)},
                                &rows));
    return result_rows(rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND) : PROBLEM_NONE;
}

enum problem create_training_category(struct request *request)
{
    struct result *rows;

    TRY(check_name(request, true));
    TRY(find_organization(request));
    TRY(sql_training_category_insert(
        &request->context,
        (struct sql_training_category_insert){.organization = organization_of(request),
                                              .name = value_text(text_value(&request->body, "name"))},
        &rows));
    return answer(request, value_text(result_text(rows, 0, "id")));
}

static enum problem check_lists(struct request *request)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_training_category_faults(context,
                                     (struct sql_training_category_faults){
                                         .job_titles = value_text(text_value(&request->body, "job_titles")),
                                         .course_ids = value_text(text_value(&request->body, "course_ids"))},
                                     &rows));
    if (result_true(rows, 0, "equal_titles")) {
        context_fault(context, "job_titles", "job_titles has one title twice; case makes no difference.");
    }
    if (result_true(rows, 0, "equal_courses")) {
        context_fault(context, "course_ids", "course_ids has one course twice.");
    }
    if (result_true(rows, 0, "unknown_courses")) {
        context_fault(context, "course_ids", "course_ids names a course that does not exist.");
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem judge_category_lists(struct request *request)
{
    return check_lists(request);
}

static enum problem replace_titles(struct request *request, struct value category)
{
    struct context *context = &request->context;
    const struct field_value *titles = value_of(&request->body, "job_titles");
    struct value list = value_text(titles->text);
    struct result *rows;

    if (titles->null) {
        return PROBLEM_NONE;
    }
    TRY(sql_training_category_titles_remove(
        context, (struct sql_training_category_titles_remove){.category = category, .job_titles = list},
        &rows));
    return sql_training_category_titles_add(
        context,
        (struct sql_training_category_titles_add){
            .category = category, .organization = organization_of(request), .job_titles = list},
        &rows);
}

static enum problem replace_courses(struct request *request, struct value category)
{
    struct context *context = &request->context;
    const struct field_value *courses = value_of(&request->body, "course_ids");
    struct value list = value_text(courses->text);
    struct result *rows;

    if (courses->null) {
        return PROBLEM_NONE;
    }
    TRY(sql_training_category_courses_remove(
        context, (struct sql_training_category_courses_remove){.category = category, .course_ids = list},
        &rows));
    return sql_training_category_courses_add(
        context,
        (struct sql_training_category_courses_add){
            .category = category, .organization = organization_of(request), .course_ids = list},
        &rows);
}

static enum problem rename_category(struct request *request, struct value category)
{
    struct text name = text_value(&request->body, "name");
    struct result *rows;

    if (name.data == NULL) {
        return PROBLEM_NONE;
    }
    return sql_training_category_rename(
        &request->context,
        (struct sql_training_category_rename){.name = value_text(name), .category = category}, &rows);
}

/* The category's row is locked for as long as its lists are replaced. */
enum problem update_training_category(struct request *request)
{
    struct context *context = &request->context;
    struct value category = value_text(path_value(request, "training_category_id"));
    struct result *rows;

    TRY(check_name(request, false));
    TRY(sql_training_category_lock(
        context,
        (struct sql_training_category_lock){.category = category, .organization = organization_of(request)},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    TRY(check_lists(request));
    TRY(rename_category(request, category));
    TRY(replace_titles(request, category));
    TRY(replace_courses(request, category));
    return answer(request, category);
}
