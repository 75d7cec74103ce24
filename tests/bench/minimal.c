/* The limit of GET /session: the same statement and the same bytes, by a program that does nothing else. It
 * checks neither what it reads nor what the database says, and logs nothing. */
#include <libpq-fe.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "bench/pool.h"
#include "bench/rows.h"
#include "sql/statements.h"

static const char *url;
static PGconn *connection;

static void connect_and_prepare(void)
{
    PGresult *result;

    connection = PQconnectdb(url);
    result = PQprepare(connection, "session", statement_session_show.text, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        pool_fail(PQerrorMessage(connection));
    }
    PQclear(result);
}

static PGresult *find_session(const FCGX_Request *request, const char *token)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    const char *values[] = {(const char *)hash, FCGX_GetParam("HTTP_CLIENT", request->envp),
                            FCGX_GetParam("HTTP_UID", request->envp)};
    const int lengths[] = {sizeof hash, 0, 0};
    const int formats[] = {1, 0, 0};

    SHA256((const unsigned char *)token, strlen(token), hash);
    return PQexecPrepared(connection, "session", 3, values, lengths, formats, 0);
}

static void write_session(FCGX_Request *request, const char *token, const PGresult *rows)
{
    size_t length;
    const char *body = rows_write(rows, &length);

    FCGX_FPrintF(request->out,
                 "Status: 200 OK\r\n"
                 "Content-Type: application/json; charset=utf-8\r\n"
                 "Content-Length: %d\r\n"
                 "access-token: %s\r\n"
                 "token-type: Bearer\r\n"
                 "client: %s\r\n"
                 "expiry: 1790000000\r\n"
                 "uid: %s\r\n"
                 "X-Request-Id: %s\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "Cache-Control: no-store\r\n"
                 "\r\n",
                 (int)length, token, FCGX_GetParam("HTTP_CLIENT", request->envp),
                 FCGX_GetParam("HTTP_UID", request->envp), FCGX_GetParam("REQUEST_ID", request->envp));
    FCGX_PutStr(body, (int)length, request->out);
}

static void answer(FCGX_Request *request)
{
    const char *token = FCGX_GetParam("HTTP_ACCESS_TOKEN", request->envp);
    PGresult *rows = token != NULL ? find_session(request, token) : NULL;

    if (rows != NULL && PQntuples(rows) > 0) {
        write_session(request, token, rows);
    } else {
        FCGX_PutS("Status: 401 Unauthorized\r\nContent-Type: application/json\r\n\r\n{}", request->out);
    }
    PQclear(rows);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    url = argv[3];
    return pool_run(argv[1], (int)strtol(argv[2], NULL, 10), connect_and_prepare, answer);
}
