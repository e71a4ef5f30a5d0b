/* SPDX-License-Identifier: Apache-2.0 */
/* Expat, held to what an answer of storage can be. */
#include "azure/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct xml {
    XML_Parser parser;
    const struct xml_form *form;
    void *context;
    struct error *err;
    char *text;
    size_t length;
    int depth;
    bool failed;
};

void xml_fail(struct xml *xml, const char *why)
{
    if (!xml->failed)
        error_set(xml->err, ERROR_AZURE, NULL, "%s %s", xml->form->what, why);
    xml->failed = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

void xml_fail_with(struct xml *xml, struct error *err)
{
    if (!xml->failed)
        error_move(xml->err, err);
    error_clear(err);
    xml->failed = true;
    XML_StopParser(xml->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct xml *xml = context;
    xml->depth++;
    xml->length = 0;
    if (xml->depth > xml->form->deepest)
        xml_fail(xml, "is nested too deeply");
    else if (xml->depth == 1 && strcmp(name, xml->form->root) != 0)
        xml_fail(xml, "is none: the answer is something else");
    else if (xml->form->start)
        xml->form->start(xml, xml->context, name, xml->depth);
}

static void on_text(void *context, const char *data, int length)
{
    struct xml *xml = context;
    if ((size_t)length > xml->form->longest - xml->length) {
        xml_fail(xml, "holds a text that is too long");
        return;
    }
    memcpy(xml->text + xml->length, data, (size_t)length);
    xml->length += (size_t)length;
}

static void on_end(void *context, const char *name)
{
    struct xml *xml = context;
    xml->text[xml->length] = '\0';
    xml->form->end(xml, xml->context, name, xml->text, xml->depth);
    xml->length = 0;
    xml->depth--;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int subset)
{
    xml_fail(context, "has a document type, which none has");
}

int xml_read(const char *text, size_t length, const struct xml_form *form, void *context,
             struct error *err)
{
    struct xml xml = {.form = form, .context = context, .err = err};
    xml.text = malloc(form->longest + 1);
    xml.parser = xml.text && length < INT_MAX ? XML_ParserCreate(NULL) : NULL;
    if (!xml.parser) {
        free(xml.text);
        return error_no_memory(err);
    }
    XML_SetUserData(xml.parser, &xml);
    XML_SetElementHandler(xml.parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml.parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml.parser, on_doctype);
    if (XML_Parse(xml.parser, text, (int)length, 1) != XML_STATUS_OK && !xml.failed)
        xml_fail(&xml, XML_ErrorString(XML_GetErrorCode(xml.parser)));
    XML_ParserFree(xml.parser);
    free(xml.text);
    return xml.failed ? -1 : 0;
}
