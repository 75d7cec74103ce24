/* The three APIs and the server's own addresses: what their rows have in common. */
#include "access/api_key.h"
#include "access/security_token.h"
#include "access/session.h"
#include "http/problem_answer.h"

/* The server's own addresses are all public. */
static enum problem nobody(struct request *request)
{
    return FAIL_PLAINLY(&request->context, PROBLEM_NO_SESSION);
}

const struct dialect dialects[API_COUNT] = {
    [API_WORKLETE] = {.name = "Worklete",
                      .base = "/api/v1",
                      .sessions = true,
                      .security =
                          "[{\"worklete_access_token\":[],\"worklete_client\":[],\"worklete_uid\":[]},"
                          "{\"worklete_bearer\":[]}]",
                      .authenticate = session_authenticate,
                      .write_problem = write_worklete_problem},
    [API_MOODWORK] = {.name = "Moodwork",
                      .base = "/v3",
                      .refused = PROBLEM_MALFORMED,
                      .security = "[{\"moodwork_api_key\":[]}]",
                      .authenticate = api_key_authenticate,
                      .write_problem = write_moodwork_problem},
    [API_MOAB] = {.name = "Moab",
                  .base = "/api/v1",
                  .any_case = true,
                  .trailing_slash = true,
                  .refused = PROBLEM_MALFORMED,
                  .forbidden = PROBLEM_NO_SESSION,
                  .security = "[{\"moab_security_token\":[]}]",
                  .authenticate = security_token_authenticate,
                  .write_problem = write_moab_problem},
    [API_SERVER] = {.name = "Server",
                    .base = "",
                    .authenticate = nobody,
                    .write_problem = write_worklete_problem},
};
