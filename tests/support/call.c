/* The test's HTTP client, on libcurl. */
#include "support/call.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <strings.h>
#include <unistd.h>

#include "support/rows.h"
#include "support/rules.h"
#include "support/world_parts.h"

/* Longer than any answer may take; reaching it fails the test. */
#define ANSWER_SECONDS            60L
#define MAXIMUM_HEADERS_OF_ANSWER 64

/* A tree of 50 teams takes two levels for each. */
#define DEEPEST_ANSWER 128

struct receiver {
    struct world *world;
    struct answer *answer;
    FILE *body;
};

/* A request under way. */
struct exchange {
    CURL *curl;
    struct call call;
    struct receiver receiver;
    struct curl_slist *headers;
    char *body;
    size_t length;
    CURLcode code;
};

static size_t receive_header(char *data, size_t size, size_t count, void *argument)
{
    struct receiver *receiver = argument;
    struct answer *answer = receiver->answer;
    struct text line = text_trim((struct text){data, size * count});
    struct text value = line;

    if (text_starts_with(line, TEXT("HTTP/"))) {
        answer->header_count = 0; /* an interim answer came before */
    } else if (line.length > 0 && answer->header_count < MAXIMUM_HEADERS_OF_ANSWER) {
        struct text name = text_cut(&value, ':');
        value = text_trim(value);
        answer->headers[answer->header_count++] = (struct answer_header){
            arena_copy(world_arena(receiver->world), name.data, name.length),
            arena_copy(world_arena(receiver->world), value.data != NULL ? value.data : "", value.length)};
    }
    return size * count;
}

static size_t receive_body(char *data, size_t size, size_t count, void *argument)
{
    struct receiver *receiver = argument;
    return fwrite(data, size, count, receiver->body) * size;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(list, header);
    assert_non_null(longer);
    return longer;
}

static struct curl_slist *headers_of(struct world *world, const struct call *call)
{
    struct curl_slist *list = add_header(NULL, "Expect:");
    const char *type = call->type != NULL ? call->type : "application/json";

    if (call->body != NULL) {
        list =
            add_header(list, *type != '\0' ? world_print(world, "Content-Type: %s", type) : "Content-Type:");
    }
    if (call->session != NULL) {
        list = add_header(list, world_print(world, "access-token: %s", call->session->access_token));
        list = add_header(list, world_print(world, "client: %s", call->session->client));
        list = add_header(list, world_print(world, "uid: %s", call->session->uid));
    }
    for (size_t i = 0; i < sizeof(call->headers) / sizeof(call->headers[0]) && call->headers[i] != NULL;
         i++) {
        list = add_header(list, call->headers[i]);
    }
    return list;
}

/* Whoever asks for a compressed body gets it unpacked; the header itself stays as it was given. */
static bool takes_compressed(const struct curl_slist *headers)
{
    while (headers != NULL && strncmp(headers->data, "Accept-Encoding:", 16) != 0) {
        headers = headers->next;
    }
    return headers != NULL;
}

static void prepare(struct exchange *exchange)
{
    const struct call *call = &exchange->call;
    CURL *curl = exchange->curl;
    size_t length = call->body == NULL ? 0 : call->body_length > 0 ? call->body_length : strlen(call->body);

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, exchange->receiver.world->url);
    curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, call->path);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange->receiver);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange->receiver);
    if (call->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
    }
    if (text_equal_string(text_of(call->method), "HEAD")) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    if (takes_compressed(exchange->headers)) {
        curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    }
}

static void put_json(void *json)
{
    json_object_put(json);
}

static void parse(struct world *world, struct answer *answer)
{
    const char *type = answer_header(answer, "Content-Type");
    if (type == NULL || strstr(type, "json") == NULL || answer->body_length == 0) {
        return;
    }
    struct json_tokener *tokener = json_tokener_new_ex(DEEPEST_ANSWER);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    answer->json = json_tokener_parse_ex(tokener, answer->body, (int)answer->body_length);
    enum json_tokener_error fault = json_tokener_get_error(tokener);
    /* A number or a literal is only known to end where the text does. */
    if (fault == json_tokener_continue) {
        answer->json = json_tokener_parse_ex(tokener, "", 1);
        fault = json_tokener_get_error(tokener);
    }
    json_tokener_free(tokener);
    if (fault != json_tokener_success) {
        fail_msg("%s: the body is not JSON: %s", answer->request, answer->body);
    }
    arena_on_reset(world_arena(world), put_json, answer->json);
}

/* One write, so that lines of test programs that run side by side do not mix. */
static void note_called(const struct answer *answer)
{
    const char *path = getenv("MUSTER_TEST_CALLED");
    char line[256];
    if (path == NULL || answer->endpoint == NULL) {
        return;
    }
    int length = snprintf(line, sizeof(line), "%s %d\n", answer->endpoint->name, answer->status);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, line, (size_t)length), length);
    close(descriptor);
}

static void begin(struct world *world, struct exchange *exchange)
{
    struct answer *answer = ARENA_NEW(world_arena(world), struct answer);
    struct call *call = &exchange->call;

    call->method = call->method != NULL ? call->method : "GET";
    answer->request = world_print(world, "%s %.200s", call->method, call->path);
    answer->headers = ARENA_ARRAY(world_arena(world), struct answer_header, MAXIMUM_HEADERS_OF_ANSWER);
    answer->endpoint = row_of(call->method, call->path);
    exchange->receiver = (struct receiver){world, answer, open_memstream(&exchange->body, &exchange->length)};
    exchange->headers = headers_of(world, call);
    prepare(exchange);
}

static struct answer *complete(struct world *world, struct exchange *exchange)
{
    struct answer *answer = exchange->receiver.answer;
    long status = 0;

    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(exchange->headers);
    fclose(exchange->receiver.body);
    if (exchange->code != CURLE_OK) {
        fail_msg("%s: no answer: %s", answer->request, curl_easy_strerror(exchange->code));
    }
    answer->status = (int)status;
    answer->body = arena_copy(world_arena(world), exchange->body, exchange->length);
    answer->body_length = exchange->length;
    free(exchange->body);
    parse(world, answer);
    note_called(answer);
    if (!exchange->call.unchecked) {
        check_rules(&exchange->call, answer);
    }
    return answer;
}

struct answer *call_send(struct world *world, struct call call)
{
    struct exchange exchange = {.curl = world->curl, .call = call};

    begin(world, &exchange);
    exchange.code = curl_easy_perform(world->curl);
    return complete(world, &exchange);
}

static void perform_together(CURLM *multi)
{
    int running = 1;

    while (running > 0) {
        assert_int_equal(curl_multi_perform(multi, &running), CURLM_OK);
        if (running > 0) {
            assert_int_equal(curl_multi_poll(multi, NULL, 0, 1000, NULL), CURLM_OK);
        }
    }
}

/* Notes in each exchange how it ended. */
static void note_ends(CURLM *multi)
{
    int left = 0;

    for (CURLMsg *message = curl_multi_info_read(multi, &left); message != NULL;
         message = curl_multi_info_read(multi, &left)) {
        char *exchange = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        ((struct exchange *)(void *)exchange)->code = message->data.result;
    }
}

void call_together(struct world *world, const struct call *calls, size_t count, struct answer **answers)
{
    struct exchange *exchanges = ARENA_ARRAY(world_arena(world), struct exchange, count);
    CURLM *multi = curl_multi_init();

    for (size_t i = 0; i < count; i++) {
        exchanges[i] = (struct exchange){.curl = curl_easy_init(), .call = calls[i]};
        begin(world, &exchanges[i]);
        curl_easy_setopt(exchanges[i].curl, CURLOPT_PRIVATE, &exchanges[i]);
        curl_multi_add_handle(multi, exchanges[i].curl);
    }
    perform_together(multi);
    note_ends(multi);
    for (size_t i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, exchanges[i].curl);
        answers[i] = complete(world, &exchanges[i]);
        curl_easy_cleanup(exchanges[i].curl);
    }
    curl_multi_cleanup(multi);
}

struct answer *call_get(struct world *world, const struct session *session, const char *path)
{
    return CALL(world, .session = session, .path = path);
}

struct answer *call_post(struct world *world, const struct session *session, const char *path,
                         const char *body)
{
    return CALL(world, .method = "POST", .session = session, .path = path, .body = body);
}

const char *answer_header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcasecmp(answer->headers[i].name, name) == 0) {
            return answer->headers[i].value;
        }
    }
    return NULL;
}

size_t answer_header_count(const struct answer *answer, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->header_count; i++) {
        count += strcasecmp(answer->headers[i].name, name) == 0;
    }
    return count;
}

struct session answer_session(struct world *world, const struct answer *answer)
{
    struct session session = {answer_header(answer, "access-token"), answer_header(answer, "client"),
                              answer_header(answer, "uid")};
    if (session.access_token == NULL || session.client == NULL || session.uid == NULL) {
        fail_msg("%s: status %d opened no session: %s", answer->request, answer->status, answer->body);
    }
    world_secret(world, session.access_token);
    return session;
}
