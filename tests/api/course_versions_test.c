/* The versions of a course: how they are numbered, published and archived, and what stays as it was. */
#include "support/expect.h"
#include "support/learning.h"

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

static const char *new_course(struct world *world)
{
    return make_course(world, &employee, "Course", false);
}

static const char *new_version(struct world *world, const char *course, const char *status)
{
    return make_version(world, &employee, course, "Title", status);
}

static struct answer *make(struct world *world, const char *course, const char *body)
{
    return call_as(world, &employee, "POST", versions_path(world, course, NULL), body);
}

static struct answer *show(struct world *world, const char *course, const char *version)
{
    return call_as(world, &employee, "GET", versions_path(world, course, version), NULL);
}

static struct answer *change(struct world *world, const char *course, const char *version, const char *body)
{
    return call_as(world, &employee, "PATCH", versions_path(world, course, version), body);
}

static struct answer *set_status(struct world *world, const char *course, const char *version,
                                 const char *status)
{
    return change(world, course, version, version_body(world, NULL, NULL, status));
}

static struct answer *list(struct world *world, const char *course, const char *query)
{
    return call_as(world, &employee, "GET",
                   world_print(world, "%s%s", versions_path(world, course, NULL), query), NULL);
}

static struct answer *show_course(struct world *world, const char *course)
{
    return call_as(world, &employee, "GET", world_print(world, COURSES_PATH "/%s", course), NULL);
}

static void a_version_is_a_draft_unless_said_otherwise(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *answer = make(world, course, "{\"data\": {\"title\": \" First \"}}");
    expect_status(answer, 200);
    expect_text(answer, "data.course_id", course);
    expect_integer(answer, "data.number", 1);
    expect_text(answer, "data.status", "draft");
    expect_text(answer, "data.title", "First");
    assert_non_null(strstr(answer->body, "\"content\":{},"));
    expect_null(answer, "data.published_at");
    assert_string_equal(text_at(answer, "data.created_at"), text_at(answer, "data.updated_at"));
    expect_body(show(world, course, text_at(answer, "data.id")), answer->body);
    expect_null(show_course(world, course), "data.published_version_id");
    expect_integer(show_course(world, course), "data.versions_count", 1);
    answer = make(world, course, "{\"title\": \"Bare\", \"content\": null, \"status\": null}");
    expect_integer(answer, "data.number", 2);
    expect_text(answer, "data.status", "draft");
    assert_non_null(strstr(answer->body, "\"content\":{},"));
}

static void numbers_are_those_of_the_course(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    for (int number = 1; number <= 3; number++) {
        expect_error(make(world, course, "{\"data\": {\"title\": \"\"}}"), 422, "title");
        struct answer *answer = make(world, course, version_body(world, "T", NULL, NULL));
        expect_integer(answer, "data.number", number);
        new_version(world, new_course(world), NULL);
    }
    expect_integer(show_course(world, course), "data.versions_count", 3);
}

static void expect_published(struct world *world, const char *course, const char *version)
{
    struct answer *answer = show(world, course, version);
    expect_text(answer, "data.status", "published");
    assert_string_equal(text_at(answer, "data.published_at"), text_at(answer, "data.updated_at"));
    expect_text(show_course(world, course), "data.published_version_id", version);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM course_versions WHERE course_id = $1::uuid AND "
                                "status = 'published'",
                                course),
                     1);
}

static void publishing_archives_the_version_before(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *first = new_version(world, course, NULL);
    const char *second = new_version(world, course, NULL);
    struct answer *answer = set_status(world, course, first, "published");
    expect_text(answer, "data.status", "published");
    expect_published(world, course, first);
    const char *published_at = text_at(answer, "data.published_at");
    expect_status(set_status(world, course, second, "published"), 200);
    expect_published(world, course, second);
    answer = show(world, course, first);
    expect_text(answer, "data.status", "archived");
    expect_text(answer, "data.published_at", published_at);
    assert_true(strcmp(text_at(answer, "data.updated_at"), published_at) >= 0);
    const char *third = new_version(world, course, "published");
    expect_published(world, course, third);
    expect_text(show(world, course, second), "data.status", "archived");
}

static void a_draft_may_change_in_part(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *version =
        text_at(make(world, course, version_body(world, "Old", "{\"a\": 1}", NULL)), "data.id");
    struct answer *answer = change(world, course, version, "{\"data\": {\"title\": \"New\"}}");
    expect_text(answer, "data.title", "New");
    assert_non_null(strstr(answer->body, "\"content\":{\"a\": 1},"));
    answer = change(world, course, version, "{\"content\": {\"b\": 2.0}}");
    expect_text(answer, "data.title", "New");
    assert_non_null(strstr(answer->body, "\"content\":{\"b\": 2.0},"));
    expect_body(change(world, course, version, "{}"), answer->body);
    answer = change(world, course, version, "{\"data\": {\"title\": null, \"content\": null}}");
    expect_error(answer, 422, "title");
    expect_error(answer, 422, "content");
    answer = change(world, course, version, version_body(world, "Last", "{}", "published"));
    expect_text(answer, "data.title", "Last");
    expect_text(answer, "data.status", "published");
}

static void what_is_published_or_archived_cannot_change(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *archived = new_version(world, course, "published");
    const char *published = new_version(world, course, "published");
    const char *const versions[] = {archived, published};
    static const char *const changes[] = {"{\"title\": \"Other\"}", "{\"content\": {\"a\": 1}}",
                                          "{\"status\": \"draft\"}",
                                          "{\"content\": { }}" /* written otherwise */};
    for (size_t i = 0; i < COUNT(versions) * COUNT(changes); i++) {
        struct answer *before = show(world, course, versions[i % 2]);
        expect_error(change(world, course, versions[i % 2], changes[i / 2]), 409, NULL);
        expect_body(show(world, course, versions[i % 2]), before->body);
    }
    expect_error(set_status(world, course, published, "archived"), 409, "published");
    expect_error(set_status(world, course, archived, "published"), 409, "archived");
    expect_published(world, course, published);
}

static void the_same_change_again_is_answered_alike(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *version = new_version(world, course, NULL);
    const char *body = version_body(world, "Once", "{\"z\": 1, \"a\": 2}", "published");
    struct answer *first = change(world, course, version, body);
    expect_status(first, 200);
    expect_body(change(world, course, version, body), first->body);
    new_version(world, course, "published");
    struct answer *archived = show(world, course, version);
    expect_body(set_status(world, course, version, "archived"), archived->body);
    expect_error(change(world, course, version, body), 409, "archived");
    const char *draft = new_version(world, course, NULL);
    struct answer *changed = change(world, course, draft, "{\"title\": \"Same\"}");
    expect_body(change(world, course, draft, "{\"title\": \"Same\", \"status\": \"draft\"}"), changed->body);
}

static void a_draft_may_be_laid_aside(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *published = new_version(world, course, "published");
    const char *draft = new_version(world, course, NULL);
    struct answer *answer = set_status(world, course, draft, "archived");
    expect_text(answer, "data.status", "archived");
    expect_null(answer, "data.published_at");
    expect_published(world, course, published);
    expect_error(set_status(world, course, draft, "published"), 409, "archived");
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *part;
    } bad[] = {
        {"{\"data\": {\"title\": 5}}", 400, "title"},
        {"{\"data\": {\"title\": \"\"}}", 422, "title"},
        {"{\"data\": {\"title\": \"t\", \"content\": []}}", 400, "content"},
        {"{\"data\": {\"title\": \"t\", \"content\": \"{}\"}}", 400, "content"},
        {"{\"data\": {\"title\": \"t\", \"content\": 1}}", 400, "content"},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": 1, \"a\": 2}}}", 400, "duplicate key"},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": [{\"b\": 1, \"\\u0062\": 2}]}}}", 400,
         "duplicate key"},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": \"\\u0000\"}}}", 400, NULL},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": \"\\udc00\"}}}", 400, NULL},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": \"\xff\"}}}", 400, NULL},
        {"{\"data\": {\"title\": \"t\", \"content\": {\"a\": 01}}}", 400, NULL},
        {"{\"data\": {\"title\": \"t\", \"status\": \"gone\"}}", 422, "status"},
        {"{\"data\": {\"title\": \"t\", \"status\": \"\"}}", 422, "status"},
        {"{\"data\": {\"title\": \"t\", \"status\": true}}", 400, "status"},
        {"{\"data\": \"t\"}", 400, "data"},
    };
    struct world *world = *state;
    const char *course = new_course(world);
    const char *version = new_version(world, course, NULL);
    struct answer *before = show(world, course, version);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, course, bad[i].body), bad[i].status, bad[i].part);
        expect_error(change(world, course, version, bad[i].body), bad[i].status, bad[i].part);
    }
    expect_error(make(world, course, version_body(world, "t", NULL, "archived")), 422, "status");
    expect_error(make(world, course, "{\"data\": {}}"), 422, "title");
    expect_error(make(world, course, "{\"data\": {\"title\": null}}"), 422, "title");
    expect_body(show(world, course, version), before->body);
    expect_integer(show_course(world, course), "data.versions_count", 1);
}

static void what_does_not_exist_is_404(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *other = new_course(world);
    const char *foreign = new_version(world, other, NULL);
    const char *published = new_version(world, other, "published");
    const char *body = version_body(world, "t", NULL, NULL);
    expect_error(list(world, NOBODY, ""), 404, NULL);
    expect_error(list(world, NOBODY, "?page=7"), 404, NULL);
    expect_error(make(world, NOBODY, body), 404, NULL);
    const char *const versions[] = {NOBODY, foreign, published, "no-id"};
    for (size_t i = 0; i < COUNT(versions); i++) {
        expect_error(show(world, course, versions[i]), 404, NULL);
        expect_error(change(world, course, versions[i], body), 404, NULL);
    }
}

static void lists_show_the_newest_first(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    expect_length(list(world, course, ""), "data", 0);
    expect_integer(list(world, course, ""), "meta.pages", 0);
    for (int i = 0; i < 28; i++) {
        new_version(world, course, i % 2 == 0 ? "published" : NULL);
    }
    struct answer *answer = list(world, course, "");
    expect_length(answer, "data", 25);
    expect_integer(answer, "meta.total", 28);
    expect_integer(answer, "data.0.number", 28);
    for (int i = 1; i < 25; i++) {
        assert_true(strcmp(text_at(answer, world_print(world, "data.%d.created_at", i - 1)),
                           text_at(answer, world_print(world, "data.%d.created_at", i))) >= 0);
    }
    expect_length(list(world, course, "?page=2"), "data", 3);
    expect_integer(list(world, course, "?sort=created_at"), "data.0.number", 1);
    expect_integer(list(world, course, "?sort=-number"), "data.0.number", 28);
    expect_integer(list(world, course, "?sort=number&size=5&page=2"), "data.0.number", 6);
    expect_text(list(world, course, "?sort=published_at,-number"), "data.0.status", "archived");
    expect_integer(list(world, course, "?sort=published_at"), "data.13.number", 27);
    expect_error(list(world, course, "?sort=title"), 400, "sort");
    expect_error(list(world, course, "?sort=content"), 400, "sort");
}

static void versions_of_one_moment_come_by_their_ids(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    for (int i = 0; i < 6; i++) {
        new_version(world, course, NULL);
    }
    world_sql(world, "UPDATE course_versions SET created_at = '2019-05-01' WHERE course_id = $1::uuid",
              course, NULL);
    static const char *const orders[] = {"?size=2", "?size=2&sort=created_at", "?size=2&sort=-published_at"};
    for (size_t i = 0; i < COUNT(orders); i++) {
        const char *last = "";
        for (int page = 1; page <= 3; page++) {
            struct answer *answer = list(world, course, world_print(world, "%s&page=%d", orders[i], page));
            assert_true(strcmp(last, text_at(answer, "data.0.id")) < 0);
            assert_true(strcmp(text_at(answer, "data.0.id"), text_at(answer, "data.1.id")) < 0);
            last = text_at(answer, "data.1.id");
        }
    }
}

static struct answer *change_matching(struct world *world, const char *course, const char *version,
                                      const char *title, const char *header)
{
    return CALL(world, .method = "PATCH", .path = versions_path(world, course, version),
                .session = &employee.session, .body = version_body(world, title, NULL, NULL),
                .headers = {header});
}

static void each_state_has_an_etag_of_its_own(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *made = make(world, course, version_body(world, "One", NULL, NULL));
    const char *version = text_at(made, "data.id");
    const char *tag = answer_header(made, "ETag");
    assert_non_null(tag);
    assert_true(tag[0] == '"' && tag[strlen(tag) - 1] == '"' && strlen(tag) > 10);
    expect_header(show(world, course, version), "ETag", tag);
    expect_header(change(world, course, version, "{\"title\": \"One\"}"), "ETag", tag);
    struct answer *changed = change(world, course, version, "{\"title\": \"Two\"}");
    assert_string_not_equal(answer_header(changed, "ETag"), tag);
    expect_header(show(world, course, version), "ETag", answer_header(changed, "ETag"));
    struct answer *published = set_status(world, course, version, "published");
    assert_string_not_equal(answer_header(published, "ETag"), answer_header(changed, "ETag"));
    new_version(world, course, "published");
    assert_string_not_equal(answer_header(show(world, course, version), "ETag"),
                            answer_header(published, "ETag"));
    expect_no_header(list(world, course, ""), "ETag");
}

static void a_change_may_be_bound_to_a_state(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *made = make(world, course, version_body(world, "One", NULL, NULL));
    const char *version = text_at(made, "data.id");
    const char *tag = answer_header(made, "ETag");
    struct answer *changed =
        change_matching(world, course, version, "Two", world_print(world, "If-Match: %s", tag));
    expect_status(changed, 200);
    struct answer *stale =
        change_matching(world, course, version, "Three", world_print(world, "If-Match: %s", tag));
    expect_error(stale, 412, NULL);
    expect_text(show(world, course, version), "data.title", "Two");
    /* What is there already needs no condition: the change may be sent twice. */
    expect_status(change_matching(world, course, version, "Two", world_print(world, "If-Match: %s", tag)),
                  200);
    expect_error(change_matching(world, course, version, "Four", "If-Match: \"other\""), 412, NULL);
    expect_error(change_matching(world, course, version, "Four", "If-Match: nonsense"), 412, NULL);
    expect_status(change_matching(world, course, version, "Four", "If-Match: *"), 200);
    tag = answer_header(show(world, course, version), "ETag");
    expect_status(
        change_matching(world, course, version, "Five", world_print(world, "If-Match: \"other\", %s", tag)),
        200);
    tag = answer_header(show(world, course, version), "ETag");
    expect_status(change_matching(world, course, version, "Six", world_print(world, "If-Match: W/%s", tag)),
                  200);
}

static void what_a_client_has_is_never_answered_by_304(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *version = new_version(world, course, NULL);
    struct answer *shown = show(world, course, version);
    const char *tag = answer_header(shown, "ETag");
    const char *const headers[] = {world_print(world, "If-None-Match: %s", tag),
                                   "If-None-Match: *",
                                   world_print(world, "If-Match: %s", tag),
                                   "If-Match: \"other\"",
                                   "If-Modified-Since: Tue, 01 Jan 2999 00:00:00 GMT",
                                   "If-Unmodified-Since: Tue, 01 Jan 2019 00:00:00 GMT"};
    for (size_t i = 0; i < COUNT(headers); i++) {
        struct answer *answer = CALL(world, .path = versions_path(world, course, version),
                                     .session = &employee.session, .headers = {headers[i]});
        expect_status(answer, 200);
        expect_body(answer, shown->body);
        expect_header(answer, "ETag", tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_a_draft_unless_said_otherwise),
        cmocka_unit_test(numbers_are_those_of_the_course),
        cmocka_unit_test(publishing_archives_the_version_before),
        cmocka_unit_test(a_draft_may_change_in_part),
        cmocka_unit_test(what_is_published_or_archived_cannot_change),
        cmocka_unit_test(the_same_change_again_is_answered_alike),
        cmocka_unit_test(a_draft_may_be_laid_aside),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(what_does_not_exist_is_404),
        cmocka_unit_test(lists_show_the_newest_first),
        cmocka_unit_test(versions_of_one_moment_come_by_their_ids),
        cmocka_unit_test(each_state_has_an_etag_of_its_own),
        cmocka_unit_test(a_change_may_be_bound_to_a_state),
        cmocka_unit_test(what_a_client_has_is_never_answered_by_304),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
