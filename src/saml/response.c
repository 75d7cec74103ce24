/* The order of the steps. From the moment at which a signature was verified only the document made of the
 * signed bytes is read. */
#include "saml/response.h"

#include "saml/decryption.h"
#include "saml/names.h"
#include "saml/signature.h"
#include "saml/structure.h"

enum problem saml_message_read(struct saml_reading *reading, struct text xml, struct saml_message *message)
{
    const char *fault = NULL;
    xmlDoc *document = xml_read(reading->arena, xml, &saml_message_rules, &fault);
    if (document == NULL) {
        return SAML_MALFORMED(reading, "The message %s.", fault);
    }
    message->response = xmlDocGetRootElement(document);
    TRY(saml_check_response_form(reading, message->response));
    const xmlNode *assertion = xml_first(message->response, SAML_NAMESPACE_ASSERTION, "Assertion");
    message->issuer = saml_issuer(reading->arena, message->response);
    if (message->issuer.data == NULL && assertion != NULL) {
        message->issuer = saml_issuer(reading->arena, assertion);
    }
    return text_is_empty(message->issuer) ? SAML_UNTRUSTED(reading, "The message names no Issuer.")
                                          : PROBLEM_NONE;
}

/* SAML core 5.3 and 5.4: the Response as far as it is signed. Every signature that is there must hold. */
static enum problem trust_response(struct saml_reading *reading, const struct saml_message *message,
                                   xmlNode **response, bool *trusted)
{
    *response = message->response;
    if (saml_signature_of(message->response) == NULL) {
        return PROBLEM_NONE;
    }
    TRY(saml_verify_element(reading, message->response, response));
    *trusted = true;
    return saml_check_response_form(reading, *response);
}

/* The Assertion: signed itself, or part of what is. */
static enum problem trust_assertion(struct saml_reading *reading, xmlNode *assertion, bool trusted,
                                    xmlNode **verified)
{
    if (saml_signature_of(assertion) == NULL && trusted) {
        *verified = assertion;
        return PROBLEM_NONE;
    }
    TRY(saml_verify_element(reading, assertion, verified));
    return saml_check_assertion_form(reading, *verified);
}

/* SAML core 2.3.4: below a signed Response the ciphertext of what was signed, else that of the message. */
static enum problem trust_encrypted(struct saml_reading *reading, const xmlNode *response, bool trusted,
                                    xmlNode **verified)
{
    const xmlNode *encrypted = xml_first(response, SAML_NAMESPACE_ASSERTION, "EncryptedAssertion");
    xmlNode *assertion = NULL;
    if (encrypted == NULL) {
        return SAML_UNTRUSTED(reading, "The signed Response holds another assertion than the message.");
    }
    TRY(saml_decrypt(reading, encrypted, trusted, &assertion));
    return trust_assertion(reading, assertion, trusted, verified);
}

/* A signature of the Assertion is verified in the document that it came in; without one the Assertion is read
 * from what the Response's signature covers. */
static enum problem trust_plain(struct saml_reading *reading, const struct saml_message *message,
                                const xmlNode *response, bool trusted, xmlNode **verified)
{
    xmlNode *original = xml_first(message->response, SAML_NAMESPACE_ASSERTION, "Assertion");
    xmlNode *covered = xml_first(response, SAML_NAMESPACE_ASSERTION, "Assertion");
    if (covered == NULL) {
        return SAML_UNTRUSTED(reading, "The signed Response holds another assertion than the message.");
    }
    return trust_assertion(reading, saml_signature_of(original) != NULL ? original : covered, trusted,
                           verified);
}

enum problem saml_message_trust(struct saml_reading *reading, const struct saml_message *message,
                                bool signed_outside, struct saml_sign_on *sign_on)
{
    xmlNode *response = NULL;
    xmlNode *assertion = NULL;
    bool trusted = signed_outside;
    TRY(trust_response(reading, message, &response, &trusted));
    if (xml_first(message->response, SAML_NAMESPACE_ASSERTION, "EncryptedAssertion") != NULL) {
        TRY(trust_encrypted(reading, response, trusted, &assertion));
    } else {
        TRY(trust_plain(reading, message, response, trusted, &assertion));
    }
    return saml_check_profile(reading, response, trusted, assertion, sign_on);
}
