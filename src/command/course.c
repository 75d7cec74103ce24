/* Moving courses between servers: one JSON file holds a course and its versions, each as the API shows it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api/learning_shapes.h"
#include "command/change.h"
#include "command/commands.h"
#include "command/patience.h"
#include "sql/statements.h"
#include "json/decode.h"
#include "json/json.h"

/* As large as the output of a command may be. */
#define LARGEST_FILE ((size_t)256 << 20)

/* --- Export --- */

static void write_document(struct builder *out, const struct result *course, const struct result *versions)
{
    const struct row_source course_row = result_source(course);
    const struct row_source version_rows = result_source(versions);
    struct json_writer json;

    json_start(&json, out);
    json_open_object(&json);
    json_key(&json, "format");
    json_string(&json, course_formats[0]);
    json_key(&json, "course");
    encode_object(&json, result_binding(course, &course_answer), &course_row, 0);
    json_key(&json, "versions");
    encode_array(&json, result_binding(versions, &course_version_answer), &version_rows);
    json_close_object(&json);
    builder_add_character(out, '\n');
}

/* Both are read in one transaction, so that they belong together. */
static enum problem read_course(struct context *context, const char *id, struct result **course,
                                struct result **versions)
{
    const struct sql_course_export_lock lock = {.course = value_string(id)};
    const struct sql_course_versions_export all = {.course = value_string(id)};
    const struct queued queue[] = {
        {.statement = &statement_course_export_lock, .values = (const struct value *)&lock},
        {.statement = &statement_course_versions_export, .values = (const struct value *)&all},
    };
    struct result *results[2];

    TRY(statements_run(context, queue, 2, results));
    *course = results[0];
    *versions = results[1];
    return result_rows(*course) == 0 ? FAIL(context, PROBLEM_NOT_FOUND, "There is no course %s.", id)
                                     : PROBLEM_NONE;
}

int command_course_export(struct command_line *line)
{
    const char *id = line->operands[0];
    struct result *course;
    struct result *versions;
    struct builder out;

    if (!text_is_uuid(text_of(id))) {
        return wrong_usage(line, "%s is not an id", id);
    }
    be_patient(line);
    enum problem problem = read_course(&line->context, id, &course, &versions);
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    output_start(line, &out);
    write_document(&out, course, versions);
    return output_end(line, &out);
}

/* --- Import --- */

/* Of a file it is known; what comes by a pipe grows. */
static size_t size_of(FILE *file)
{
    struct stat status;
    const bool known = fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;

    return known && (uint64_t)status.st_size < LARGEST_FILE ? (size_t)status.st_size : 65536;
}

static enum problem read_stream(struct context *context, FILE *file, const char *name, struct text *text)
{
    struct builder content;
    char chunk[65536];
    size_t length;

    builder_start(&content, context->arena, size_of(file), LARGEST_FILE);
    while ((length = fread(chunk, 1, sizeof chunk, file)) > 0) {
        builder_add(&content, chunk, length);
    }
    if (ferror(file) != 0) {
        return FAIL(context, PROBLEM_MALFORMED, "%s: %s", name, strerror(errno));
    }
    if (content.overflowed) {
        return FAIL(context, PROBLEM_MALFORMED, "%s is larger than 256 MiB.", name);
    }
    *text = builder_text(&content);
    return PROBLEM_NONE;
}

static enum problem read_file(struct context *context, const char *name, struct text *text)
{
    FILE *file = fopen(name, "rb");

    if (file == NULL) {
        return FAIL(context, PROBLEM_MALFORMED, "%s: %s", name, strerror(errno));
    }
    const enum problem problem = read_stream(context, file, name, text);
    (void)fclose(file);
    return problem;
}

static enum problem read_document(struct context *context, const char *name, struct values *document)
{
    struct json_object *object;
    struct text text = NO_TEXT;

    TRY(read_file(context, name, &text));
    TRY(json_parse_file(context, text, &course_document, &object));
    return decode_object(context, &course_document, object, document);
}

/* What a version of this server would not be. */
static void check_version(struct context *context, const struct values *version, int64_t count)
{
    const int64_t number = value_of(version, "number")->integer;
    const bool published = text_equal(text_value(version, "status"), TEXT("published"));

    if (number > count) {
        context_fault(context, "number", "There is a version %lld, but not all before it.",
                      (long long)number);
    }
    if (published && value_of(version, "published_at")->null) {
        context_fault(context, "published_at", "Version %lld is published, but has no published_at.",
                      (long long)number);
    }
    if (text_value(version, "content").length > (size_t)context->configuration->large_body_maximum) {
        context_fault(context, "content", "The content of version %lld is larger than large_body_maximum.",
                      (long long)number);
    }
}

/* Numbers are 1, 2, …, each once; one version at most is published. */
static enum problem check_versions(struct context *context, const struct field_value *versions)
{
    const int64_t count = (int64_t)versions->element_count;
    bool *seen = ARENA_ARRAY(context->arena, bool, versions->element_count + 1);
    int published = 0;

    for (size_t index = 0; index < versions->element_count; index++) {
        const struct values *version = &versions->elements[index];
        const int64_t number = value_of(version, "number")->integer;
        check_version(context, version, count);
        if (number <= count && seen[number]) {
            context_fault(context, "number", "There are two versions %lld.", (long long)number);
        } else if (number <= count) {
            seen[number] = true;
        }
        published += text_equal(text_value(version, "status"), TEXT("published"));
    }
    if (published > 1) {
        context_fault(context, "status", "There are %d published versions; a course has one at most.",
                      published);
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

static enum problem add_version(struct context *context, struct value course, const struct values *version)
{
    struct result *rows;

    return sql_course_version_import(
        context,
        (struct sql_course_version_import){.course = course,
                                           .number = value_text(text_value(version, "number")),
                                           .status = value_text(text_value(version, "status")),
                                           .title = value_text(text_value(version, "title")),
                                           .content = value_text(text_value(version, "content")),
                                           .created_at = value_text(text_value(version, "created_at")),
                                           .updated_at = value_text(text_value(version, "updated_at")),
                                           .published_at = value_text(text_value(version, "published_at"))},
        &rows);
}

static enum problem add_course(struct context *context, const struct values *document, struct text *id)
{
    const struct values *course = &value_of(document, "course")->elements[0];
    const struct field_value *versions = value_of(document, "versions");
    struct result *rows;

    TRY(sql_course_import(
        context,
        (struct sql_course_import){.name = value_text(text_value(course, "name")),
                                   .description = value_text(text_value(course, "description")),
                                   .basics = value_text(text_value(course, "basics")),
                                   .language_code = value_text(text_value(course, "language_code")),
                                   .versions_count =
                                       value_integer(context->arena, (int64_t)versions->element_count)},
        &rows));
    *id = result_text(rows, 0, "id");
    for (size_t index = 0; index < versions->element_count; index++) {
        TRY(add_version(context, value_text(*id), &versions->elements[index]));
    }
    return PROBLEM_NONE;
}

int command_course_import(struct command_line *line)
{
    struct context *context = &line->context;
    struct text id = NO_TEXT;
    struct values document;

    be_patient(line);
    enum problem problem = read_document(context, line->operands[0], &document);

    if (problem == PROBLEM_NONE) {
        problem = check_versions(context, value_of(&document, "versions"));
    }
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    change_begin(line);
    return change_conclude(line, add_course(context, &document, &id), "id", id);
}
