/* The identifiers of SAML 2.0 and what it stands on; all of them are compared byte by byte. */
#ifndef MUSTER_SAML_NAMES_H
#define MUSTER_SAML_NAMES_H

/* Namespaces: SAML metadata 2.2, SAML core 1.2, XML signature 1.3. The one of the protocol is also its name
 * in protocolSupportEnumeration. */
#define SAML_NAMESPACE_METADATA      "urn:oasis:names:tc:SAML:2.0:metadata"
#define SAML_NAMESPACE_PROTOCOL      "urn:oasis:names:tc:SAML:2.0:protocol"
#define SAML_NAMESPACE_XML_SIGNATURE "http://www.w3.org/2000/09/xmldsig#"

/* SAML bindings 3.4 and 3.5. */
#define SAML_BINDING_NAME_REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define SAML_BINDING_NAME_POST     "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

#endif
