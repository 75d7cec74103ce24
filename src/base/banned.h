/* Functions that have no safe use here; included before everything else by the compiler's command line. */
#ifndef MUSTER_BASE_BANNED_H
#define MUSTER_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok strtok_r atoi atol atoll atof gets
#pragma GCC poison system popen tmpnam mktemp alloca gmtime localtime asctime ctime srand random_r

/* OpenSSL names parameters like this one, so it cannot be poisoned. */
#define rand() rand_is_banned_use_random_below()

#endif
