/* Rosters come by an address that is made for one file: an employee asks for it, whoever has it stores the
 * file, and the import begins by itself. */
#include "access/audit.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"
#include "config/config.h"
#include "roster/upload.h"
#include "sql/statements.h"
#include "storage/storage.h"

#define SIGNATURE_BYTES 32
#define NAME_BYTES      16

/* How nginx tells why it asks: "check" before it takes the body, "store" with the body. */
#define STEP "MUSTER_UPLOAD"

static struct text random_key(struct context *context, struct text folder)
{
    unsigned char bytes[NAME_BYTES];

    random_bytes(bytes, sizeof bytes);
    struct text name = encode_hexadecimal(context->arena, (struct text){(const char *)bytes, sizeof bytes});
    return text_of(
        arena_print(context->arena, "%.*s/%.*s.csv", TEXT_ARGUMENTS(folder), TEXT_ARGUMENTS(name)));
}

enum problem admin_show_upload_address(struct request *request)
{
    struct context *context = &request->context;
    struct value organization = value_text(path_value(request, "organization_id"));
    struct text signature = random_token(context->arena, SIGNATURE_BYTES);
    struct value hash = value_bytes(sha256_text(context->arena, signature));
    int64_t seconds = (context->now + context->configuration->upload_url_lifetime) / MICROSECONDS_PER_SECOND;
    int64_t expires_at = seconds * MICROSECONDS_PER_SECOND;
    char id[UUID_TEXT_SIZE];
    struct result *rows;

    TRY(sql_upload_folder(context, (struct sql_upload_folder){.organization = organization}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    random_uuid(id);
    struct text key = random_key(context, result_text(rows, 0, "folder"));
    struct text address = storage_put_address(context, key, id, signature, expires_at);
    TRY(sql_upload_create(context,
                          (struct sql_upload_create){
                              .id = value_string(id),
                              .organization = organization,
                              .key = value_text(key),
                              .signature_hash = storage_is_remote(context->configuration) ? NULL_VALUE : hash,
                              .expires_at = value_time(context->arena, expires_at),
                              .url = value_text(address),
                              .bucket = value_string(storage_bucket(context->configuration)),
                          },
                          &rows));
    if (storage_is_remote(context->configuration)) {
        TRY(upload_await(context, text_of(organization.data), text_of(id)));
    }
    return respond_with(request, rows);
}

/* What an address proves itself with. */
struct proof {
    struct value id;
    struct value signature_hash;
    struct value expires;
};

static enum problem refuse_upload(struct context *context)
{
    return FAIL(context, PROBLEM_FORBIDDEN, "This address is not good, not any more, or was used already.");
}

static enum problem read_proof(struct request *request, struct proof *proof)
{
    struct context *context = &request->context;
    struct text expires = text_value(&request->query, "expires");
    struct text signature = text_value(&request->query, "signature");
    int64_t seconds;

    if (!text_to_integer(expires, 0, INT64_C(1) << 40, &seconds) || text_is_empty(signature)) {
        return refuse_upload(context);
    }
    *proof = (struct proof){.id = value_text(path_value(request, "upload_id")),
                            .signature_hash = value_bytes(sha256_text(context->arena, signature)),
                            .expires = value_integer(context->arena, seconds)};
    return PROBLEM_NONE;
}

static enum problem check_upload(struct request *request, const struct proof *proof)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_upload_check(context,
                         (struct sql_upload_check){.id = proof->id,
                                                   .signature_hash = proof->signature_hash,
                                                   .expires = proof->expires},
                         &rows));
    return result_rows(rows) == 0 ? refuse_upload(context) : PROBLEM_NONE;
}

/* The file is in its place before anybody is told of it. */
static enum problem take_upload(struct request *request, const struct proof *proof)
{
    struct context *context = &request->context;
    struct result *rows;

    if (request->incoming.file.data == NULL) {
        return request->incoming.content_length == 0 ? FAIL(context, PROBLEM_MALFORMED, "A body is needed.")
                                                     : FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    TRY(sql_upload_use(
        context,
        (struct sql_upload_use){.id = proof->id,
                                .signature_hash = proof->signature_hash,
                                .expires = proof->expires,
                                .size = value_integer(context->arena, request->incoming.content_length)},
        &rows));
    if (result_rows(rows) == 0) {
        return refuse_upload(context);
    }
    TRY(storage_keep(context, proof->id.data, request->incoming.file.data));
    return upload_import(context, result_text(rows, 0, "organization_id"), result_text(rows, 0, "key"));
}

enum problem store_upload(struct request *request)
{
    struct proof proof = {0};

    TRY(read_proof(request, &proof));
    write_begin(request);
    if (text_equal(request_header(request, STEP), TEXT("check"))) {
        TRY(check_upload(request, &proof));
    } else {
        TRY(take_upload(request, &proof));
    }
    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}
