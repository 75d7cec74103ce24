/* Signing in and out. */
#include "access/audit.h"
#include "access/session.h"
#include "api/credentials.h"
#include "api/handlers.h"
#include "api/names.h"
#include "config/config.h"
#include "sql/statements.h"

/* The name that signs in; faults where there is none. */
static enum problem presented_name(struct request *request, struct text *name)
{
    *name = text_value(&request->body, "username");
    if (text_is_empty(*name)) {
        *name = text_value(&request->body, "email");
    }
    if (text_is_empty(*name)) {
        fault_name_missing(&request->context, "username");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

enum problem sign_in(struct request *request)
{
    struct credentials credentials;
    struct text name;
    struct result *rows;

    TRY(presented_name(request, &name));
    TRY(credentials_check(request, name, text_value(&request->body, "password"), &credentials));
    write_begin(request);
    TRY(credentials_accept(request, &credentials));
    TRY(session_open(request, result_text(credentials.account, 0, "user_id"),
                     request->context.configuration->session_lifetime));
    TRY(session_rows(request, &rows));
    return respond_with(request, rows);
}

static enum problem leave(struct request *request)
{
    struct result *rows;

    TRY(sql_session_delete(&request->context,
                           (struct sql_session_delete){.client = value_text(request->caller.client)}, &rows));
    request->caller.present = false;
    return PROBLEM_NONE;
}

enum problem sign_out(struct request *request)
{
    TRY(leave(request));
    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

enum problem end_session(struct request *request)
{
    TRY(leave(request));
    return respond_with(request, request->caller.session);
}

enum problem validate_token(struct request *request)
{
    const struct result *rows = request->caller.session;
    struct row_source source = result_source(rows);

    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_key(&request->writer, "data");
    encode_object(&request->writer, result_binding(rows, request->endpoint->answer), &source, 0);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}
