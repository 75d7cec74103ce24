/* Writes JSON as a programmer in a hurry would who knows the answer by heart: no tables, no checks, one
 * buffer. */
#include "bench/rows.h"

#include <stdbool.h>
#include <string.h>

enum kind { AS_TEXT, AS_BARE, AS_BOOLEAN, AS_TIME };

struct column {
    const char *key;    /* with the quotes and the colon */
    const char *column; /* in the rows */
    enum kind kind;
    int number;
};

static struct column user = {"", "rendering", AS_BARE, 0};
static struct column organization = {"", "organization_rendering", AS_BARE, 0};
static struct column membership = {"", "membership_rendering", AS_BARE, 0};
static struct column session[] = {
    {"\"client\":", "session_client", AS_TEXT, 0},
    {"\"expires_at\":", "session_expires_at", AS_TIME, 0},
    {"\"created_at\":", "session_created_at", AS_TIME, 0},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Nothing in the bench's data comes near its end. */
static char body[65536];
static size_t end;

static void put_bytes(const char *bytes, size_t length)
{
    memcpy(body + end, bytes, length);
    end += length;
}

static void put(const char *text)
{
    put_bytes(text, strlen(text));
}

static void put_text(const char *text)
{
    body[end++] = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            body[end++] = '\\';
        }
        body[end++] = *text;
    }
    body[end++] = '"';
}

/* "2026-01-02 03:04:05.678+00" becomes "2026-01-02T03:04:05.678Z". */
static void put_time(const char *time)
{
    static const char zeros[] = ".000";
    size_t length = strlen(time) - 3;

    body[end++] = '"';
    put_bytes(time, length);
    body[end - length + 10] = 'T';
    if (length < 23) {
        put_bytes(zeros + (length - 19), 23 - length);
    }
    put("Z\"");
}

static void put_value(const PGresult *rows, int row, const struct column *column)
{
    const char *value = PQgetvalue(rows, row, column->number);

    put(column->key);
    if (PQgetisnull(rows, row, column->number)) {
        put("null");
    } else if (column->kind == AS_TEXT) {
        put_text(value);
    } else if (column->kind == AS_TIME) {
        put_time(value);
    } else {
        put(column->kind == AS_BARE ? value : value[0] == 't' ? "true" : "false");
    }
}

static void put_members(const PGresult *rows, int row, const struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            put(",");
        }
        put_value(rows, row, &columns[i]);
    }
}

static void put_list(const PGresult *rows, const char *key, const struct column *ready)
{
    put(key);
    for (int row = 0; row < PQntuples(rows) && !PQgetisnull(rows, row, ready->number); row++) {
        put(row > 0 ? ",{" : "{");
        put_value(rows, row, ready);
        put("}");
    }
    put("]");
}

static void find_columns(const PGresult *rows, struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        columns[i].number = PQfnumber(rows, columns[i].column);
    }
}

static void find_all_columns(const PGresult *rows)
{
    static bool found;

    if (!found) {
        find_columns(rows, &user, 1);
        find_columns(rows, &organization, 1);
        find_columns(rows, &membership, 1);
        find_columns(rows, session, COUNT(session));
        found = true;
    }
}

const char *rows_write(const PGresult *rows, size_t *length)
{
    find_all_columns(rows);
    end = 0;
    put("{\"data\":{");
    put_value(rows, 0, &user);
    put_list(rows, ",\"organizations\":[", &organization);
    put_list(rows, ",\"memberships\":[", &membership);
    put(",\"session\":{");
    put_members(rows, 0, session, COUNT(session));
    put("}}}");
    *length = end;
    return body;
}
