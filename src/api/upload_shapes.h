/* What goes in and comes out of the operations on uploads. */
#ifndef MUSTER_API_UPLOAD_SHAPES_H
#define MUSTER_API_UPLOAD_SHAPES_H

#include "json/shape.h"

extern const struct shape upload_address_answer;
extern const struct shape upload_proof;

#endif
