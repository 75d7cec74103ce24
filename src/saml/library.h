/* xmlsec, with everything switched off that a message could use against us. */
#ifndef MUSTER_SAML_LIBRARY_H
#define MUSTER_SAML_LIBRARY_H

#include <openssl/types.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/keys.h>

/* Makes the library ready, once a process; aborts where it cannot be made so. */
void saml_library_start(void);

/* The key for the library, which then owns what is returned; the key itself stays the caller's. NULL where
 * there is no memory. */
xmlSecKeyPtr saml_library_key(EVP_PKEY *key);

#endif
