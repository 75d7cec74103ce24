/* The fields of addresses for uploads. */
#include "api/upload_shapes.h"

static const struct field upload_address_fields[] = {
    {.name = "url", .type = FIELD_URL, .about = "Where the file is to be put, once.", .not_null = true},
    {.name = "method",
     .type = FIELD_TEXT,
     .about = "The method of that request.",
     .example = "\"PUT\"",
     .constant = "\"PUT\""},
    {.name = "key",
     .type = FIELD_TEXT,
     .about = "The file's name in the bucket: the organization's folder and a name of its own.",
     .example = "\"integrations/acme/3f2a6c1d5e8b47f09a1c2d3e4f506172.csv\"",
     .not_null = true},
    {.name = "bucket",
     .type = FIELD_TEXT,
     .about = "The bucket.",
     .example = "\"uploads\"",
     .not_null = true},
    {.name = "expires_at", .type = FIELD_TIME, .about = "How long the address is good.", .not_null = true},
    {.name = "headers",
     .type = FIELD_JSON,
     .about = "Headers that the request must have, by their names.",
     .example = "{}",
     .not_null = true},
};
const struct shape upload_address_answer =
    SHAPE("UploadAddress", "An address to which one file can be uploaded.", upload_address_fields);

static const struct field upload_proof_fields[] = {
    {.name = "expires",
     .type = FIELD_TEXT,
     .about = "Until when the address is good, in seconds since 1970.",
     .example = "\"1556729058\"",
     .maximum = 32,
     .blank_allowed = true},
    {.name = "signature",
     .type = FIELD_TEXT,
     .about = "The address's signature.",
     .maximum = 256,
     .blank_allowed = true},
};
const struct shape upload_proof =
    SHAPE("UploadProof", "What an address for an upload carries.", upload_proof_fields);
