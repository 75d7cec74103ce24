/* The few parts of FastCGI that a front end needs. */
#include "process/front_end.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

void message_add(struct message *message, const void *bytes, size_t length)
{
    if (length > sizeof(message->bytes) - message->length) {
        abort();
    }
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

void message_add_record(struct message *message, int type, const void *content, size_t length)
{
    const unsigned char head[8] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(length >> 8), (unsigned char)(length & 0xff), 0, 0};
    message_add(message, head, sizeof(head));
    message_add(message, content, length);
}

void message_begin(struct message *message)
{
    const unsigned char responder[8] = {0, 1, 0, 0, 0, 0, 0, 0};
    message->length = 0;
    message_add_record(message, RECORD_BEGIN, responder, sizeof(responder));
}

void message_add_parameters(struct message *message, ...)
{
    struct message content = {.length = 0};
    va_list list;
    va_start(list, message);
    for (const char *name = va_arg(list, const char *); name != NULL; name = va_arg(list, const char *)) {
        const char *value = va_arg(list, const char *);
        const unsigned char lengths[2] = {(unsigned char)strlen(name), (unsigned char)strlen(value)};
        message_add(&content, lengths, sizeof(lengths));
        message_add(&content, name, strlen(name));
        message_add(&content, value, strlen(value));
    }
    va_end(list);
    message_add_record(message, RECORD_PARAMETERS, content.bytes, content.length);
    message_add_record(message, RECORD_PARAMETERS, "", 0);
}

void message_add_body(struct message *message, const char *body)
{
    if (body[0] != '\0') {
        message_add_record(message, RECORD_INPUT, body, strlen(body));
    }
    message_add_record(message, RECORD_INPUT, "", 0);
}

void message_get(struct message *message, const char *uri)
{
    message_begin(message);
    message_add_parameters(message, "REQUEST_METHOD", "GET", "REQUEST_URI", uri, "REMOTE_ADDR", "192.0.2.1",
                           NULL);
    message_add_body(message, "");
}

int front_end_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 20};
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connection >= 0 &&
        (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
         connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0)) {
        int cause = errno;
        close(connection);
        errno = cause;
        return -1;
    }
    return connection;
}

bool front_end_send(int connection, const struct message *message, size_t from, size_t to)
{
    while (from < to) {
        ssize_t sent = send(connection, message->bytes + from, to - from, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        from += (size_t)sent;
    }
    return true;
}

static bool read_exactly(int connection, unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = read(connection, bytes, length);
        if (count <= 0) {
            return false;
        }
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

static void keep_output(struct answer *answer, size_t *used, const unsigned char *content, size_t length)
{
    size_t room = sizeof(answer->text) - 1 - *used;
    size_t kept = length < room ? length : room;
    memcpy(answer->text + *used, content, kept);
    *used += kept;
}

void front_end_receive(int connection, struct answer *answer)
{
    unsigned char head[8];
    static unsigned char content[65535 + 255];
    size_t used = 0;
    *answer = (struct answer){.complete = false};
    while (!answer->complete && read_exactly(connection, head, sizeof(head))) {
        size_t length = (size_t)(head[4] << 8 | head[5]);
        if (!read_exactly(connection, content, length + head[6])) {
            break;
        }
        if (head[1] == RECORD_OUTPUT) {
            keep_output(answer, &used, content, length);
        }
        answer->complete = head[1] == RECORD_END;
    }
    close(connection);
    const char *end = strstr(answer->text, "\r\n\r\n");
    answer->body = end != NULL ? end + 4 : "";
    if (strncmp(answer->text, "Status: ", 8) == 0) {
        answer->status = (int)strtol(answer->text + 8, NULL, 10);
    }
}

int front_end_get(const char *path, const char *uri)
{
    struct message message;
    struct answer answer = {.complete = false};
    message_get(&message, uri);
    int connection = front_end_connect(path);
    if (connection < 0) {
        return 0;
    }
    if (!front_end_send(connection, &message, 0, message.length)) {
        close(connection);
        return 0;
    }
    front_end_receive(connection, &answer);
    return answer.complete ? answer.status : 0;
}
