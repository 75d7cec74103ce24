/* Metadata in the form that identity providers publish. */
#include "support/metadata.h"

/* Self-signed, RSA of 2048 bits, valid for a hundred years; nobody has its key. */
static const char certificate[] = "MIIDGTCCAgGgAwIBAgIUQ8qQOUNHJlp64XNIt++HW3vGRPIwDQYJKoZIhvcNAQEL"
                                  "BQAwGzEZMBcGA1UEAwwQaWRwLmV4YW1wbGUudGVzdDAgFw0yNjExMjIwNzMzMTda"
                                  "GA8yMTI2MTAyOTA3MzMxN1owGzEZMBcGA1UEAwwQaWRwLmV4YW1wbGUudGVzdDCC"
                                  "ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAMe8hiFo78OV/bT1sF9ijyd2"
                                  "fqNNgmI+EyztY21JBEASMB8qiGO3ogAFm1Y9ZAvjBONBBsRhaBY83+FGZLYyJ50c"
                                  "C6hRS/5BSE1fwPELElQlr9oq6veN8wthi+EE7Xhi3+H2+PdtqxsbQHN99KV9oR7p"
                                  "vLqxdMu/0xzpkC6S7Aijc3dDRtYhTaSr4LbEGiGkHslfiHbEZXFnd7FB9nI1YXW4"
                                  "CwEobd9qLJFY7J/Nbato6CQu7XscL8dON02ginirLCjL/L0+h9FIz5jSRCh3Tbl5"
                                  "T1J087XFNDcejHLpRqTcWgac4Cwgob1W2+7v+Qbh32c2+9cL/VI9IxnAA4q7ip8C"
                                  "AwEAAaNTMFEwHQYDVR0OBBYEFG/+bh39KQr97eFoibATzb2UAi0PMB8GA1UdIwQY"
                                  "MBaAFG/+bh39KQr97eFoibATzb2UAi0PMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZI"
                                  "hvcNAQELBQADggEBAIkUQthCQXEsORg640T9Djh2rKze1Pnddi01wDo18FQc36LA"
                                  "WM9cr2ZnqNDsT6DRs8QIqLsKFdwI4HosV+FXp89SlL6DrT/1SwwRubIcPZIb8bJz"
                                  "Dd8yqU6grcaR7YYtdO3AiAgBq3mjLMvot3H4J4yxYfW9ddkZDhOkb1P2/QryaplS"
                                  "EScK3QV+XprY29NyuM7aQ8QEBWhRtZ1BkmpuxfoYWHNPdQqJup7TalyvDqC+/KK1"
                                  "Z5AoSFP4e7hq9vZubnWIS7eYnAqqBrXVP/SnPz9URq6vU1DkrRts/33q4db+mdau"
                                  "0kKbOLD35Ee2fV0HBukYXCRFh/VVimDG3JKu6ak=";

#define KEY                                                       \
    "<md:KeyDescriptor use='signing'><ds:KeyInfo "                \
    "xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:X509Data>" \
    "<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
#define SIGN_ON                                                                             \
    "<md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' " \
    "Location='https://idp.example.test/sso'/>"

static const char *descriptor(struct world *world, const char *doctype, const char *entity, const char *role,
                              const char *content)
{
    return world_print(
        world,
        "\"%s<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='%s'>"
        "<md:%s "
        "protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>%s</md:%s></"
        "md:EntityDescriptor>\"",
        doctype, entity, role, content, role);
}

static const char *key(struct world *world)
{
    return world_print(world, KEY, certificate);
}

static const char *usual_content(struct world *world)
{
    return world_print(world, "%s" SIGN_ON, key(world));
}

const char *metadata_of(struct world *world, const char *entity)
{
    return descriptor(world, "", entity, "IDPSSODescriptor", usual_content(world));
}

const char *metadata_without_certificate(struct world *world)
{
    return descriptor(world, "", "https://idp.example.test", "IDPSSODescriptor", SIGN_ON);
}

const char *metadata_without_sign_on(struct world *world)
{
    return descriptor(world, "", "https://idp.example.test", "IDPSSODescriptor", key(world));
}

const char *metadata_of_service_provider(struct world *world)
{
    return descriptor(world, "", "https://idp.example.test", "SPSSODescriptor", key(world));
}

const char *metadata_with_doctype(struct world *world)
{
    return descriptor(world, "<!DOCTYPE x>", "https://idp.example.test", "IDPSSODescriptor",
                      usual_content(world));
}
