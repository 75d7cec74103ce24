/* Encrypted assertions. */
#ifndef MUSTER_SAML_DECRYPTION_H
#define MUSTER_SAML_DECRYPTION_H

#include "saml/reading.h"
#include "saml/xml.h"

/* Decrypts an EncryptedAssertion (SAML core 2.3.4) with one of our keys and parses the plaintext: *assertion
 * is the root of that document, an Assertion in the form of saml/structure.h. `trusted`: the element was read
 * from what a signature covers, so that nobody can have made up its ciphertext; only then is a mode without
 * authentication taken. Whatever is wrong, the answer is PROBLEM_UNTRUSTED. */
enum problem saml_decrypt(struct saml_reading *reading, const xmlNode *encrypted, bool trusted,
                          xmlNode **assertion) MUST_CHECK;

#endif
