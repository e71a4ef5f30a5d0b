/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of steps that describes a subject's desired state. */
#ifndef FLEXHOST_PLAN_PLAN_H
#define FLEXHOST_PLAN_PLAN_H

#include "base/error.h"

#include <flexhost/plugin.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct plan;

struct plan *plan_new(void);
void plan_free(struct plan *plan);

/* Copies a step. Refuses a bad key, a key twice, a method, path or JSON that cannot be right; the
 * message names step and member. step->struct_size may be smaller or larger than ours (an older or
 * a newer plugin). */
int plan_add(struct plan *plan, const struct fh_step *step, struct error *err);
/* The same with the body as a tree, which is taken over: for the host's own plans, whose thousands
 * of bodies need not be written and read again. The plan's tags are put into its "tags". */
int plan_add_json(struct plan *plan, const struct fh_step *step, json_t *body, struct error *err);
/* A value for others; JSON text or bare text, late-bound. Set twice is refused. */
int plan_export(struct plan *plan, const char *name, const char *value, struct error *err);
/* After the last step: every `after` and every ${step.output} exists and comes before, no circles,
 * secrets known (names: JSON array). Sorts. */
int plan_finish(struct plan *plan, struct error *err);
/* Tags that FH_STEP_TAGS bodies get. Before plan_finish. */
int plan_set_tags(struct plan *plan, const json_t *tags, struct error *err);

size_t plan_step_count(const struct plan *plan);
/* How long Azure usually takes for the steps one after another, where they wait for one another;
 * counted: by step, NULL: all. */
int64_t plan_expected_seconds(const struct plan *plan, const bool *counted);
/* Canonical JSON of the whole plan, for golden tests, purity checks and dry runs (secrets stay
 * references). Caller decrefs. */
json_t *plan_to_json(const struct plan *plan);

#endif
