/* Parameters of any length up to a small message's. */
#include "reliability/exchange.h"

#include <string.h>
#include <unistd.h>

#include "process/front_end.h"
#include "support/cmocka_headers.h"

static void add_length(struct message *message, size_t length)
{
    const unsigned char bytes[4] = {(unsigned char)(0x80 | length >> 24), (unsigned char)(length >> 16),
                                    (unsigned char)(length >> 8), (unsigned char)length};
    message_add(message, bytes, sizeof bytes);
}

static void add_parameter(struct message *content, const char *name, const char *value)
{
    add_length(content, strlen(name));
    add_length(content, strlen(value));
    message_add(content, name, strlen(name));
    message_add(content, value, strlen(value));
}

void exchange_send(const char *socket, const char *const *parameters, const char *body,
                   struct exchange *exchange)
{
    struct message content = {.length = 0};
    struct message message;
    struct answer answer;
    char length[32];
    for (; parameters[0] != NULL; parameters += 2) {
        add_parameter(&content, parameters[0], parameters[1]);
    }
    if (body != NULL) {
        snprintf(length, sizeof length, "%zu", strlen(body));
        add_parameter(&content, "CONTENT_LENGTH", length);
        add_parameter(&content, "CONTENT_TYPE", "application/json");
    }
    message_begin(&message);
    message_add_record(&message, RECORD_PARAMETERS, content.bytes, content.length);
    message_add_record(&message, RECORD_PARAMETERS, "", 0);
    message_add_body(&message, body != NULL ? body : "");
    int connection = front_end_connect(socket);
    assert_true(connection >= 0);
    *exchange = (struct exchange){.complete = false};
    if (front_end_send(connection, &message, 0, message.length)) {
        front_end_receive(connection, &answer);
        exchange->complete = answer.complete;
        exchange->status = answer.status;
        memcpy(exchange->text, answer.text, sizeof answer.text);
    } else {
        close(connection);
    }
    const char *end = strstr(exchange->text, "\r\n\r\n");
    exchange->body = end != NULL ? end + 4 : "";
}
