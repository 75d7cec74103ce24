/* The request asks for as little as possible: what an identity provider does not know it refuses. */
#include "saml/login_request.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "saml/names.h"
#include "saml/service.h"
#include "saml/signing.h"

#define LONGEST_REQUEST 16384

/* Addresses are asked for where the provider says that it has them, else whatever it gives. */
static const char *name_id_format(const struct saml_metadata *provider)
{
    for (size_t i = 0; i < provider->name_id_format_count; i++) {
        if (text_equal_string(provider->name_id_formats[i], SAML_NAME_ID_EMAIL)) {
            return " Format=\"" SAML_NAME_ID_EMAIL "\"";
        }
    }
    return "";
}

/* The signature's place is behind the Issuer (SAML core 3.2.1). */
static struct text write_request(const struct saml_reading *reading, struct text id, struct text location,
                                 const char *signature)
{
    char now[CLOCK_TEXT_SIZE];
    struct builder out;
    clock_write(reading->context->now, now);
    builder_start(&out, reading->arena, 1024, LONGEST_REQUEST);
    builder_add_format(
        &out,
        "<samlp:AuthnRequest xmlns:samlp=\"" SAML_NAMESPACE_PROTOCOL
        "\" xmlns:saml=\"" SAML_NAMESPACE_ASSERTION
        "\" ID=\"%.*s\" Version=\"2.0\" IssueInstant=\"%s\" ProtocolBinding=\"" SAML_BINDING_NAME_POST
        "\" AssertionConsumerServiceURL=\"",
        TEXT_ARGUMENTS(id), now);
    encode_markup(&out, text_of(reading->consumer));
    BUILDER_ADD_LITERAL(&out, "\" Destination=\"");
    encode_markup(&out, location);
    BUILDER_ADD_LITERAL(&out, "\"><saml:Issuer>");
    encode_markup(&out, text_of(reading->entity_id));
    builder_add_format(&out,
                       "</saml:Issuer>%s<samlp:NameIDPolicy%s AllowCreate=\"true\"/></samlp:AuthnRequest>",
                       signature, name_id_format(reading->provider));
    return builder_text(&out);
}

struct text saml_login_request(const struct saml_reading *reading, struct text id, struct text location)
{
    return write_request(reading, id, location, "");
}

struct text saml_login_request_signed(const struct saml_reading *reading, struct text id,
                                      struct text location, const struct saml_key *key)
{
    const char *signature = saml_signature_template(reading->arena, id);
    return saml_sign(reading->arena, write_request(reading, id, location, signature), key);
}
