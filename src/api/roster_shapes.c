/* What is told of an import of an organization's people. */
#include "api/roster_shapes.h"

static const char *const statuses[] = {"progressing", "complete", "error", "undone", NULL};

static const struct field membership_import_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the import.", .not_null = true},
    {.name = "key",
     .type = FIELD_TEXT,
     .about = "Key of the uploaded file; null where it came by the command line.",
     .example = "\"acme/3f2a.csv\""},
    {.name = "status",
     .type = FIELD_TEXT,
     .about = "How far it is.",
     .choices = statuses,
     .not_null = true,
     .example = "\"complete\""},
    {.name = "report",
     .type = FIELD_JSON,
     .about = "How many people joined, changed, returned, left, and stayed unchanged, how many lines were "
              "refused and how many teams made; in fault why the file was refused as a whole; in refusals "
              "the lines that were refused, each with its number and the reason, up to 1000. Empty while "
              "the status is progressing.",
     .not_null = true,
     .example = "{\"joined\":2,\"changed\":0,\"returned\":0,\"left\":0,\"unchanged\":40,\"refused\":1,"
                "\"teams_made\":0,\"fault\":null,\"refusals\":[{\"line\":12,\"reason\":\"email is not an "
                "address.\"}]}"},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it began.", .not_null = true},
    {.name = "finished_at", .type = FIELD_TIME, .about = "When it ended."},
};
const struct shape membership_import_answer =
    SHAPE("MembershipImport", "An import of an organization's people from a file.", membership_import_fields);
