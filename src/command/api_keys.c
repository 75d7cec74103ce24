/* muster api-key: making, listing, ending and replacing the keys of programs. */
#include <string.h>

#include "access/api_key.h"
#include "base/clock.h"
#include "command/change.h"
#include "command/commands.h"
#include "sql/statements.h"

#define LONGEST_NAME 200
#define ONE_DAY      (INT64_C(86400) * MICROSECONDS_PER_SECOND)

/* There are 850 thousand million prefixes; a draw that hits a taken one is repeated. */
#define MAXIMUM_DRAWS 10

/* What a new key is to be. */
struct draft {
    struct value organization;
    struct value name;
    struct value scopes;
    struct value expires_at;
};

static bool is_scope(const char *name)
{
    for (const char *const *scope = api_key_scopes; *scope != NULL; scope++) {
        if (strcmp(*scope, name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *known_scopes(struct command_line *line)
{
    struct builder list;

    builder_start(&list, line->context.arena, 64, 1024);
    for (const char *const *scope = api_key_scopes; *scope != NULL; scope++) {
        builder_add_format(&list, "%s%s", list.length > 0 ? ", " : "", *scope);
    }
    return arena_copy(line->context.arena, list.data, list.length);
}

/* Each scope once, as a list of PostgreSQL. */
static int read_scopes(struct command_line *line, struct draft *draft)
{
    struct builder list;
    size_t position = 0;
    const char *scope;

    builder_start(&list, line->context.arena, 64, 1024);
    builder_add_character(&list, '{');
    while ((scope = option_next(line, "scope", &position)) != NULL) {
        if (!is_scope(scope)) {
            return wrong_usage(line, "--scope %s is none of %s", scope, known_scopes(line));
        }
        if (memmem(list.data, list.length, scope, strlen(scope)) == NULL) {
            builder_add_format(&list, "%s%s", list.length > 1 ? "," : "", scope);
        }
    }
    builder_add_character(&list, '}');
    draft->scopes = value_text(arena_copy_text(line->context.arena, builder_text(&list)));
    return EXIT_DONE;
}

/* The end of the day that is named, in UTC. */
static int read_expiry(struct command_line *line, struct draft *draft)
{
    const char *date = option_value(line, "expires");
    int64_t time;

    draft->expires_at = NULL_VALUE;
    if (date == NULL) {
        return EXIT_DONE;
    }
    if (!clock_is_date(text_of(date)) ||
        !clock_read(text_of(arena_print(line->context.arena, "%sT00:00:00Z", date)), &time)) {
        return wrong_usage(line, "--expires %s is not a date such as 2019-05-01", date);
    }
    if (time + ONE_DAY <= line->context.now) {
        return refuse(line, "--expires %s is past", date);
    }
    draft->expires_at = value_time(line->context.arena, time + ONE_DAY);
    return EXIT_DONE;
}

/* One line of plain text, since lists show it as it is. */
static int read_name(struct command_line *line, struct draft *draft)
{
    struct text name = option_text(line, "name");

    if (text_is_empty(name) || !text_is_utf8(name) || text_characters(name) > LONGEST_NAME) {
        return wrong_usage(line, "--name must have 1 to %d characters", LONGEST_NAME);
    }
    for (size_t i = 0; i < name.length; i++) {
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7f) {
            return wrong_usage(line, "--name has control characters");
        }
    }
    draft->name = option_parameter(line, "name");
    return EXIT_DONE;
}

/* Draws a key and stores its hash. */
static enum problem make_key(struct context *context, const struct draft *draft, struct text *key,
                             struct text *id)
{
    for (int draw = 0; draw < MAXIMUM_DRAWS; draw++) {
        struct text prefix;
        struct result *rows;

        *key = api_key_new(context->arena, &prefix);
        TRY(sql_api_key_create(context,
                               (struct sql_api_key_create){.organization = draft->organization,
                                                           .prefix = value_text(prefix),
                                                           .key_hash = api_key_hash(context->arena, *key),
                                                           .name = draft->name,
                                                           .scopes = draft->scopes,
                                                           .expires_at = draft->expires_at},
                               &rows));
        if (result_rows(rows) > 0) {
            *id = result_text(rows, 0, "id");
            return PROBLEM_NONE;
        }
    }
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

int command_api_key_create(struct command_line *line)
{
    struct draft draft = {.organization = option_parameter(line, "organization")};
    struct text key = NO_TEXT;
    struct text id;
    enum problem problem;
    int status;

    if (!option_is_id(line, "organization")) {
        return EXIT_USAGE;
    }
    status = read_name(line, &draft);
    status = status == EXIT_DONE ? read_scopes(line, &draft) : status;
    status = status == EXIT_DONE ? read_expiry(line, &draft) : status;
    if (status != EXIT_DONE) {
        return status;
    }
    change_begin(line);
    problem = make_key(&line->context, &draft, &key, &id);
    return change_conclude(line, problem, "key", key);
}

/* The key with this prefix, locked. */
static enum problem find_key(struct command_line *line, struct result **key)
{
    struct context *context = &line->context;
    const char *prefix = line->operands[0];

    TRY(sql_api_key_to_change(context, (struct sql_api_key_to_change){.prefix = value_string(prefix)}, key));
    return result_rows(*key) > 0
               ? PROBLEM_NONE
               : FAIL(context, PROBLEM_NOT_FOUND, "There is no API key with the prefix %s.", prefix);
}

static enum problem revoke(struct command_line *line)
{
    struct result *key;
    struct result *rows;

    TRY(find_key(line, &key));
    return sql_api_key_revoke(
        &line->context, (struct sql_api_key_revoke){.key = value_text(result_text(key, 0, "id"))}, &rows);
}

int command_api_key_revoke(struct command_line *line)
{
    enum problem problem;

    change_begin(line);
    problem = revoke(line);
    return change_conclude(line, problem, "prefix", text_of(line->operands[0]));
}

/* A key that ended cannot live on in another, and one that was replaced is about to end. */
static enum problem check_rotation(struct context *context, const struct result *key)
{
    if (!result_true(key, 0, "good")) {
        return FAIL(context, PROBLEM_CONFLICT, "This API key has been revoked or has expired.");
    }
    if (!result_null(key, 0, "successor")) {
        return FAIL(context, PROBLEM_CONFLICT, "This API key has been replaced by %.*s.",
                    TEXT_ARGUMENTS(result_text(key, 0, "successor")));
    }
    return PROBLEM_NONE;
}

static enum problem rotate(struct command_line *line, struct text *successor)
{
    struct context *context = &line->context;
    struct result *key;
    struct result *rows;
    struct draft draft;
    struct text id;

    TRY(find_key(line, &key));
    TRY(check_rotation(context, key));
    draft = (struct draft){.organization = value_text(result_text(key, 0, "organization_id")),
                           .name = value_text(result_text(key, 0, "name")),
                           .scopes = value_text(result_text(key, 0, "scopes")),
                           .expires_at = value_text(result_text(key, 0, "expires_at"))};
    TRY(make_key(context, &draft, successor, &id));
    return sql_api_key_replace(
        context,
        (struct sql_api_key_replace){.successor = value_text(id),
                                     .at_once = value_boolean(option_given(line, "now")),
                                     .key = value_text(result_text(key, 0, "id"))},
        &rows);
}

int command_api_key_rotate(struct command_line *line)
{
    struct text successor = NO_TEXT;
    enum problem problem;

    change_begin(line);
    problem = rotate(line, &successor);
    return change_conclude(line, problem, "key", successor);
}

/* A time as answers have it, or NO_TEXT. */
static struct text time_of(struct arena *arena, const struct result *keys, size_t row, const char *column)
{
    char text[CLOCK_TEXT_SIZE];

    if (result_null(keys, row, column)) {
        return NO_TEXT;
    }
    clock_write(result_time(keys, row, column), text);
    return text_of(arena_print(arena, "%s", text));
}

static const char *const times[] = {"created_at", "expires_at", "revoked_at", "last_used_at"};

static void write_member(struct json_writer *json, const char *name, struct text text)
{
    json_key(json, name);
    json_text(json, text);
}

static void write_key(struct arena *arena, struct json_writer *json, const struct result *keys, size_t row)
{
    json_open_object(json);
    write_member(json, "prefix", result_text(keys, row, "prefix"));
    write_member(json, "organization_id", result_text(keys, row, "organization_id"));
    write_member(json, "name", result_text(keys, row, "name"));
    json_key(json, "scopes");
    json_raw(json, result_text(keys, row, "scopes_list"));
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        write_member(json, times[i], time_of(arena, keys, row, times[i]));
    }
    write_member(json, "successor", result_text(keys, row, "successor"));
    json_close_object(json);
}

/* Nothing for what is null. */
static void write_word(struct builder *out, const char *name, struct text text)
{
    if (!text_is_empty(text)) {
        builder_add_format(out, " %s=%.*s", name, TEXT_ARGUMENTS(text));
    }
}

static void write_line(struct arena *arena, struct builder *out, const struct result *keys, size_t row)
{
    builder_add_text(out, result_text(keys, row, "prefix"));
    write_word(out, "organization", result_text(keys, row, "organization_id"));
    write_word(out, "scopes", result_text(keys, row, "scopes"));
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        write_word(out, times[i], time_of(arena, keys, row, times[i]));
    }
    write_word(out, "successor", result_text(keys, row, "successor"));
    write_word(out, "name", result_text(keys, row, "name"));
    builder_add_character(out, '\n');
}

static int print_keys(struct command_line *line, const struct result *keys)
{
    struct arena *arena = line->context.arena;
    struct json_writer json;
    struct builder out;

    output_start(line, &out);
    json_start(&json, &out);
    if (line->json) {
        json_open_array(&json);
    }
    for (size_t row = 0; row < result_rows(keys); row++) {
        if (line->json) {
            write_key(arena, &json, keys, row);
        } else {
            write_line(arena, &out, keys, row);
        }
    }
    if (line->json) {
        json_close_array(&json);
        builder_add_character(&out, '\n');
    }
    return output_end(line, &out);
}

int command_api_key_list(struct command_line *line)
{
    struct result *keys = NULL;
    enum problem problem;

    if (!option_is_id(line, "organization")) {
        return EXIT_USAGE;
    }
    problem = sql_api_keys(
        &line->context, (struct sql_api_keys){.organization = option_parameter(line, "organization")}, &keys);
    return problem == PROBLEM_NONE ? print_keys(line, keys) : refuse_problem(line, problem);
}
