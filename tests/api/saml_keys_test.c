/* The metadata of this service provider, and the keys that stand in it through a change of keys. */
#include <sys/stat.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"

#define METADATA  "/api/v1/saml/metadata"
#define PUBLISHED "<md:KeyDescriptor use=\"signing\">"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static struct output run(struct world *world, const char *first, const char *second, const char *third)
{
    return world_run(world, NULL, (const char *[]){first, second, third, NULL});
}

static const char *key_file(struct world *world, const char *name)
{
    return world_print(world, "%s/saml/%s.pem", world_folder(world), name);
}

/* The first certificate for a use, as it stands in the document. */
static const char *certificate_in(struct world *world, const char *document)
{
    const char *start = strstr(document, "<ds:X509Certificate>");
    assert_non_null(start);
    start += strlen("<ds:X509Certificate>");
    return world_print(world, "%.*s", (int)strcspn(start, "<"), start);
}

static void everybody_may_read_the_metadata(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, NULL, METADATA);
    expect_status(answer, 200);
    expect_header(answer, "Content-Type", "application/samlmetadata+xml");
    assert_non_null(
        strstr(answer->body, world_print(world, "entityID=\"%s" METADATA "\"", world_url(world))));
    assert_non_null(strstr(answer->body, "WantAssertionsSigned=\"true\""));
    assert_non_null(
        strstr(answer->body, world_print(world,
                                         "Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" "
                                         "Location=\"%s/api/v1/saml/consume\"",
                                         world_url(world))));
    assert_int_equal(occurrences(answer->body, PUBLISHED), 1);
    assert_int_equal(occurrences(answer->body, "<md:KeyDescriptor use=\"encryption\">"), 1);
    assert_non_null(strstr(answer->body, "xmlenc11#aes256-gcm"));
    assert_null(strstr(answer->body, "PRIVATE"));
}

static void the_host_is_never_taken_from_the_request(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(world, .path = METADATA, .headers = {"Host: evil.example.test"});
    expect_status(answer, 200);
    assert_null(strstr(answer->body, "evil"));
}

static const char *path_for(struct world *world, const char *organization)
{
    return world_print(world, "/api/v1/worklete_admin/organizations/%s/saml_service_provider_metadata",
                       organization);
}

static void employees_get_the_same_for_an_organization(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, &company.employee.session, path_for(world, company.organization));
    expect_status(answer, 200);
    expect_header(answer, "Content-Type", "application/samlmetadata+xml");
    assert_string_equal(answer->body, call_get(world, NULL, METADATA)->body);
    expect_status(call_get(world, &company.employee.session, path_for(world, NOBODY)), 404);
    expect_status(call_get(world, &company.employee.session, path_for(world, "x")), 404);
    expect_status(call_get(world, &company.admin.session, path_for(world, company.organization)), 403);
    expect_status(call_get(world, NULL, path_for(world, company.organization)), 401);
}

static void a_change_of_keys_publishes_both_until_it_is_finished(void **state)
{
    struct world *world = *state;
    const char *before = certificate_in(world, call_get(world, NULL, METADATA)->body);
    struct output refused = run(world, "saml", "rotate", "--finish");
    assert_int_equal(refused.status, 1);
    assert_non_null(strstr(refused.error, "No change of keys"));

    struct output rotated = run(world, "saml", "rotate", NULL);
    assert_int_equal(rotated.status, 0);
    assert_int_equal(strlen(rotated.out), 95);
    const char *during = call_get(world, NULL, METADATA)->body;
    assert_int_equal(occurrences(during, PUBLISHED), 2);
    assert_string_not_equal(certificate_in(world, during), before);
    assert_int_equal(occurrences(during, before), 2);
    assert_int_equal(run(world, "saml", "rotate", NULL).status, 1);

    assert_int_equal(run(world, "saml", "rotate", "--finish").status, 0);
    const char *after = call_get(world, NULL, METADATA)->body;
    assert_int_equal(occurrences(after, PUBLISHED), 1);
    assert_int_equal(occurrences(after, before), 0);
    assert_string_equal(certificate_in(world, after), certificate_in(world, during));
}

static void a_key_is_for_its_owner_alone_and_never_overwritten(void **state)
{
    struct world *world = *state;
    struct stat status;
    struct output output = run(world, "saml", "keygen", NULL);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "already"));

    assert_int_equal(unlink(key_file(world, "current")), 0);
    assert_int_equal(rmdir(world_print(world, "%s/saml", world_folder(world))), 0);
    expect_error(call_get(world, NULL, METADATA), 503, "not set up");
    assert_int_equal(run(world, "saml", "rotate", NULL).status, 1);
    output = run(world, "saml", "keygen", "--json");
    assert_int_equal(output.status, 0);
    assert_non_null(strstr(output.out, "\"keys\":1}"));
    assert_int_equal(stat(key_file(world, "current"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(world_print(world, "%s/saml", world_folder(world)), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    expect_status(call_get(world, NULL, METADATA), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_may_read_the_metadata),
        cmocka_unit_test(the_host_is_never_taken_from_the_request),
        cmocka_unit_test(employees_get_the_same_for_an_organization),
        cmocka_unit_test(a_change_of_keys_publishes_both_until_it_is_finished),
        cmocka_unit_test(a_key_is_for_its_owner_alone_and_never_overwritten),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
