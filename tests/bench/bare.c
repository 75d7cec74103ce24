/* The limit of GET /uuid/new: libfcgi writing an answer of the same size, and nothing else. */
#include <stdlib.h>

#include "bench/pool.h"

static void answer(FCGX_Request *request)
{
    FCGX_PutS("Status: 200 OK\r\n"
              "Content-Type: application/json; charset=utf-8\r\n"
              "Content-Length: 38\r\n"
              "X-Request-Id: 00000000000000000000000000000000\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "Cache-Control: no-store\r\n"
              "\r\n"
              "\"00000000-0000-4000-8000-000000000000\"",
              request->out);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    return pool_run(argv[1], (int)strtol(argv[2], NULL, 10), NULL, answer);
}
