/* What an organization lets its identity provider do, from the command line. */
#include "access/audit.h"
#include "command/commands.h"
#include "sql/statements.h"

static const char *const attribute_fields[] = {"identity", "first_name", "last_name"};

/* NULL where the option was not given; false where its value is neither on nor off. */
static bool read_switch(const struct command_line *line, const char *name, struct value *value)
{
    const char *given = option_value(line, name);
    bool on = text_equal_string(text_of(given), "on");
    *value = given == NULL ? NULL_VALUE : value_boolean(on);
    if (given != NULL && !on && !text_equal_string(text_of(given), "off")) {
        wrong_usage(line, "--%s is on or off, not %s", name, given);
        return false;
    }
    return true;
}

static bool is_field(struct text name)
{
    for (size_t i = 0; i < sizeof attribute_fields / sizeof attribute_fields[0]; i++) {
        if (text_equal_string(name, attribute_fields[i])) {
            return true;
        }
    }
    return false;
}

/* FIELD=NAME of each --attribute, as a JSON object; an empty NAME brings the usual one back. */
static bool read_attributes(struct command_line *line, struct value *value)
{
    struct json_writer writer;
    struct builder json;
    size_t position = 0;
    const char *given;

    builder_start(&json, line->context.arena, 256, 65536);
    json_start(&writer, &json);
    json_open_object(&writer);
    while ((given = option_next(line, "attribute", &position)) != NULL) {
        struct text rest = text_of(given);
        struct text field = text_trim(text_cut(&rest, '='));
        if (rest.data == NULL || !is_field(field) || !text_is_utf8(rest)) {
            wrong_usage(line,
                        "--attribute is identity, first_name or last_name, \"=\" and the attribute's name");
            return false;
        }
        json_key(&writer, arena_copy_text(line->context.arena, field).data);
        json_text(&writer, text_is_empty(text_trim(rest)) ? NO_TEXT : text_trim(rest));
    }
    json_close_object(&writer);
    *value = value_text(arena_copy_text(line->context.arena, builder_text(&json)));
    return true;
}

static enum problem update(struct command_line *line, struct sql_saml_settings_update values,
                           struct result **rows)
{
    struct context *context = &line->context;

    audit_begin(context, line->command->name);
    TRY(sql_saml_settings_update(context, values, rows));
    if (result_rows(*rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no organization %s.",
                    option_value(line, "organization"));
    }
    return database_commit(context);
}

static int show(struct command_line *line, const struct result *rows)
{
    const char *unsolicited = result_true(rows, 0, "saml_unsolicited") ? "true" : "false";
    const char *join = result_true(rows, 0, "saml_join") ? "true" : "false";
    struct text attributes = result_text(rows, 0, "saml_attributes");
    struct builder out;

    output_start(line, &out);
    if (line->json) {
        builder_add_format(&out, "{\"unsolicited\":%s,\"create_users\":%s,\"attributes\":%.*s}\n",
                           unsolicited, join, TEXT_ARGUMENTS(attributes));
    } else {
        builder_add_format(&out, "unsolicited = %s\ncreate-users = %s\nattributes = %.*s\n",
                           result_true(rows, 0, "saml_unsolicited") ? "on" : "off",
                           result_true(rows, 0, "saml_join") ? "on" : "off", TEXT_ARGUMENTS(attributes));
    }
    return output_end(line, &out);
}

int command_saml_settings(struct command_line *line)
{
    struct sql_saml_settings_update values = {.organization =
                                                  value_string(option_value(line, "organization"))};
    struct result *rows = NULL;

    if (!text_is_uuid(text_of(option_value(line, "organization")))) {
        return wrong_usage(line, "--organization %s is not an id", option_value(line, "organization"));
    }
    if (!read_switch(line, "unsolicited", &values.unsolicited) ||
        !read_switch(line, "create-users", &values.join) || !read_attributes(line, &values.attributes)) {
        return EXIT_USAGE;
    }
    enum problem problem = update(line, values, &rows);
    if (problem != PROBLEM_NONE) {
        database_rollback(line->context.database);
        return refuse_problem(line, problem);
    }
    return show(line, rows);
}
