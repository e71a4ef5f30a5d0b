/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between a plan and what was applied. */
#ifndef FLEXHOST_PLAN_DIFF_H
#define FLEXHOST_PLAN_DIFF_H

#include "base/digest.h"
#include "plan/journal.h"
#include "plan/step.h"

/* The versions of the subject's secrets, asked once a secret. */
struct secret_versions {
    struct store *store;
    const char *subject_id;
    json_t *known; /* name -> version */
};

void secret_versions_clear(struct secret_versions *versions);

/* Of all that would be sent, with the versions of its secrets: a rotated secret is a change. */
int diff_digest(const struct plan_step *step, struct secret_versions *versions,
                char digest[DIGEST_HEX], struct error *err);

/* Whether the journal says that the step holds as the plan wants it. An action that ended in
 * another operation by its `until_failures` has been carried out, too: what it said stands.
 * operation_id: the one that runs; NULL: a new one. */
bool diff_holds(const struct row *row, const char *digest, const char *operation_id);

/* Given what holds of each step (in the plan's order), writes which ones have to be carried out:
 * watches look again behind what changes, temporary ones only for those who need them. */
void diff_wants(const struct plan *plan, const bool *holds, bool *wants);

/* A URL of a step that has one, as a template, for the journal and for people: of COPY, whose URLs
 * are signed, without what a plugin may have written into the query. NULL without memory. */
char *diff_shown_url(const struct plan_step *step, const char *template);

/* Whether removing the row takes a request; else it is only forgotten. */
bool diff_needs_undo(const struct row *row);

#endif
