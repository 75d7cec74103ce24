/* JSONTestSuite through nginx and the whole pipeline: each document as a body, and inside one. */
#include <dirent.h>

#include "support/expect.h"
#include "support/figure.h"
#include "support/people.h"

#define SUITE SOURCE_FOLDER "/tests/data/json-test-suite/test_parsing"

/* Valid JSON that is refused on purpose: duplicate keys and U+0000. */
static const char *const refused_on_purpose[] = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
    "y_string_null_escape.json",
};

static struct person person;

static int setup(void **state)
{
    *state = world_start(NULL);
    person = make_member(*state, make_organization(*state, "Documents"), "Dora");
    return 0;
}

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof(refused_on_purpose) / sizeof(refused_on_purpose[0]); i++) {
        if (strcmp(name, refused_on_purpose[i]) == 0) {
            return false;
        }
    }
    return name[0] == 'y';
}

/* The file with text before and behind it. */
static struct text read_document(struct world *world, const char *name, const char *before,
                                 const char *behind)
{
    FILE *file = fopen(world_print(world, SUITE "/%s", name), "re");
    assert_non_null(file);
    char *data = arena_allocate(world_arena(world), 512 * 1024);
    size_t length = strlen(before);
    memcpy(data, before, length);
    length += fread(data + length, 1, 512 * 1024 - 16, file);
    assert_true(feof(file));
    fclose(file);
    memcpy(data + length, behind, strlen(behind));
    return (struct text){data, length + strlen(behind)};
}

/* Every field of this operation is optional, and names that it does not know are ignored. */
static struct answer *send_body(struct world *world, struct text body)
{
    return CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &person.session,
                .body = body.data, .body_length = body.length);
}

static void expect_taken(const struct answer *answer, const char *name, bool taken)
{
    if (answer->status != (taken ? 200 : 400)) {
        fail_msg("%s: %d %s", name, answer->status, answer->body);
    }
}

/* An empty body is {} here; everything else that is no object is malformed. */
static void check_whole(struct world *world, const char *name)
{
    struct text body = read_document(world, name, "", "");
    struct text trimmed = text_trim(body);
    bool object = trimmed.length > 0 && trimmed.data[0] == '{';
    if (name[0] != 'i' && body.length > 0) {
        expect_taken(send_body(world, body), name, object && is_taken(name));
    }
}

static void check_inside(struct world *world, const char *name)
{
    struct answer *answer = send_body(world, read_document(world, name, "{\"unknown\": ", "}"));
    if (name[0] == 'i') {
        assert_true(answer->status == 200 || answer->status == 400);
    } else {
        expect_taken(answer, name, is_taken(name));
    }
}

static void valid_documents_are_read_and_invalid_ones_refused(void **state)
{
    size_t valid = 0;
    size_t invalid = 0;
    DIR *folder = opendir(SUITE);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *name = entry->d_name;
        if (name[0] != '.') {
            valid += name[0] == 'y';
            invalid += name[0] == 'n';
            check_whole(*state, name);
            check_inside(*state, name);
        }
    }
    closedir(folder);
    figure("%zu valid and %zu invalid documents, each as a body and inside one", valid, invalid);
    assert_int_equal(valid, 95);
    assert_int_equal(invalid, 188);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_documents_are_read_and_invalid_ones_refused),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
