/* muster moab-token, maintenance and receipt: the rest of what the machines' APIs need from the command line.
 */
#include "access/security_token.h"
#include "base/clock.h"
#include "base/keyed_hash.h"
#include "command/change.h"
#include "command/commands.h"
#include "sql/statements.h"
#include "json/decode.h"

/* --- Security tokens --- */

/* The one membership that the token is to be for. */
static enum problem find_membership(struct command_line *line, struct result **rows)
{
    struct context *context = &line->context;
    const char *name = line->operands[0];

    TRY(sql_security_token_memberships(
        context,
        (struct sql_security_token_memberships){.name = value_string(name),
                                                .organization = option_parameter(line, "organization")},
        rows));
    if (result_rows(*rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND,
                    "%s is nobody who may sign in and has an active membership%s.", name,
                    option_given(line, "organization") ? " there" : "");
    }
    if (result_rows(*rows) > 1) {
        return FAIL(context, PROBLEM_CONFLICT,
                    "%s belongs to several organizations: name one with --organization.", name);
    }
    return PROBLEM_NONE;
}

static enum problem issue_token(struct command_line *line, struct text *token)
{
    struct context *context = &line->context;
    struct result *rows;
    int64_t identity;
    int64_t number;

    TRY(find_membership(line, &rows));
    identity = result_integer(rows, 0, "number");
    TRY(security_token_issue(context, result_text(rows, 0, "id"), identity, &number));
    *token = text_of(arena_print(context->arena, "%lld.%lld", (long long)identity, (long long)number));
    return PROBLEM_NONE;
}

int command_moab_token(struct command_line *line)
{
    struct text token = NO_TEXT;
    enum problem problem;

    if (!option_is_id(line, "organization")) {
        return EXIT_USAGE;
    }
    change_begin(line);
    problem = issue_token(line, &token);
    return change_conclude(line, problem, "token", token);
}

/* --- Maintenance --- */

static struct text time_of(struct arena *arena, const struct result *rows, const char *column)
{
    char text[CLOCK_TEXT_SIZE];

    if (result_null(rows, 0, column)) {
        return NO_TEXT;
    }
    clock_write(result_time(rows, 0, column), text);
    return text_of(arena_print(arena, "%s", text));
}

int command_maintenance_status(struct command_line *line)
{
    struct result *rows = NULL;
    enum problem problem = sql_maintenance_state(&line->context, (struct sql_maintenance_state){0}, &rows);
    struct json_writer json;
    struct builder out;
    bool closed;

    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    closed = result_true(rows, 0, "closed");
    output_start(line, &out);
    json_start(&json, &out);
    if (line->json) {
        json_open_object(&json);
        json_key(&json, "maintenance");
        json_boolean(&json, closed);
        json_key(&json, "since");
        json_text(&json, time_of(line->context.arena, rows, "since"));
        json_close_object(&json);
    } else {
        builder_add_string(&out, closed ? "on" : "off");
    }
    builder_add_character(&out, '\n');
    return output_end(line, &out);
}

static int switch_maintenance(struct command_line *line, bool closed)
{
    struct result *rows;
    int status;

    change_begin(line);
    status = change_end(
        line, sql_maintenance_set(&line->context,
                                  (struct sql_maintenance_set){.closed = value_boolean(closed)}, &rows));
    return status == EXIT_DONE ? command_maintenance_status(line) : status;
}

int command_maintenance_on(struct command_line *line)
{
    return switch_maintenance(line, true);
}

int command_maintenance_off(struct command_line *line)
{
    return switch_maintenance(line, false);
}

/* --- Receipts --- */

/* A receipt, and what is asked of it. */
struct inquiry {
    struct result *receipt;
    struct text deleted; /* hashes, one behind the other */
    struct text not_found;
    const char *address; /* what became of the address that was asked for; NULL: none was */
};

static bool has_hash(struct text hashes, struct text hash)
{
    for (size_t at = 0; at + SHA256_SIZE <= hashes.length; at += SHA256_SIZE) {
        if (text_equal(text_part(hashes, at, SHA256_SIZE), hash)) {
            return true;
        }
    }
    return false;
}

/* Only the key of the request tells which hash an address has. */
static int ask_for_address(struct command_line *line, struct inquiry *inquiry)
{
    struct text address = option_text(line, "address");
    unsigned char digest[SHA256_SIZE];
    struct text hash = {(const char *)digest, sizeof digest};
    struct text key;

    if (address.data == NULL) {
        return EXIT_DONE;
    }
    if (!is_email_address(address)) {
        return wrong_usage(line, "--address is not an e-mail address");
    }
    if (!read_secret(line, "API key: ", &key)) {
        return wrong_usage(line,
                           "the API key of the request is missing: it is the first line of standard input");
    }
    keyed_hash(text_trim(key), text_lower(line->context.arena, address), digest);
    inquiry->address = has_hash(inquiry->deleted, hash)     ? "deleted"
                       : has_hash(inquiry->not_found, hash) ? "not_found"
                                                            : "not_requested";
    return EXIT_DONE;
}

static void write_hashes(struct arena *arena, struct json_writer *json, struct text hashes)
{
    json_open_array(json);
    for (size_t at = 0; at + SHA256_SIZE <= hashes.length; at += SHA256_SIZE) {
        json_text(json, encode_hexadecimal(arena, text_part(hashes, at, SHA256_SIZE)));
    }
    json_close_array(json);
}

static void write_number(struct json_writer *json, const struct result *receipt, const char *name)
{
    json_key(json, name);
    json_integer(json, result_integer(receipt, 0, name));
}

/* What the API answered, with hashes in the place of addresses, and where and when. */
static void write_receipt(struct arena *arena, struct builder *out, const struct inquiry *inquiry)
{
    const struct result *receipt = inquiry->receipt;
    struct json_writer json;

    json_start(&json, out);
    json_open_object(&json);
    json_key(&json, "status");
    json_string(&json, "deleted");
    write_number(&json, receipt, "requested");
    write_number(&json, receipt, "deleted");
    json_key(&json, "not_found");
    write_hashes(arena, &json, inquiry->not_found);
    write_number(&json, receipt, "sessions_ended");
    json_key(&json, "receipt_id");
    json_text(&json, result_text(receipt, 0, "id"));
    json_key(&json, "organization_id");
    json_text(&json, result_text(receipt, 0, "organization_id"));
    json_key(&json, "at");
    json_text(&json, time_of(arena, receipt, "at"));
    if (inquiry->address != NULL) {
        json_key(&json, "address");
        json_string(&json, inquiry->address);
    }
    json_close_object(&json);
    builder_add_character(out, '\n');
}

static void write_lines(struct arena *arena, struct builder *out, const struct inquiry *inquiry)
{
    static const char *const numbers[] = {"requested", "deleted", "sessions_ended"};
    const struct result *receipt = inquiry->receipt;

    builder_add_format(out, "receipt_id %.*s\n", TEXT_ARGUMENTS(result_text(receipt, 0, "id")));
    builder_add_format(out, "organization_id %.*s\n",
                       TEXT_ARGUMENTS(result_text(receipt, 0, "organization_id")));
    builder_add_format(out, "at %.*s\n", TEXT_ARGUMENTS(time_of(arena, receipt, "at")));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        builder_add_format(out, "%s %lld\n", numbers[i], (long long)result_integer(receipt, 0, numbers[i]));
    }
    builder_add_format(out, "not_found %zu\n", inquiry->not_found.length / SHA256_SIZE);
    if (inquiry->address != NULL) {
        builder_add_format(out, "address %s\n", inquiry->address);
    }
}

static enum problem find_receipt(struct command_line *line, struct inquiry *inquiry)
{
    struct context *context = &line->context;

    TRY(sql_deletion_receipt(context,
                             (struct sql_deletion_receipt){.receipt = value_string(line->operands[0])},
                             &inquiry->receipt));
    if (result_rows(inquiry->receipt) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no receipt %s.", line->operands[0]);
    }
    inquiry->deleted = result_bytes(context->arena, inquiry->receipt, 0, "deleted_hashes");
    inquiry->not_found = result_bytes(context->arena, inquiry->receipt, 0, "not_found_hashes");
    return PROBLEM_NONE;
}

int command_receipt(struct command_line *line)
{
    struct inquiry inquiry = {0};
    struct builder out;
    enum problem problem;
    int status;

    if (!text_is_uuid(text_of(line->operands[0]))) {
        return wrong_usage(line, "%s is not an id", line->operands[0]);
    }
    problem = find_receipt(line, &inquiry);
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    status = ask_for_address(line, &inquiry);
    if (status != EXIT_DONE) {
        return status;
    }
    output_start(line, &out);
    (line->json ? write_receipt : write_lines)(line->context.arena, &out, &inquiry);
    return output_end(line, &out);
}
