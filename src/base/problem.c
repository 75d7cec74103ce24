/* Looks problems up in problems.def, and reason phrases in the registry of RFC 9110. */
#include "base/problem.h"

#include <stddef.h>

struct problem_row {
    int status;
    const char *title;
    const char *detail;
    const char *name;
};

static const struct problem_row rows[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {200, "OK", "Nothing is wrong.", "NONE"},
#define PROBLEM(name, status, title, detail) [PROBLEM_##name] = {status, title, detail, #name},
#include "base/problems.def"
#undef PROBLEM
};

/* An unknown number, which only a fault of ours can make, is told as what it is. */
static const struct problem_row *row_of(enum problem problem)
{
    unsigned int number = (unsigned int)problem;
    return &rows[number < PROBLEM_COUNT ? number : (unsigned int)PROBLEM_INTERNAL];
}

int problem_status(enum problem problem)
{
    return row_of(problem)->status;
}

const char *problem_title(enum problem problem)
{
    return row_of(problem)->title;
}

const char *problem_detail(enum problem problem)
{
    return row_of(problem)->detail;
}

const char *problem_name(enum problem problem)
{
    static char names[PROBLEM_COUNT][40];
    const struct problem_row *row = row_of(problem);
    char *name = names[row - rows];
    if (name[0] == '\0') {
        for (size_t i = 0; i < sizeof names[0] - 1 && row->name[i] != '\0'; i++) {
            char letter = row->name[i];
            name[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
        }
    }
    return name;
}

const char *status_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "Unknown Status";
}
