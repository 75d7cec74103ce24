/* xmlsec would open files and addresses that a reference names, and print its errors. */
#include "saml/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/openssl/evp.h>

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

xmlSecKeyPtr saml_library_key(EVP_PKEY *key)
{
    if (EVP_PKEY_up_ref(key) != 1) {
        return NULL;
    }
    xmlSecKeyDataPtr data = xmlSecOpenSSLEvpKeyAdopt(key);
    if (data == NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }
    xmlSecKeyPtr made = xmlSecKeyCreate();
    if (made == NULL || xmlSecKeySetValue(made, data) < 0) {
        xmlSecKeyDataDestroy(data);
        xmlSecKeyDestroy(made);
        return NULL;
    }
    return made;
}
