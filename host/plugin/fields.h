/* SPDX-License-Identifier: Apache-2.0 */
/* Declared fields: from what an operator typed to a validated JSON object. */
#ifndef FLEXHOST_PLUGIN_FIELDS_H
#define FLEXHOST_PLUGIN_FIELDS_H

#include "base/error.h"

#include <flexhost/plugin.h>
#include <jansson.h>
#include <stddef.h>

/* One wrong value: all of them are reported, not the first alone. */
struct field_problem {
    char *field; /* "--address-range", "--route (second) next-hop-type" as the operator knows it */
    char *message;
    char *name; /* the declared field that it belongs to, or the unknown one: "route" */
};

struct field_problems {
    struct field_problem *items;
    size_t count;
};

/* input: {"address-range": "10.0.0.0/24", "route": ["name=…,…", {...}]}: texts as typed, or JSON of
 * the right type. previous: the fields as last applied (immutable ones are held against it), NULL
 * at creation. known: what names may refer to ({"credential": ["a","b"], "region": {...}}); NULL:
 * such types are checked for syntax only. secrets: a secret field's text is moved into *secrets
 * ({FIELD: value}, the caller wipes it) and the output has "${secret:FIELD}". *output is the
 * validated object with defaults. Returns 0, or -1 with at least one problem. */
int fields_validate(const struct fh_field *fields, size_t count, const json_t *input,
                    const json_t *previous, const json_t *known, json_t **output, json_t **secrets,
                    struct field_problems *problems);
/* As fields_validate; prefix stands before a field's name in `field`: "" for keys of the INI. */
int fields_validate_as(const char *prefix, const struct fh_field *fields, size_t count,
                       const json_t *input, const json_t *previous, const json_t *known,
                       json_t **output, json_t **secrets, struct field_problems *problems);
void field_problems_clear(struct field_problems *problems);

#endif
