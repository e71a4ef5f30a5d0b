/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: the ${step.output} and ${secret:name} of a template, found and filled in. */
#ifndef FLEXHOST_PLAN_BINDING_H
#define FLEXHOST_PLAN_BINDING_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Points into the template. */
struct reference {
    const char *step; /* NULL: a secret */
    size_t step_length;
    const char *name; /* the output's or the secret's */
    size_t name_length;
};

/* Called for each reference in order; -1 with err set ends the scan. */
typedef int reference_fn(void *context, const struct reference *reference, struct error *err);

/* Whether an output may have this name: one that a reference can be written with. */
bool binding_is_name(const char *text);

/* fn may be NULL: then only the syntax is looked at. */
int binding_scan_text(const char *template, reference_fn *fn, void *context, struct error *err);
/* Every string value below `template`; names of members are not bound. */
int binding_scan_json(const json_t *template, reference_fn *fn, void *context, struct error *err);

/* The value of a reference: a fresh one that nobody else holds (binding_wipe overwrites it); NULL
 * with err set. */
typedef json_t *resolve_fn(void *context, const struct reference *reference, struct error *err);

/* A copy with every reference filled in. A string that is nothing but one reference becomes the
 * value itself, with its own JSON type. */
json_t *binding_json(const json_t *template, resolve_fn *resolve, void *context, struct error *err);
/* The caller frees it (with OPENSSL_cleanse first where secrets may be in it). */
char *binding_text(const char *template, resolve_fn *resolve, void *context, struct error *err);

/* Overwrites every string below before the caller lets go of it. */
void binding_wipe(json_t *json);

#endif
