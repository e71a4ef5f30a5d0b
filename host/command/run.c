/* SPDX-License-Identifier: Apache-2.0 */
/* Running a row: handler, acknowledgement, audit. */
#include "command/command.h"

#include "base/text.h"
#include "command/due.h"
#include "command/orphans.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static const char *text_field(const struct command_input *input, const char *name)
{
    return json_string_value(json_object_get(input->fields, name));
}

int command_acknowledge(struct context *context, const struct command_input *input,
                        const char *name, const char *breaks, struct error *err)
{
    if (!breaks || input->acknowledged || input->dry_run)
        return 0;
    const struct face *face = context_face(context);
    char *question = text_format("%s%s%s: %s Go on?", input->command->noun, name ? " " : "",
                                 name ? name : "", breaks);
    if (!question)
        return error_no_memory(err);
    bool yes = face->confirm && face->confirm(face->context, question);
    free(question);
    if (yes)
        return 0;
    return error_set(
        err, ERROR_USAGE, NULL, "nothing was done: %s Give --yes to acknowledge it%s", breaks,
        input->command->flags & COMMAND_CHANGES ? ", or --dry-run to see what would be done" : "");
}

/* Reading leaves no trace: a record costs a write to disk, and `list` is asked all day. */
static bool is_recorded(const struct command_input *input)
{
    const char *right = strchr(input->command->permission, '/');
    return !input->dry_run && right && strcmp(right, "/read") != 0;
}

/* What the command is about, whatever its row calls it. */
static const char *subject_name(const struct command_input *input)
{
    static const char *const keys[] = {"name", "machine", "id"};
    const char *name = NULL;
    for (size_t i = 0; !name && i < sizeof keys / sizeof *keys; i++)
        name = text_field(input, keys[i]);
    return name;
}

static void record(struct context *context, const struct command_input *input, int result,
                   const struct error *err)
{
    struct store *store = is_recorded(input) ? context_store(context, NULL) : NULL;
    if (!store)
        return;
    const char *name = subject_name(input);
    char *command = text_format("%s %s", input->command->noun, input->command->verb);
    char *subject = name ? text_format("%s %s", input->command->noun, name) : NULL;
    struct audit_entry entry = {
        .at_ms = clock_wall(clock_system()),
        .principal = context_principal(context),
        .command = command,
        .subject = subject,
        .result = result == 0                       ? "done"
                  : err && err->code == ERROR_USAGE ? "refused"
                                                    : "failed",
        .operation = context_transaction(context),
    };
    struct error failure = ERROR_INIT;
    if (command && store->ops->audit_append(store, &entry, &failure) < 0)
        context_warn(context, "the audit record was not written: %s", error_text(&failure));
    error_clear(&failure);
    free(command);
    free(subject);
}

int command_run(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct error local = ERROR_INIT;
    int result = input->command->run(context, input, output, &local);
    record(context, input, result, &local);
    orphans_resume(context, input);
    due_run(context, input);
    if (result < 0)
        error_move(err, &local);
    error_clear(&local);
    if (!output->columns) {
        output->columns = input->command->columns;
        output->column_count = input->command->column_count;
    }
    return result;
}
