/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the field validation share. */
#ifndef FLEXHOST_PLUGIN_FIELDS_PRIVATE_H
#define FLEXHOST_PLUGIN_FIELDS_PRIVATE_H

#include "plugin/fields.h"

#include <stdbool.h>

/* One validation: what goes in and what is gathered. */
struct validation {
    const char *prefix;
    const json_t *known;
    json_t *secrets;
    struct field_problems *problems;
    const char *top; /* the declared field at work, for problem.name */
    bool failed;     /* memory ran out: there may be no problem that says so */
};

void validation_problem(struct validation *validation, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One value of a field: text as typed, or JSON. A new reference; NULL with a problem added. */
json_t *field_value(struct validation *validation, const struct fh_field *field, const char *label,
                    const json_t *value);
/* A value of type object. */
json_t *field_object(struct validation *validation, const struct fh_field *field, const char *label,
                     const json_t *value);
/* The declared fields of `input`, in the order of their declaration, added to `output`. */
void fields_fill(struct validation *validation, const struct fh_field *fields, size_t count,
                 const char *prefix, const json_t *input, const json_t *previous, json_t *output);

#endif
