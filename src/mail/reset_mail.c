/* A link's secret exists in the mail only: where the mail is sent later, by a job, the link is made then, so
 * that no secret waits in the queue. */
#include "mail/reset_mail.h"

#include "base/encoding.h"
#include "base/random.h"
#include "config/config.h"
#include "database/database.h"
#include "jobs/job.h"
#include "mail/mail.h"
#include "sql/statements.h"
#include "json/write.h"

#define TOKEN_BYTES 32

static const struct field fields[] = {
    {.name = "user_id", .type = FIELD_UUID, .nullable = true},
    {.name = "redirect_url", .type = FIELD_TEXT, .required = true, .minimum = 1, .maximum = 8000},
};

static const struct shape payload_shape = SHAPE("ResetMail", "", fields);

static const char *reset_link(struct context *context, struct text token, struct text redirect_url)
{
    return arena_print(
        context->arena,
        "%s/api/v1/auth/password/edit?config=default&redirect_url=%.*s&reset_password_token=%.*s",
        context->configuration->public_url, TEXT_ARGUMENTS(encode_percent(context->arena, redirect_url)),
        TEXT_ARGUMENTS(token));
}

static struct value hash_of(struct context *context, struct text token)
{
    return value_bytes(sha256_text(context->arena, token));
}

static struct value expiry(struct context *context)
{
    return value_time(context->arena, context->now + context->configuration->reset_lifetime);
}

/* Known or not, an address costs the same statement and the same file; only for a known one the file is left
 * in the spool. The transaction ends here: a link that is mailed is one that works. */
static enum problem write_to_spool(struct context *context, struct text email, struct text redirect_url)
{
    struct text token = random_token(context->arena, TOKEN_BYTES);
    struct mail mail = {0};
    struct result *rows;
    bool known;

    TRY(sql_password_reset_create(context,
                                  (struct sql_password_reset_create){.token_hash = hash_of(context, token),
                                                                     .email = value_text(email),
                                                                     .expires_at = expiry(context)},
                                  &rows));
    known = !result_null(rows, 0, "user_id");
    TRY(database_commit(context));
    TRY(mail_password_reset(context, result_text(rows, 0, "language_code"),
                            reset_link(context, token, redirect_url), &mail));
    mail.to = known ? result_text(rows, 0, "email") : TEXT("nobody@invalid");
    return mail_write(context, &mail, known);
}

/* For an address that nobody has there is a job too, which does nothing. */
static enum problem leave_to_job(struct context *context, struct text email, struct text redirect_url)
{
    struct json_writer json;
    struct builder payload;
    struct result *rows;

    TRY(sql_password_reset_recipient(
        context, (struct sql_password_reset_recipient){.email = value_text(email)}, &rows));
    builder_start(&payload, context->arena, 512, (size_t)64 * 1024);
    json_start(&json, &payload);
    json_open_object(&json);
    json_key(&json, "user_id");
    json_text(&json, result_text(rows, 0, "user_id"));
    json_key(&json, "redirect_url");
    json_text(&json, redirect_url);
    json_close_object(&json);
    builder_add_character(&payload, '\0');
    TRY(job_add(context, &(struct job_request){.kind = "send_mail", .payload = text_of(payload.data)}, NULL));
    return database_commit(context);
}

enum problem reset_mail_send(struct context *context, struct text email, struct text redirect_url)
{
    return strcmp(context->configuration->mail, "smtp") == 0 ? leave_to_job(context, email, redirect_url)
                                                             : write_to_spool(context, email, redirect_url);
}

/* The link is stored before the mail leaves: one that is mailed is one that works. */
static enum problem send_link(struct context *context, const struct job *job, struct text user,
                              struct text redirect_url)
{
    struct text token = random_token(context->arena, TOKEN_BYTES);
    struct mail mail = {0};
    struct result *rows;

    job_begin(context, job);
    TRY(sql_password_reset_for_user(
        context,
        (struct sql_password_reset_for_user){
            .token_hash = hash_of(context, token), .user = value_text(user), .expires_at = expiry(context)},
        &rows));
    TRY(database_commit(context));
    if (result_rows(rows) == 0) {
        return PROBLEM_NONE;
    }
    TRY(mail_password_reset(context, result_text(rows, 0, "language_code"),
                            reset_link(context, token, redirect_url), &mail));
    mail.to = result_text(rows, 0, "email");
    return mail_send(context, &mail);
}

enum problem send_mail(struct context *context, const struct job *job)
{
    struct values values;
    struct text user;

    TRY(job_payload(context, job, &payload_shape, &values));
    user = text_value(&values, "user_id");
    return user.data == NULL ? PROBLEM_NONE
                             : send_link(context, job, user, text_value(&values, "redirect_url"));
}
