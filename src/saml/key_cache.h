/* The keys of good certificates, as OpenSSL has them. To make one of them takes longer than all else of a
 * sign-on. */
#ifndef MUSTER_SAML_KEY_CACHE_H
#define MUSTER_SAML_KEY_CACHE_H

#include <openssl/types.h>

#include "base/text.h"

/* The key of a certificate (DER) that was kept in this process, with a reference for the caller; NULL where
 * it was not, or has been displaced. */
EVP_PKEY *key_cache_find(struct text der);

/* Keeps it, with a reference of its own. Only certificates that passed every check come here. */
void key_cache_keep(struct text der, EVP_PKEY *key);

#endif
