/* SPDX-License-Identifier: Apache-2.0 */
/* Running one recorded operation to its end, and writing down how it ended. */
#ifndef FLEXHOST_COMMAND_OPERATION_RUN_H
#define FLEXHOST_COMMAND_OPERATION_RUN_H

#include "command/change.h"

struct operation_run {
    const struct subject_kind *kind;
    struct subject *subject;
    const json_t *request;
    const char *operation_id;
    const char *action;
    int64_t base_ms;       /* an update: when the record that it starts from was written; else 0 */
    const json_t *drifted; /* see struct change_request, as for unkept */
    const json_t *unkept;
};

/* The subject's lease for this operation; refused with who holds it. */
int operation_run_lease(struct context *context, const char *subject_id, const char *operation_id,
                        struct error *err);
void operation_run_release(struct context *context, const char *subject_id,
                           const char *operation_id);
/* plan NULL: teardown. The lease is held by the caller and released here. */
int operation_run(struct context *context, struct operation_run *run, const struct plan *plan,
                  struct command_output *output, struct error *err);
/* Starts a process of its own, which outlives the terminal, to run a recorded operation. */
int operation_detach(struct context *context, const char *operation_id, struct error *err);

json_t *operation_json(const struct operation *operation);
/* As `operation list` shows one. */
int operation_output(struct context *context, const char *id, struct command_output *output,
                     struct error *err);
json_t *error_json(const struct error *err);

#endif
