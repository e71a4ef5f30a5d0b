/* SPDX-License-Identifier: Apache-2.0 */
/* Each type of value: its check and its one way of being written. For value.c alone. */
#ifndef FLEXHOST_RULES_VALUE_FORMS_H
#define FLEXHOST_RULES_VALUE_FORMS_H

#include "rules/value.h"

enum { VALUE_LONGEST = 4096 };

/* Of a type that has nothing to hold bounds against. */
#define VALUE_NO_MEASURE INT64_MIN

/* What a type's check finds: the one way of writing the value, and what bounds are held against
 * (a number, milliseconds, a prefix length or a length). */
struct value_finding {
    char *normal;
    int64_t measure;
};

typedef int value_check_function(const struct value_rule *rule, const char *text,
                                 struct value_finding *finding, struct error *err);

struct value_form {
    const char *name;
    value_check_function *check;
};

extern const struct value_form value_forms[VALUE_TYPES];

#endif
