/* SPDX-License-Identifier: Apache-2.0 */
/* A step as the plan keeps it: a copy of what a plugin gave, checked. */
#ifndef FLEXHOST_PLAN_STEP_H
#define FLEXHOST_PLAN_STEP_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

#include <flexhost/plugin.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum method {
    METHOD_PUT,
    METHOD_POST,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_GET,   /* a watch */
    METHOD_FETCH, /* saves what a URL holds */
    METHOD_COPY   /* the pages of a blob into another */
};

struct plan_output {
    const char *name;
    const char *pointer;
    bool secret;
};

/* Texts are the plan's; JSON is kept as text, because 5,000 bodies as trees would be too much. */
struct plan_step {
    const char *key;
    const char *title;
    enum method method;
    const char *path;
    bool vault; /* at the data plane of a key vault: path is a URL */
    const char *api_version;
    const char *body; /* with the plan's tags once it is finished */
    const char *credential;
    const char **auxiliary;
    size_t auxiliary_count;
    const char **after;
    size_t after_count;
    struct plan_output *outputs;
    size_t output_count;
    bool tagged; /* the plan's tags are in the body */
    uint32_t flags;
    uint32_t ownership;
    uint32_t expected_seconds;
    const char *part;
    const char *failed_status;
    const char *alternatives;
    const char *collection;
    const char *list_path;
    const char *shared_list;
    const char *until_pointer;
    const char *until_values;
    const char *until_failures;
    const char *until_url_query;
    uint32_t until_interval_seconds;
    uint32_t until_timeout_seconds;
    const char *undo_method;
    const char *undo_path;
    const char *undo_body;
    const char *artifact;
    const char *source;
    const char *source_etag;
    /* Known once the plan is finished: places in plan->steps, each before this one. */
    size_t *before;
    size_t *followers;
    size_t follower_count;
};

struct plan {
    struct arena arena;
    struct plan_step *steps; /* finished: each after all that it comes after */
    size_t count;
    size_t room;
    json_t *index;   /* key -> place in steps */
    json_t *exports; /* name -> template */
    json_t *tags;
    json_t *alternatives; /* as given -> the address of the canonical text: machines share theirs */
    bool finished;
};

/* Checks and copies; the message names step and member. body, unless NULL, is the body in place of
 * given->body; the plan's tags are merged into it. */
int step_copy(struct plan *plan, struct plan_step *step, const struct fh_step *given, json_t *body,
              struct error *err);
const char *step_method_name(enum method method);
/* Whether `path` is a URL of its own, which may be a secret, rather than an ARM path. */
bool step_has_url(const struct plan_step *step);
/* Whether an element of a shared_list is another subject's: its name alone tells. */
bool step_is_of_others(const json_t *element);
/* Whether an ARM path is fit to be sent; `text` may still hold references. */
bool step_path_is_sound(const char *text);

/* NULL: there is none. */
struct plan_step *plan_find(const struct plan *plan, const char *key, size_t length);
/* What is bound in the step: path, source, body, alternatives, collection; without what undoes it.
 */
struct reference;
int step_each_reference(const struct plan_step *step,
                        int (*fn)(void *, const struct reference *, struct error *), void *context,
                        struct error *err);

#endif
