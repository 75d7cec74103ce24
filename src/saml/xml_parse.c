/* libxml2 with everything shut that a document could use against us. While the parser lives nothing is taken
 * from the arena, whose exhaustion jumps away and would leak the parser: the callbacks note what they find in
 * a plain structure, and the sentence is made afterwards. */
#include "saml/xml_parse.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlIO.h>

#include "saml/xml.h"

#define LONGEST_MESSAGE       200
#define WRITTEN(number)       WRITTEN_AS_IS(number)
#define WRITTEN_AS_IS(number) #number

/* What the callbacks of one run of the parser share; the first finding counts. */
struct run {
    const char *fault;             /* found by a callback of ours */
    char message[LONGEST_MESSAGE]; /* the parser's own words about its first error */
    int line;
    size_t namespaces[XML_MAXIMUM_DEPTH]; /* in scope, for each level of open elements */
};

/* --- Shutting the library ------------------------------------------------------------------------------ */

static void ignore_error(void *data, xmlErrorPtr error)
{
    (void)data;
    (void)error;
}

static xmlParserInputPtr open_no_entity(const char *address, const char *identifier, xmlParserCtxtPtr parser)
{
    (void)address;
    (void)identifier;
    (void)parser;
    return NULL;
}

static int claim_every_address(const char *address)
{
    (void)address;
    return 1;
}

static void *open_nothing(const char *address)
{
    (void)address;
    return NULL;
}

/* Once a process. libxml2 registers its file and network callbacks anew when none are left, so one that opens
 * nothing takes their place. */
static void shut_library(void)
{
    static bool shut;
    if (shut) {
        return;
    }
    xmlInitParser();
    xmlSetStructuredErrorFunc(NULL, ignore_error);
    xmlSetExternalEntityLoader(open_no_entity);
    xmlCleanupInputCallbacks();
    shut = xmlRegisterInputCallbacks(claim_every_address, open_nothing, NULL, NULL) >= 0;
    if (!shut) {
        fputs("muster: libxml2 cannot be shut off from files and addresses\n", stderr);
        abort();
    }
}

/* --- Callbacks of the parser --------------------------------------------------------------------------- */

static struct run *run_of(void *data)
{
    const xmlParserCtxt *parser = data;
    return parser->_private;
}

static void stop(void *data, const char *fault)
{
    struct run *run = run_of(data);
    if (run->fault == NULL) {
        run->fault = fault;
    }
    xmlStopParser(data);
}

static void refuse_document_type(void *data, const xmlChar *name, const xmlChar *external_id,
                                 const xmlChar *system_id)
{
    (void)name;
    (void)external_id;
    (void)system_id;
    stop(data, "has a document type declaration (DOCTYPE)");
}

static void refuse_instruction(void *data, const xmlChar *target, const xmlChar *content)
{
    (void)target;
    (void)content;
    stop(data, "has a processing instruction");
}

static void refuse_comment(void *data, const xmlChar *content)
{
    (void)content;
    stop(data, "has a comment");
}

/* The parameters are libxml2's. NOLINTNEXTLINE(readability-function-size) */
static void start_element(void *data, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *namespace_name, int namespace_count, const xmlChar **namespaces,
                          int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    const xmlParserCtxt *parser = data;
    struct run *run = run_of(data);
    const size_t level = (size_t)parser->nameNr;

    if (level >= XML_MAXIMUM_DEPTH) {
        stop(data, "has more than " WRITTEN(XML_MAXIMUM_DEPTH) " levels of elements");
        return;
    }
    run->namespaces[level] = (level == 0 ? 0 : run->namespaces[level - 1]) + (size_t)namespace_count;
    if (run->namespaces[level] > XML_MAXIMUM_NAMESPACES) {
        stop(data, "has more than " WRITTEN(XML_MAXIMUM_NAMESPACES) " namespaces in one place");
        return;
    }
    xmlSAX2StartElementNs(data, name, prefix, namespace_name, namespace_count, namespaces, attribute_count,
                          defaulted_count, attributes);
}

/* Keeps the parser's words about its first error, on one line. */
static void note_error(void *data, xmlErrorPtr error)
{
    struct run *run = run_of(data);
    if (error->level < XML_ERR_ERROR || run->message[0] != '\0') {
        return;
    }
    (void)snprintf(run->message, sizeof run->message, "%s",
                   error->message == NULL ? "error" : error->message);
    run->line = error->line;
    for (char *at = run->message; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7F) {
            *at = *at == '\n' && at[1] == '\0' ? '\0' : '?';
        }
    }
}

static void set_callbacks(xmlParserCtxt *parser, bool comments_allowed, struct run *run)
{
    parser->_private = run;
    parser->sax->internalSubset = refuse_document_type;
    parser->sax->processingInstruction = refuse_instruction;
    parser->sax->comment = comments_allowed ? NULL : refuse_comment;
    parser->sax->startElementNs = start_element;
    parser->sax->serror = note_error;
}

/* --- Reading ------------------------------------------------------------------------------------------- */

/* The tree, or NULL with what `run` tells. The options are only these two: entities stay unread (no NOENT),
 * no document type is loaded (no DTDLOAD), and the library's own limits hold (no HUGE). */
static xmlDoc *parse(struct text text, bool comments_allowed, struct run *run)
{
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (parser == NULL) {
        run->fault = "could not be read for lack of memory";
        return NULL;
    }
    set_callbacks(parser, comments_allowed, run);
    xmlDoc *document = xmlCtxtReadMemory(parser, text.data, (int)text.length, NULL, NULL,
                                         XML_PARSE_NONET | XML_PARSE_NOCDATA);
    bool good = run->fault == NULL && run->message[0] == '\0' && parser->wellFormed && parser->nsWellFormed;
    xmlFreeParserCtxt(parser);
    if (!good) {
        xmlFreeDoc(document);
        return NULL;
    }
    return document;
}

static void free_document(void *document)
{
    xmlFreeDoc(document);
}

static const char *fault_of(struct arena *arena, const struct run *run)
{
    if (run->fault != NULL) {
        return run->fault;
    }
    return arena_print(arena, "is not well-formed XML (line %d: %s)", run->line,
                       run->message[0] == '\0' ? "it ends too early" : run->message);
}

xmlDoc *xml_parse(struct arena *arena, struct text text, bool comments_allowed, const char **fault)
{
    struct run run = {0};

    shut_library();
    xmlDoc *document = parse(text, comments_allowed, &run);
    if (document == NULL) {
        *fault = fault_of(arena, &run);
        return NULL;
    }
    arena_on_reset(arena, free_document, document);
    return document;
}
