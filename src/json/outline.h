/* The outline of a body: what is kept as it was written (FIELD_JSON) need not become a tree, so that neither
 * its size nor the number of its values costs one. */
#ifndef MUSTER_JSON_OUTLINE_H
#define MUSTER_JSON_OUTLINE_H

#include "base/context.h"
#include "json/shape.h"

/* Whether a field of the shape, or of a shape inside of it, is kept as it was written. */
bool shape_keeps_json(const struct shape *shape);

/* The text of the object with {} in place of each object that a field of the shape keeps. `text` is well
 * formed and without spaces around it; `wrapper` names the member whose fields are the shape's too, or is
 * NULL. A duplicate key in what is kept: PROBLEM_MALFORMED. */
enum problem json_outline(struct context *context, struct text text, const struct shape *shape,
                          const char *wrapper, struct text *outline) MUST_CHECK;

#endif
