/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of Run Command that are really run, in a folder that stands for a machine's root. */
#ifndef AZURE_LOCAL_SCRIPT_H
#define AZURE_LOCAL_SCRIPT_H

#include "kind.h"

struct script_end {
    const char *output, *error; /* the pool's */
    int exit_code;
    bool timed_out;
};

/* Starts the script of a run command if its machine's image has a root; otherwise nothing. */
void script_begin(struct sim *sim, struct resource *run, const json_t *asked);
/* Still running? It is ended when it took too long. */
bool script_running(struct sim *sim, struct resource *run);
/* How it ended; false when there was none: then the world may have an answer, see below. */
bool script_take(struct sim *sim, struct pool *pool, struct resource *run, struct script_end *end);
bool script_answer(struct sim *sim, struct pool *pool, const struct resource *run,
                   struct script_end *end);
void script_drop(struct sim *sim, struct resource *run);
void scripts_end(struct sim *sim);

/* 0, or -1 when there is no such folder. */
int machine_root_add(struct sim *sim, const char *image, const char *path);
void script_answer_add(struct sim *sim, const char *pattern, const char *output, int exit_code);
/* POST and DELETE /_local/machine-root, POST /_local/script-answer */
int machine_root_post(struct exchange *x);
int machine_root_clear(struct exchange *x);
int script_answer_post(struct exchange *x);

#endif
