/* SPDX-License-Identifier: Apache-2.0 */
/* A dry run compares digests that hold the versions of secrets, and the secrets of the change have
 * none yet: keeping them would be doing something. */
#include "command/rehearsal.h"

#include "plan/journal.h"

#include <string.h>

/* `store` is the first member. */
static struct rehearsal *of(struct store *store)
{
    return (struct rehearsal *)store;
}

struct visit {
    const json_t *drifted;
    journal_fn *each;
    void *context;
};

static bool visit_marked(void *context, const struct journal_step *step)
{
    const struct visit *visit = context;
    struct journal_step marked = *step;
    const char *mend = json_string_value(json_object_get(visit->drifted, step->key));
    if (mend && strcmp(step->state, "done") == 0) {
        marked.digest = "";
        if (strcmp(mend, "remove") == 0) {
            marked.state = "undo-intent";
            marked.flags |= ROW_UNSENT;
        }
    }
    return visit->each(visit->context, &marked);
}

static int journal_each(struct store *store, const struct journal_filter *filter, journal_fn *each,
                        void *context, struct error *err)
{
    struct store *real = of(store)->real;
    struct visit visit = {of(store)->drifted, each, context};
    return real->ops->journal_each(real, filter, visit_marked, &visit, err);
}

static int secret_version(struct store *store, const char *owner, const char *name,
                          int64_t *version, struct error *err)
{
    struct rehearsal *rehearsal = of(store);
    struct store *real = rehearsal->real;
    if (real->ops->secret_version(real, owner, name, version, err) < 0)
        return -1;
    if (json_object_get(rehearsal->secrets, name))
        ++*version;
    return 0;
}

void rehearsal_begin(struct rehearsal *rehearsal, struct store *real, const json_t *secrets,
                     const json_t *drifted)
{
    memset(rehearsal, 0, sizeof *rehearsal);
    rehearsal->ops.journal_each = journal_each;
    rehearsal->ops.secret_version = secret_version;
    rehearsal->store.ops = &rehearsal->ops;
    rehearsal->real = real;
    rehearsal->secrets = secrets;
    rehearsal->drifted = drifted;
}
