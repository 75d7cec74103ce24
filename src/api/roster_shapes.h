/* Answers of the operations on imports of people, as field tables. */
#ifndef MUSTER_API_ROSTER_SHAPES_H
#define MUSTER_API_ROSTER_SHAPES_H

#include "json/shape.h"

extern const struct shape membership_import_answer;

#endif
