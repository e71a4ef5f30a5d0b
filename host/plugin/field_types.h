/* SPDX-License-Identifier: Apache-2.0 */
/* The types of fields by name: what each is to the validation. */
#ifndef FLEXHOST_PLUGIN_FIELD_TYPES_H
#define FLEXHOST_PLUGIN_FIELD_TYPES_H

#include "rules/value.h"

#include <stdbool.h>

enum field_class {
    FIELD_TEXT,      /* a string in canonical form */
    FIELD_NUMBER,    /* a JSON number */
    FIELD_SECONDS,   /* a duration: a JSON number of seconds */
    FIELD_TRUTH,     /* true or false */
    FIELD_SECRET,    /* "${secret:FIELD}" */
    FIELD_OBJECT,    /* the sub-fields */
    FIELD_CREDENTIAL /* the name of a [credential "NAME"] */
};

/* False when no type is called so. type may be NULL. */
bool field_class_find(const char *name, enum field_class *class, enum value_type *type);

#endif
