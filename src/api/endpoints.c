/* The table of all operations, expanded from endpoints.def. */
#include "api/handlers.h"
#include "api/learning_shapes.h"
#include "api/machine_shapes.h"
#include "api/player_shapes.h"
#include "api/roster_shapes.h"
#include "api/shapes.h"
#include "api/upload_shapes.h"
#include "http/endpoint.h"
#include "sql/statements.h"

/* QUERIED rows have the statement of their name; SHOWN rows need neither statement nor handler. */
/* A team, and an empty "meta" beside it. */
#define TEAM_AND_META                                                                               \
    "{\"type\":\"object\",\"required\":[\"data\",\"meta\"],\"properties\":{\"data\":{\"$ref\":\"#/" \
    "components/"                                                                                   \
    "schemas/Team\"},\"meta\":{\"type\":\"object\"}}}"

#define MEMBERSHIPS "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Membership\"}}"
#define TEAM_WITH_PEOPLE_AND_META                                                                          \
    "{\"type\":\"object\",\"required\":[\"data\",\"meta\"],\"properties\":{\"data\":{\"allOf\":["          \
    "{\"$ref\":\"#/components/schemas/Team\"},{\"type\":\"object\",\"required\":[\"members\",\"admins\"]," \
    "\"properties\":{\"members\":" MEMBERSHIPS ",\"admins\":" MEMBERSHIPS                                  \
    "}}]},\"meta\":{\"type\":\"object\"}}}"

/* The team at the root; those in "teams" have the same members. */
#define TREE_WITH_SCORES                                                                                    \
    "{\"type\":\"object\",\"required\":[\"id\",\"name\",\"status\",\"type\",\"teams\",\"parent_id\","       \
    "\"organization_id\",\"overall_worklete_score\",\"overall_worklete_score_label\",\"data_points\"],"     \
    "\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"name\":{\"type\":\"string\"},"      \
    "\"status\":{\"type\":\"object\"},\"type\":{\"type\":\"string\"},\"teams\":{\"type\":\"array\"},"       \
    "\"parent_id\":{\"type\":[\"string\",\"null\"],\"format\":\"uuid\"},\"organization_id\":{\"type\":"     \
    "\"string\",\"format\":\"uuid\"},\"overall_worklete_score\":{\"type\":[\"integer\",\"null\"]},"         \
    "\"overall_worklete_score_label\":{\"type\":\"string\"},\"data_points\":{\"type\":\"array\",\"items\":" \
    "{\"$ref\":\"#/components/schemas/DataPoint\"}}}}"
/* Moab's answers other than things. */
#define MOAB_MESSAGE(status)                                                                             \
    "\"status\":{\"const\":\"" status "\"},\"message\":{\"type\":\"string\"}},\"additionalProperties\":" \
    "false}"
#define MOAB_TOKEN_MADE                                                                                    \
    "{\"type\":\"object\",\"required\":[\"id\",\"securityToken\",\"status\",\"message\"],\"properties\":{" \
    "\"id\":{\"type\":\"integer\"},\"securityToken\":{\"type\":\"integer\"}," MOAB_MESSAGE("success")
#define MOAB_FAILED                                                                                        \
    "{\"type\":\"object\",\"required\":[\"id\",\"status\",\"message\"],\"properties\":{\"id\":{\"const\":" \
    "\"0\"}," MOAB_MESSAGE("error")
#define MOAB_NOT_INITIALIZED                                                                               \
    "{\"type\":\"object\",\"required\":[\"id\",\"securityToken\",\"status\",\"message\"],\"properties\":{" \
    "\"id\":{\"const\":0},\"securityToken\":{\"const\":0}," MOAB_MESSAGE("error")
#define MOAB_OUTCOME                                                                                      \
    "{\"type\":\"object\",\"required\":[\"id\",\"status\",\"message\"],\"properties\":{\"id\":{\"type\":" \
    "\"integer\""                                                                                         \
    "},\"status\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}},\"additionalProperties\":false}"

#define PROBLEMS(...) ((const enum problem[]){__VA_ARGS__, PROBLEM_NONE})

/* Access is positional, so that a row without it does not compile. */
#define ROW(operation, row_method, row_path, row_access, ...)                                             \
    .name = #operation, .method = METHOD_##row_method, .path = (row_path), .access = ACCESS_##row_access, \
    __VA_ARGS__
#define HANDLED(operation, ...) {ROW(operation, __VA_ARGS__), .handle = operation},
#define QUERIED(operation, ...) {ROW(operation, __VA_ARGS__), .statement = &statement_##operation},
#define SHOWN(operation, ...)   {ROW(operation, __VA_ARGS__)},

const struct endpoint endpoints[] = {
#include "api/endpoints.def"
};
const size_t endpoint_count = sizeof endpoints / sizeof endpoints[0];

const struct placeholder placeholders[] = {
#define PLACEHOLDER(value_name, value_type, value_about) {#value_name, PLACEHOLDER_##value_type, value_about},
#include "api/placeholders.def"
#undef PLACEHOLDER
};
const size_t placeholder_count = sizeof placeholders / sizeof placeholders[0];
