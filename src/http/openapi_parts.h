/* What the files that print the OpenAPI document share; nothing else includes this. */
#ifndef MUSTER_HTTP_OPENAPI_PARTS_H
#define MUSTER_HTTP_OPENAPI_PARTS_H

#include "http/endpoint.h"
#include "json/write.h"

/* A shape read from a request and the same shape written into an answer have different rules: only the former
 * has required fields that may be left out, only the latter has fields that are always there. */
enum direction { DIRECTION_BODY, DIRECTION_ANSWER };

/* A shape that needs a schema among the components. */
struct schema_use {
    const struct shape *shape;
    enum direction direction;
};

#define MAXIMUM_SCHEMAS   512
#define MAXIMUM_RESPONSES 512

/* All problems that one operation answers with under one status: a response that many operations share. */
struct problem_set {
    const char *name;
    enum api api; /* whose form they have */
    enum problem list[PROBLEM_COUNT];
    size_t count;
    bool faults_by_field;
};

/* The document on its way. */
struct openapi {
    struct arena *arena;
    struct json_writer writer;
    struct builder builder;
    struct schema_use schemas[MAXIMUM_SCHEMAS];
    size_t schema_count;
    struct problem_set problem_sets[MAXIMUM_RESPONSES];
    size_t problem_set_count;
};

/* "name": "value"; nothing where the value is NULL. */
void openapi_member(struct openapi *openapi, const char *name, const char *value);
void openapi_flag(struct openapi *openapi, const char *name, bool value);

/* "name": {"$ref": "#/components/KIND/…"} without the outer name: only the object, or only its member. */
void openapi_reference(struct openapi *openapi, const char *kind, const char *name);
void openapi_reference_member(struct openapi *openapi, const char *kind, const char *name);

/* Notes the shapes of all operations, so that each has one name wherever it is referred to. */
void openapi_collect_schemas(struct openapi *openapi);

/* A schema that refers to the shape's component, or stands for itself where the shape has no name. */
void openapi_shape(struct openapi *openapi, const struct shape *shape, enum direction direction);

/* The members of a field's schema, into an open object. */
void openapi_field_schema(struct openapi *openapi, const struct field *field, enum direction direction);

/* The member "schemas" of the components. */
void openapi_schemas(struct openapi *openapi);

/* The members "parameters" and "requestBody" of an operation; nothing where there are none. */
void openapi_parameters(struct openapi *openapi, const struct endpoint *endpoint);
void openapi_request_body(struct openapi *openapi, const struct endpoint *endpoint);

/* What all operations of a path share: its placeholders and the request id. */
void openapi_path_parameters(struct openapi *openapi, const char *path);

/* The member "parameters" of the components. */
void openapi_shared_parameters(struct openapi *openapi);

/* The member "responses" of an operation. */
void openapi_responses(struct openapi *openapi, const struct endpoint *endpoint);

/* The members "headers" and "responses" of the components; the latter hold what openapi_responses() referred
 * to. */
void openapi_shared_headers(struct openapi *openapi);
void openapi_shared_responses(struct openapi *openapi);

/* The responses of an operation other than success; they are gathered for openapi_shared_responses(). */
void openapi_problem_responses(struct openapi *openapi, const struct endpoint *endpoint);

/* What the error forms of Moodwork and Moab are in the document: media type, name of the schema, an example's
 * value, and the schemas themselves as members of "schemas". NULL and nothing for Worklete's form. */
const char *openapi_foreign_media_type(enum api api);
const char *openapi_foreign_schema(enum api api, int status);
void openapi_foreign_example(struct openapi *openapi, enum api api, enum problem problem);
void openapi_foreign_schemas(struct openapi *openapi);

/* The schemas of the error forms, as members of "schemas". */
void openapi_problem_schemas(struct openapi *openapi);

/* Compact JSON with a line for each member and two spaces for each level. */
struct text openapi_print(struct arena *arena, struct text json);

#endif
