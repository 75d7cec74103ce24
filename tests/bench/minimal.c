/* The limit of GET /session: the same statement and the same bytes, by a program that does nothing else. It checks neither what it reads
 * nor what the database says, logs nothing, and writes its JSON by hand from the rows. */
#include <libpq-fe.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/pool.h"
#include "sql/statements.h"

#define STATEMENT "session"

/* How a column is written. */
enum kind { AS_TEXT, AS_NUMBER, AS_BOOLEAN, AS_TIME };

struct column {
    const char *name;
    enum kind kind;
    int number;
};

static struct column user_columns[] = {
    {"id", AS_TEXT, 0},
    {"username", AS_TEXT, 0},
    {"email", AS_TEXT, 0},
    {"first_name", AS_TEXT, 0},
    {"last_name", AS_TEXT, 0},
    {"language_code", AS_TEXT, 0},
    {"provider", AS_TEXT, 0},
    {"uid", AS_TEXT, 0},
    {"worklete_employee", AS_BOOLEAN, 0},
    {"enabled", AS_BOOLEAN, 0},
    {"sign_in_count", AS_NUMBER, 0},
    {"current_sign_in_at", AS_TIME, 0},
    {"last_sign_in_at", AS_TIME, 0},
    {"current_sign_in_ip", AS_TEXT, 0},
    {"last_sign_in_ip", AS_TEXT, 0},
    {"created_at", AS_TIME, 0},
    {"updated_at", AS_TIME, 0},
};
static struct column organization_columns[] = {
    {"organization_id", AS_TEXT, 0},
    {"organization_name", AS_TEXT, 0},
};
static struct column membership_columns[] = {
    {"membership_id", AS_TEXT, 0},         {"membership_organization_id", AS_TEXT, 0},
    {"membership_job_title", AS_TEXT, 0},  {"membership_org_admin", AS_BOOLEAN, 0},
    {"membership_status", AS_TEXT, 0},
};
static struct column session_columns[] = {
    {"session_client", AS_TEXT, 0},
    {"session_expires_at", AS_TIME, 0},
    {"session_created_at", AS_TIME, 0},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *url;
static PGconn *connection;

/* The answer grows here; nothing of the bench is near its end. */
static char body[65536];
static size_t body_length;

static void put_bytes(const char *bytes, size_t length)
{
    memcpy(body + body_length, bytes, length);
    body_length += length;
}

static void put(const char *text)
{
    put_bytes(text, strlen(text));
}

static void put_escaped(const char *text)
{
    put_bytes("\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            put_bytes("\\", 1);
        }
        put_bytes(text, 1);
    }
    put_bytes("\"", 1);
}
