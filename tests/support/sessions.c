/* Sign-up, sign-in, and what a session is told by. */
#include "support/sessions.h"

#include <json-c/json.h>

#include "base/encoding.h"
#include "support/expect.h"
#include "support/people.h"

static const char *const session_headers[] = {"access-token", "token-type", "client", "expiry", "uid"};

const char *draft_account(struct world *world, const char *username, const char *code)
{
    world_secret(world, CANARY);
    return world_print(world,
                       "{\"username\": \"%s\", \"first_name\": \"Ada\", \"last_name\": \"Tester\", "
                       "\"password\": \"" CANARY
                       "account\", \"invite_code\": \"%s\", \"provider\": \"username\"}",
                       username, code);
}

struct answer *try_sign_up(struct world *world, const char *draft, const char *changes)
{
    struct answer *answer = call_post(world, NULL, "/api/v1/auth", json_with(world, draft, changes));

    if (answer->status == 200) {
        answer_session(world, answer); /* notes the token as a secret */
    }
    return answer;
}

struct answer *try_sign_in(struct world *world, const char *name, const char *password)
{
    return call_post(world, NULL, "/api/v1/auth/sign_in",
                     world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", name, password));
}

struct answer *expect_open(struct world *world, const struct session *session)
{
    struct answer *answer = call_get(world, session, "/api/v1/session");

    expect_status(answer, 200);
    return answer;
}

void expect_ended(struct world *world, const struct session *session)
{
    struct answer *answer = call_get(world, session, "/api/v1/session");

    expect_error(answer, 401, "You need to sign in or sign up before continuing.");
    expect_no_session_headers(answer);
}

void expect_session_headers(const struct answer *answer, const struct session *session)
{
    expect_header(answer, "access-token", session->access_token);
    expect_header(answer, "client", session->client);
    expect_header(answer, "token-type", "Bearer");
    for (size_t i = 0; i < sizeof session_headers / sizeof session_headers[0]; i++) {
        assert_int_equal(answer_header_count(answer, session_headers[i]), 1);
    }
}

void expect_no_session_headers(const struct answer *answer)
{
    for (size_t i = 0; i < sizeof session_headers / sizeof session_headers[0]; i++) {
        expect_no_header(answer, session_headers[i]);
    }
    expect_no_header(answer, "authorization");
}

/* The first sentence of a list that holds `part`. */
static const char *sentence_with(struct json_object *list, const char *part)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *sentence = json_object_get_string(json_object_array_get_idx(list, i));
        if (strstr(sentence, part) != NULL) {
            return sentence;
        }
    }
    return NULL;
}

void expect_refusal(const struct answer *answer, const char *field, const char *part)
{
    struct json_object *sentences = NULL;
    struct json_object *all = NULL;
    struct json_object *errors = NULL;

    expect_status(answer, 422);
    assert_true(json_at(answer, "errors", &errors) && json_object_is_type(errors, json_type_object));
    if (!json_object_object_get_ex(errors, field, &sentences)) {
        fail_msg("%s: errors has no %s: %s", answer->request, field, answer->body);
    }
    const char *sentence = sentence_with(sentences, part);
    if (sentence == NULL) {
        fail_msg("%s: no error of %s says \"%s\": %s", answer->request, field, part, answer->body);
    }
    assert_true(json_object_object_get_ex(errors, "full_messages", &all));
    assert_non_null(sentence_with(all, sentence));
}

static size_t commas(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += *text == ',';
    }
    return count;
}

void expect_refused_fields(const struct answer *answer, const char *fields)
{
    struct json_object *errors = NULL;
    struct json_object *sentences = NULL;
    struct text rest = text_of(fields);
    char name[64];

    expect_status(answer, 422);
    assert_true(json_at(answer, "errors", &errors) && json_object_is_type(errors, json_type_object));
    while (rest.length > 0) {
        struct text field = text_cut(&rest, ',');
        snprintf(name, sizeof name, "%.*s", TEXT_ARGUMENTS(field));
        if (!json_object_object_get_ex(errors, name, &sentences)) {
            fail_msg("%s: errors has no %s: %s", answer->request, name, answer->body);
        }
        assert_true(json_object_array_length(sentences) > 0);
    }
    /* The fields and full_messages. */
    if ((size_t)json_object_object_length(errors) != commas(fields) + 2) {
        fail_msg("%s: other fields than %s are refused: %s", answer->request, fields, answer->body);
    }
}

const char *authorization_header(struct world *world, const struct session *session)
{
    const char *json = world_print(world, "{\"access-token\": \"%s\", \"client\": \"%s\", \"uid\": \"%s\"}",
                                   session->access_token, session->client, session->uid);
    struct text coded = encode_base64(world_arena(world), text_of(json));

    const char *value = world_print(world, "%.*s", TEXT_ARGUMENTS(coded));

    world_secret(world, value);
    return world_print(world, "Authorization: Bearer %s", value);
}

static const char *printed(struct world *world, struct json_object *object)
{
    const char *text =
        world_print(world, "%s", json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));

    json_object_put(object);
    return text;
}

const char *json_with(struct world *world, const char *base, const char *changes)
{
    struct json_object *object = json_tokener_parse(base);
    struct json_object *other = json_tokener_parse(changes);

    assert_non_null(object);
    assert_non_null(other);
    json_object_object_foreach(other, name, value)
    {
        json_object_object_add(object, name, json_object_get(value));
    }
    json_object_put(other);
    return printed(world, object);
}

const char *json_without(struct world *world, const char *object, const char *name)
{
    struct json_object *parsed = json_tokener_parse(object);

    assert_non_null(parsed);
    json_object_object_del(parsed, name);
    return printed(world, parsed);
}
