/* SPDX-License-Identifier: Apache-2.0 */
/* Values of declared fields: INI keys, options of the command line, fields of plugins. */
#ifndef FLEXHOST_RULES_VALUE_H
#define FLEXHOST_RULES_VALUE_H

#include "base/error.h"
#include "rules/regions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
    VALUE_STRING, /* UTF-8 without control characters */
    VALUE_NAME,   /* what a subject may be called: 1 to 64 letters, digits, " ._-" */
    VALUE_INT,    /* decimal */
    VALUE_BOOL,   /* yes or no; true and false are taken too */
    VALUE_ENUM,   /* one of rule.values */
    VALUE_CIDR,   /* IPv4 range without host bits */
    VALUE_IPV4,
    VALUE_PORT,     /* 1 to 65535 */
    VALUE_GUID,     /* lower case when normalised */
    VALUE_REGION,   /* Azure's name when normalised */
    VALUE_DURATION, /* "30s"; bounds are in milliseconds */
    VALUE_URL,      /* http or https, no user, no fragment, no trailing slash */
    VALUE_FQDN,
    VALUE_EMAIL,
    VALUE_RESOURCE_ID,      /* "/subscriptions/..." */
    VALUE_SECRET_REFERENCE, /* "file:PATH", "env:NAME" or "credential:NAME" */
    VALUE_PATH,             /* no control characters; nothing is opened */
    VALUE_TYPES
};

struct value_rule {
    const char *field; /* what an error names */
    enum value_type type;
    /* Of the number, the milliseconds, the prefix length of a range, or the length of a text.
     * Both 0: no bounds. max below min: no upper one. */
    int64_t min;
    int64_t max;
    const char *pattern;      /* POSIX ERE that the whole value must match, NULL if none */
    const char *pattern_help; /* what the pattern asks for, in words; NULL: the pattern is shown */
    const char *values; /* "a|b|c": the only values, of an enum or any other type; NULL if none */
    const struct region_table *regions; /* for VALUE_REGION; NULL: only the form is checked */
};

/* "cidr"; and back: VALUE_TYPES if no type is called so. */
const char *value_type_name(enum value_type type);
enum value_type value_type_find(const char *name);

/* Checks the text and gives the one way of writing it (the caller frees; normal may be NULL).
 * The error names field, rule, value and mend. A secret reference's value is never repeated. */
int value_check(const struct value_rule *rule, const char *text, char **normal, struct error *err);

/* For texts that value_check has passed. */
bool value_bool(const char *normal);
int64_t value_int(const char *normal);

#endif
