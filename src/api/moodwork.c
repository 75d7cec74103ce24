/* Moodwork: a company's programs tell who has left it. */
#include "access/api_key.h"
#include "api/address_set.h"
#include "api/handlers.h"
#include "api/leavers.h"
#include "sql/statements.h"

/* Locks whom the addresses belong to. One round trip, however many they are. */
static enum problem find_leavers(struct request *request, struct address_set *addresses,
                                 struct leavers *leavers)
{
    struct context *context = &request->context;
    struct value organization = value_text(request->caller.organization_id);
    struct value list = address_set_value(context, addresses);
    struct sql_leavers_by_user by_user = {.organization = organization, .addresses = list};
    struct sql_leavers_by_membership by_membership = {.organization = organization, .addresses = list};
    const struct queued queue[] = {
        leavers_prelude(context, request->caller.organization_id, addresses->count),
        {.statement = &statement_leavers_by_user, .values = (const struct value *)&by_user},
        {.statement = &statement_leavers_by_membership, .values = (const struct value *)&by_membership},
    };
    struct result *results[3];

    TRY(statements_run(context, queue, 3, results));
    leavers_start(context, request->caller.organization_id, leavers);
    leavers_add(leavers, results[1], true);
    leavers_add(leavers, results[2], false);
    address_set_mark(addresses, results[1]);
    address_set_mark(addresses, results[2]);
    return PROBLEM_NONE;
}

/* The key of the request is the key of the hashes: it is stored nowhere, so that nobody but its owner can
 * tell whose addresses they are. */
static enum problem keep_receipt(struct request *request, const struct address_set *addresses,
                                 const struct leavers *leavers, struct text *receipt)
{
    struct context *context = &request->context;
    struct arena *arena = context->arena;
    struct text key = api_key_presented(request);
    struct sql_deletion_receipt_create values = {
        .organization = value_text(request->caller.organization_id),
        .api_key = value_text(request->caller.key_id),
        .requested = value_integer(arena, (int64_t)addresses->count),
        .deleted = value_integer(arena, (int64_t)address_set_found(addresses)),
        .sessions_ended = value_integer(arena, leavers->sessions_ended),
        .deleted_hashes = value_bytes(address_set_hashes(context, addresses, key, true)),
        .not_found_hashes = value_bytes(address_set_hashes(context, addresses, key, false)),
    };
    struct result *rows;

    TRY(sql_deletion_receipt_create(context, values, &rows));
    *receipt = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}

/* The first "return" of a Prefer header counts (RFC 7240 section 2). */
static bool wants_representation(const struct request *request)
{
    struct text rest = request_header(request, "HTTP_PREFER");

    while (rest.data != NULL) {
        struct text preference = text_cut(&rest, ',');
        struct text value = text_cut(&preference, ';');
        struct text name = text_trim(text_cut(&value, '='));

        if (text_equal_ignoring_case(name, TEXT("return"))) {
            value = text_trim(value);
            return text_equal_ignoring_case(value, TEXT("representation")) ||
                   text_equal_ignoring_case(value, TEXT("\"representation\""));
        }
    }
    return false;
}

static void write_number(struct json_writer *writer, const char *name, size_t number)
{
    json_key(writer, name);
    json_integer(writer, (int64_t)number);
}

static void write_representation(struct request *request, const struct address_set *addresses,
                                 const struct leavers *leavers, struct text receipt)
{
    struct json_writer *writer = &request->writer;

    json_open_object(writer);
    json_key(writer, "status");
    json_string(writer, "deleted");
    write_number(writer, "requested", addresses->count);
    write_number(writer, "deleted", address_set_found(addresses));
    json_key(writer, "not_found");
    address_set_write_missing(&request->context, addresses, writer);
    write_number(writer, "sessions_ended", (size_t)leavers->sessions_ended);
    json_key(writer, "receipt_id");
    json_text(writer, receipt);
    json_close_object(writer);
}

enum problem delete_users(struct request *request)
{
    const struct field_value *emails = value_of(&request->body, "emails");
    struct address_set addresses = address_set_make(&request->context, emails->texts, emails->element_count);
    struct leavers leavers;
    struct text receipt;

    TRY(find_leavers(request, &addresses, &leavers));
    TRY(leavers_remove(&request->context, &leavers));
    TRY(keep_receipt(request, &addresses, &leavers, &receipt));
    if (wants_representation(request)) {
        response_header(request, "Preference-Applied", TEXT("return=representation"));
        write_representation(request, &addresses, &leavers, receipt);
    } else {
        json_raw(&request->writer, TEXT("{\"status\": \"deleted\"}"));
    }
    return PROBLEM_NONE;
}
