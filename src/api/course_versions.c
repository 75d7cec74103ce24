/* The versions of a course: numbered without gaps, at most one of them published at any moment. */
#include "api/handlers.h"
#include "http/entity_tag.h"
#include "http/paging.h"
#include "sql/statements.h"

/* Most of what a version's other fields take in an answer: a title has 200 characters, each of up to six
 * bytes when it is escaped. */
#define ROOM_BESIDE_CONTENT 2048

static struct value course_of(const struct request *request)
{
    return value_text(path_value(request, "course_id"));
}

static struct value body_value(const struct request *request, const char *name)
{
    return value_text(text_value(&request->body, name));
}

static bool becomes(const struct request *request, const char *status)
{
    return text_equal_string(text_value(&request->body, "status"), status);
}

/* What tells this state of a version from all others. */
static struct text tag_of(struct request *request, const struct result *version)
{
    return text_of(arena_print(request->context.arena, "\"%.*s.%.*s\"",
                               TEXT_ARGUMENTS(result_text(version, 0, "id")),
                               TEXT_ARGUMENTS(result_text(version, 0, "revision"))));
}

static enum problem answer(struct request *request, struct value version)
{
    struct result *rows;

    TRY(sql_course_version_shown(
        &request->context,
        (struct sql_course_version_shown){.version = version, .course = course_of(request)}, &rows));
    TRY(respond_with(request, rows));
    response_header(request, "ETag", tag_of(request, rows));
    return PROBLEM_NONE;
}

/* Contents may be large: more of them than an answer should hold are asked for in smaller pages, and memory
 * for those that are answered is taken once. */
static enum problem make_room(struct request *request, const struct result *rows)
{
    struct context *context = &request->context;

    if (result_rows(rows) == 0 || result_null(rows, 0, "bytes")) {
        return PROBLEM_NONE;
    }
    if (!result_true(rows, 0, "fits")) {
        context_fault(
            context, "size",
            "size is too large here: the contents of these versions are more than 48 MiB together.");
        return FAIL_ON_FAULTS(context, PROBLEM_MALFORMED);
    }
    (void)builder_reserve(&request->response.body,
                          (size_t)result_integer(rows, 0, "bytes") + result_rows(rows) * ROOM_BESIDE_CONTENT);
    return PROBLEM_NONE;
}

enum problem admin_list_course_versions(struct request *request)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_admin_list_course_versions(
        context,
        (struct sql_admin_list_course_versions){.course_id = course_of(request),
                                                .limit = paging_limit(request),
                                                .offset = paging_offset(request)},
        request->paging.order, request->paging.order_count, &rows));
    TRY(make_room(request, rows));
    return respond_with(request, rows);
}

enum problem admin_show_course_version(struct request *request)
{
    return answer(request, value_text(path_value(request, "version_id")));
}

/* Changes of one course's versions happen one after the other. */
static enum problem lock_course(struct request *request)
{
    struct result *rows;

    TRY(sql_course_lock(&request->context, (struct sql_course_lock){.course = course_of(request)}, &rows));
    return result_rows(rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND) : PROBLEM_NONE;
}

/* The version that was published makes room in the same transaction. */
static enum problem publish(struct request *request, struct value version)
{
    struct context *context = &request->context;
    struct value course = course_of(request);
    struct result *rows;

    TRY(sql_course_version_retire(context, (struct sql_course_version_retire){.course = course}, &rows));
    return sql_course_version_publish(
        context, (struct sql_course_version_publish){.version = version, .course = course}, &rows);
}

enum problem admin_create_course_version(struct request *request)
{
    struct context *context = &request->context;
    struct value version;
    struct result *rows;

    TRY(lock_course(request));
    TRY(sql_course_version_insert(
        context,
        (struct sql_course_version_insert){.course = course_of(request),
                                           .title = body_value(request, "title"),
                                           .content = body_value(request, "content")},
        &rows));
    version = value_text(result_text(rows, 0, "id"));
    if (becomes(request, "published")) {
        TRY(publish(request, version));
    }
    return answer(request, version);
}

/* What learners may have begun stays as it is, and nobody's change is overwritten unseen. */
static enum problem check_change(struct request *request, const struct result *version)
{
    if (!entity_tag_matches(request, tag_of(request, version))) {
        return FAIL_PLAINLY(&request->context, PROBLEM_PRECONDITION_FAILED);
    }
    if (!text_equal(result_text(version, 0, "status"), TEXT("draft"))) {
        return FAIL(&request->context, PROBLEM_CONFLICT,
                    "The version is %.*s and cannot change any more; make a new one.",
                    TEXT_ARGUMENTS(result_text(version, 0, "status")));
    }
    return PROBLEM_NONE;
}

static enum problem change(struct request *request, struct value version)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_course_version_update(
        context,
        (struct sql_course_version_update){.title = body_value(request, "title"),
                                           .content = body_value(request, "content"),
                                           .version = version},
        &rows));
    if (becomes(request, "published")) {
        return publish(request, version);
    }
    if (becomes(request, "archived")) {
        return sql_course_version_archive(context, (struct sql_course_version_archive){.version = version},
                                          &rows);
    }
    return PROBLEM_NONE;
}

/* A change that is there already is answered as if it were made now, so that it may be sent twice. */
enum problem admin_update_course_version(struct request *request)
{
    struct context *context = &request->context;
    struct value version = value_text(path_value(request, "version_id"));
    struct result *rows;

    TRY(lock_course(request));
    TRY(sql_course_version_to_change(
        context,
        (struct sql_course_version_to_change){.title = body_value(request, "title"),
                                              .status = body_value(request, "status"),
                                              .content = body_value(request, "content"),
                                              .version = version,
                                              .course = course_of(request)},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    if (result_true(rows, 0, "changes")) {
        TRY(check_change(request, rows));
        TRY(change(request, version));
    }
    return answer(request, version);
}
