/* An HTTP client without any opinion of what is right. */
#include "support/raw.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "support/rules.h"
#include "support/world_parts.h"

#define ANSWER_SECONDS            60
#define MAXIMUM_HEADERS_OF_ANSWER 64

static struct sockaddr_in address_of(const char *host, int64_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    return address;
}

int raw_connect(struct world *world, const char *source)
{
    struct text port = text_of(strrchr(world->url, ':') + 1);
    struct sockaddr_in from = address_of(source != NULL ? source : "127.0.0.1", 0);
    struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    int64_t number = 0;
    assert_true(text_to_integer(port, 1, 65535, &number));
    struct sockaddr_in to = address_of("127.0.0.1", number);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(connection >= 0);
    assert_int_equal(setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(bind(connection, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(connection, (struct sockaddr *)&to, sizeof(to)), 0);
    return connection;
}

/* How long the whole answer is, as far as it can be told from what is there; SIZE_MAX where only its end
 * tells. */
static size_t length_of(struct text answer)
{
    static const char name[] = "\r\nContent-Length: ";
    const char *end = memmem(answer.data, answer.length, "\r\n\r\n", 4);
    const char *found =
        end != NULL ? memmem(answer.data, (size_t)(end - answer.data), name, sizeof(name) - 1) : NULL;
    struct text rest =
        found != NULL ? text_part(answer, (size_t)(found - answer.data) + sizeof(name) - 1, answer.length)
                      : NO_TEXT;
    int64_t length = 0;
    bool known = text_to_integer(text_cut(&rest, '\r'), 0, INT32_MAX, &length);
    return known ? (size_t)(end - answer.data) + 4 + (size_t)length : SIZE_MAX;
}

static struct text read_all(struct world *world, int connection)
{
    char part[4096];
    struct builder all;
    ssize_t length = 1;
    builder_start(&all, world->arena, sizeof(part), (size_t)16 << 20);
    while (length > 0 && all.length < length_of(builder_text(&all))) {
        length = recv(connection, part, sizeof(part), 0);
        builder_add(&all, part, length > 0 ? (size_t)length : 0);
    }
    return builder_text(&all);
}

static void read_head(struct world *world, struct answer *answer, struct text head)
{
    struct text line = text_cut(&head, '\n');
    int64_t status = 0;
    text_cut(&line, ' ');
    if (!text_to_integer(text_cut(&line, ' '), 100, 599, &status)) {
        fail_msg("%s: no answer of HTTP/1.1", answer->request);
    }
    answer->status = (int)status;
    answer->headers = ARENA_ARRAY(world->arena, struct answer_header, MAXIMUM_HEADERS_OF_ANSWER);
    while (head.data != NULL && answer->header_count < MAXIMUM_HEADERS_OF_ANSWER) {
        struct text value = text_cut(&head, '\n');
        struct text name = text_cut(&value, ':');
        value = text_trim(value);
        answer->headers[answer->header_count++] = (struct answer_header){
            arena_copy(world->arena, name.data, name.length),
            arena_copy(world->arena, value.data != NULL ? value.data : "", value.length)};
    }
}

static void put_json(void *json)
{
    json_object_put(json);
}

static void read_json(struct world *world, struct answer *answer)
{
    const char *type = answer_header(answer, "Content-Type");
    if (answer->body_length > 0 && type != NULL && strstr(type, "json") != NULL) {
        answer->json = json_tokener_parse(answer->body);
        if (answer->json == NULL) {
            fail_msg("%s: the body is not JSON: %s", answer->request, answer->body);
        }
        arena_on_reset(world->arena, put_json, answer->json);
    }
}

struct answer *raw_receive(struct world *world, int connection, const char *request)
{
    struct answer *answer = ARENA_NEW(world->arena, struct answer);
    struct text all = read_all(world, connection);
    const char *end = memmem(all.data, all.length, "\r\n\r\n", 4);
    answer->request = world_print(world, "%.200s", request);
    if (end == NULL) {
        fail_msg("%s: no answer", answer->request);
    }
    read_head(world, answer, text_part(all, 0, (size_t)(end - all.data)));
    struct text body = text_part(all, (size_t)(end - all.data) + 4, all.length);
    answer->body = arena_copy(world->arena, body.data, body.length);
    answer->body_length = body.length;
    read_json(world, answer);
    return answer;
}

/* The request line without the version, so that messages and rules know the address. */
static const char *name_of(struct world *world, const char *bytes, size_t length)
{
    struct text line = text_part((struct text){bytes, length}, 0, strcspn(bytes, "\r\n"));
    struct text method = text_cut(&line, ' ');
    struct text target = text_cut(&line, ' ');
    return world_print(world, "%.*s %.*s", TEXT_ARGUMENTS(method), TEXT_ARGUMENTS(target));
}

struct answer *raw_send(struct world *world, const char *source, const char *bytes, size_t length)
{
    const struct call call = {.method = text_starts_with(text_of(bytes), TEXT("HEAD ")) ? "HEAD" : "GET"};
    int connection = raw_connect(world, source);
    (void)send(connection, bytes, length, MSG_NOSIGNAL);
    struct answer *answer = raw_receive(world, connection, name_of(world, bytes, length));
    close(connection);
    check_rules(&call, answer);
    return answer;
}

struct answer *raw_print(struct world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *bytes = arena_print_list(world->arena, format, arguments);
    va_end(arguments);
    return raw_send(world, NULL, bytes, strlen(bytes));
}

struct answer *raw_get_from(struct world *world, const char *source, const char *path)
{
    char *bytes =
        world_print(world, "GET %s HTTP/1.1\r\nHost: muster.test\r\nConnection: close\r\n\r\n", path);
    return raw_send(world, source, bytes, strlen(bytes));
}
