/* Figures that a check has measured, for tests/reliability/run and tests/security/run to show. */
#ifndef MUSTER_TESTS_FIGURE_H
#define MUSTER_TESTS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prints a line "figure: …". */
void figure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether the full counts are asked for (MUSTER_TEST_LONG), and one of two counts accordingly. */
bool is_long(void);
size_t short_or_long(size_t few, size_t many);

/* The larger one, for the longest of many times. */
int64_t larger(int64_t left, int64_t right);

/* Prints how long something took beside what is promised, both in microseconds. Fails the test where it took
 * longer: in the long form, which has a machine for itself, than promised, else than ten times as long. */
void figure_time(const char *what, int64_t took, int64_t promised);

#endif
