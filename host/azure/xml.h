/* SPDX-License-Identifier: Apache-2.0 */
/* The XML that storage answers with: small, flat, and from outside. */
#ifndef FLEXHOST_AZURE_XML_H
#define FLEXHOST_AZURE_XML_H

#include "base/error.h"

#include <stddef.h>

struct xml;

/* What a document may be, and who is told of its elements. depth: 1 at the root. */
struct xml_form {
    const char *what; /* for messages: "the list of pages" */
    const char *root;
    int deepest;
    size_t longest; /* of a text, in bytes */
    void (*start)(struct xml *xml, void *context, const char *name, int depth); /* may be NULL */
    /* text: what stood in the element behind its last child. */
    void (*end)(struct xml *xml, void *context, const char *name, const char *text, int depth);
};

/* A document type (and with it every entity), another root, what is deeper or longer than the form
 * has it, and what is no XML end it with an error that says so. */
int xml_read(const char *text, size_t length, const struct xml_form *form, void *context,
             struct error *err);
/* From start or end: the document is refused, "holds a range without its ends". Only the first
 * counts.
 */
void xml_fail(struct xml *xml, const char *why);
/* The same with an error of the caller's, which it takes. */
void xml_fail_with(struct xml *xml, struct error *err);

#endif
