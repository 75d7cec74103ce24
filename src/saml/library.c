/* xmlsec would open files and addresses that a reference names, and print its errors. */
#include "saml/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>

static void ignore_error(const char *file, int line, const char *function, const char *object,
                         const char *subject, int reason, const char *message)
{
    (void)file;
    (void)line;
    (void)function;
    (void)object;
    (void)subject;
    (void)reason;
    (void)message;
}

void saml_library_start(void)
{
    static bool started;
    if (started) {
        return;
    }
    started = xmlSecInit() >= 0 && xmlSecCheckVersion() == 1 && xmlSecCryptoInit() >= 0;
    xmlSecErrorsSetCallback(ignore_error);
    xmlSecIOCleanupCallbacks();
    if (!started) {
        fputs("muster: xmlsec cannot be started\n", stderr);
        abort();
    }
}
