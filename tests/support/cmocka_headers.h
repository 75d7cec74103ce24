/* cmocka.h needs these to be included before it; this header keeps the order in one place. */
#ifndef MUSTER_TESTS_CMOCKA_HEADERS_H
#define MUSTER_TESTS_CMOCKA_HEADERS_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#endif
