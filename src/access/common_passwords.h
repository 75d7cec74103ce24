/* The most common passwords, which guessing tries first; made of common_passwords.txt at build time. */
#ifndef MUSTER_ACCESS_COMMON_PASSWORDS_H
#define MUSTER_ACCESS_COMMON_PASSWORDS_H

#include <stddef.h>

/* Lower case, ascending by bytes. */
extern const char *const common_passwords[];
extern const size_t common_password_count;

#endif
