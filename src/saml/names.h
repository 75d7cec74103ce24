/* The identifiers of SAML 2.0 and what it stands on; all of them are compared byte by byte. */
#ifndef MUSTER_SAML_NAMES_H
#define MUSTER_SAML_NAMES_H

/* Namespaces: SAML metadata 2.2, SAML core 1.2, XML signature 1.3. The one of the protocol is also its name
 * in protocolSupportEnumeration. */
#define SAML_NAMESPACE_METADATA          "urn:oasis:names:tc:SAML:2.0:metadata"
#define SAML_NAMESPACE_PROTOCOL          "urn:oasis:names:tc:SAML:2.0:protocol"
#define SAML_NAMESPACE_ASSERTION         "urn:oasis:names:tc:SAML:2.0:assertion"
#define SAML_NAMESPACE_XML_SIGNATURE     "http://www.w3.org/2000/09/xmldsig#"
#define SAML_NAMESPACE_XML_ENCRYPTION    "http://www.w3.org/2001/04/xmlenc#"
#define SAML_NAMESPACE_XML_ENCRYPTION_11 "http://www.w3.org/2009/xmlenc11#"

/* SAML bindings 3.4 and 3.5. */
#define SAML_BINDING_NAME_REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define SAML_BINDING_NAME_POST     "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

/* SAML core 3.2.2.2, 8.3 and 8.3.6; SAML profiles 3.3. */
#define SAML_STATUS_SUCCESS      "urn:oasis:names:tc:SAML:2.0:status:Success"
#define SAML_NAME_ID_UNSPECIFIED "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
#define SAML_NAME_ID_EMAIL       "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
#define SAML_NAME_ID_ENTITY      "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
#define SAML_METHOD_BEARER       "urn:oasis:names:tc:SAML:2.0:cm:bearer"

/* XML signature 6.6.4, exclusive XML canonicalization 1.0 section 4, and XML encryption 5.7. */
#define SAML_ENVELOPED SAML_NAMESPACE_XML_SIGNATURE "enveloped-signature"
#define SAML_EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define SAML_SHA256    SAML_NAMESPACE_XML_ENCRYPTION "sha256"

/* RFC 6931, and XML encryption 5.2 and 5.4. */
#define SAML_RSA_SHA256   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SAML_RSA_SHA384   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
#define SAML_RSA_SHA512   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
#define SAML_ECDSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define SAML_ECDSA_SHA384 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
#define SAML_ECDSA_SHA512 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
#define SAML_AES128_GCM   "http://www.w3.org/2009/xmlenc11#aes128-gcm"
#define SAML_AES256_GCM   "http://www.w3.org/2009/xmlenc11#aes256-gcm"
#define SAML_AES128_CBC   "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
#define SAML_AES256_CBC   "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
#define SAML_RSA_OAEP     "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
#define SAML_RSA_OAEP_11  "http://www.w3.org/2009/xmlenc11#rsa-oaep"
#define SAML_DEFLATE      "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"

#endif
