/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for operations that a dead process has left. */
#include "command/orphans.h"

#include "command/operation_run.h"

#include <string.h>

static bool keep_id(void *context, const struct operation *operation)
{
    json_array_append_new(context,
                          json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", operation->id, "subject",
                                    operation->subject_id, "kind", operation->subject_kind, "name",
                                    operation->subject_name, "action", operation->action));
    return true;
}

static void resume(struct context *context, struct store *store, const json_t *operation)
{
    const char *id, *subject, *kind, *name, *action;
    struct lease_holder holder;
    bool held = true;
    struct error err = ERROR_INIT;
    if (json_unpack((json_t *)operation, "{s:s, s:s, s:s, s:s, s:s}", "id", &id, "subject",
                    &subject, "kind", &kind, "name", &name, "action", &action) < 0 ||
        store->ops->lease_query(store, subject, &held, &holder, &err) < 0 || held) {
        error_clear(&err);
        return;
    }
    if (operation_detach(context, id, &err) == 0)
        context_remark(context,
                       "the process that was to %s the %s \"%s\" is gone: the operation goes on in "
                       "the background (`flexhost operation wait %s`)",
                       action, kind, name, id);
    else
        context_warn(context,
                     "the operation %s was left by its process and could not be gone on "
                     "with: %s",
                     id, error_text(&err));
    error_clear(&err);
}

/* Who works on operations by hand is left to it, and a dry run starts nothing. */
bool orphans_wanted(struct context *context, const struct command_input *input)
{
    const struct command *command = input->command;
    const struct config *config = context_config(context, NULL);
    return config && strcmp(config->host.resume, "automatic") == 0 && !input->dry_run &&
           !(command->flags & (COMMAND_NO_CONFIG | COMMAND_HIDDEN)) &&
           strcmp(command->noun, "operation") != 0 && strcmp(command->noun, "config") != 0;
}

void orphans_resume(struct context *context, const struct command_input *input)
{
    struct store *store = orphans_wanted(context, input) ? context_store(context, NULL) : NULL;
    json_t *running = json_array();
    struct operation_filter filter = {.status = "Running"};
    size_t i;
    json_t *operation;
    if (store && store->ops->operation_each(store, &filter, keep_id, running, NULL) == 0)
        json_array_foreach(running, i, operation) resume(context, store, operation);
    json_decref(running);
}
