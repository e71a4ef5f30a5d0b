/* SPDX-License-Identifier: Apache-2.0 */
/* action types, run, list, show, log. */
#include "base/text.h"
#include "command/change.h"
#include "command/listing.h"
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/request.h"
#include "command/text_at.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int types(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    return list_plugins(context, "action", output, err);
}

/* ".../resourceGroups/GROUP/providers/...": the action's helpers live beside the machine. */
static char *group_of(const char *machine_id)
{
    const char *group = strstr(machine_id, "/resourceGroups/");
    if (!group)
        return NULL;
    group += strlen("/resourceGroups/");
    return strndup(group, strcspn(group, "/"));
}

static json_t *machine_json(const json_t *machine, const char *group)
{
    return json_pack("{s:O, s:O, s:O*, s:O*, s:s, s:O*, s:s}", "name",
                     json_object_get(machine, "name"), "id", json_object_get(machine, "id"),
                     "catalog", json_object_get(machine, "catalog"), "region",
                     json_object_get(machine, "region"), "resourceGroup", group, "os",
                     json_object_get(machine, "os"), "subscription",
                     text_at(json_object_get(machine, "subscription"), "id"));
}

/* The first free number: activities are kept, so the history has them all. */
static char *activity_name(struct store *store, const char *action, const char *machine,
                           struct error *err)
{
    for (int number = 1;; number++) {
        char *name = text_format("%s-%s-%d", action, machine, number);
        struct subject subject;
        bool found;
        if (!name || subject_find(store, "activity", name, &subject, &found, err) < 0) {
            free(name);
            return NULL;
        }
        if (!found)
            return name;
        subject_clear(&subject);
        free(name);
    }
}

static int start(struct context *context, const struct command_input *input, json_t *request,
                 const json_t *machine, struct command_output *output, struct error *err)
{
    if (request_check(context, input->plugin, request, input->secrets, NULL, err) < 0)
        return -1;
    json_t *data =
        json_pack("{s:O, s:O, s:O*, s:O}", "fields", input->plugin_fields, "machine",
                  json_object_get(machine, "name"), "catalog", json_object_get(machine, "catalog"),
                  "subscription", json_object_get(request, "subscription"));
    struct change_request change = {.kind = subject_kind_find("activity"),
                                    .action = "create",
                                    .request = request,
                                    .data = data,
                                    .secrets = input->secrets};
    int result = change_start(context, input, &change, output, err);
    json_decref(data);
    return result;
}

static int run_on(struct context *context, const struct command_input *input, json_t *machine,
                  struct command_output *output, struct error *err)
{
    const char *machine_name = text_at(machine, "name");
    if (strcmp(text_at(machine, "status"), "Created") != 0)
        return error_set(err, ERROR_USAGE, "/machine",
                         "the machine \"%s\" is not there yet or no more (status %s)", machine_name,
                         text_at(machine, "status"));
    struct store *store = context_store(context, err);
    char *name = activity_name(store, input->plugin->name, machine_name, err);
    char *group = group_of(text_at(machine, "id"));
    if (!name || !group) {
        free(name);
        free(group);
        return name ? error_no_memory(err) : -1;
    }
    struct request_parts parts = {.operation = "create",
                                  .kind = "action",
                                  .plugin = input->plugin,
                                  .name = name,
                                  .subscription = json_object_get(machine, "subscription"),
                                  .region = text_at(machine, "region"),
                                  .fields = input->plugin_fields};
    json_t *request = request_new(context, &parts, err);
    int result = -1;
    if (request) {
        json_object_set_new(request, "resourceGroup", json_string(group));
        json_object_set_new(request, "machine", machine_json(machine, group));
        result = start(context, input, request, machine, output, err);
    }
    json_decref(request);
    free(name);
    free(group);
    return result;
}

static int run(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *machine = store ? machine_find(store, text_at(input->fields, "machine"), err) : NULL;
    if (!machine)
        return -1;
    int result = run_on(context, input, machine, output, err);
    json_decref(machine);
    return result;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    return list_subjects(context, "activity", output, err);
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    if (!store ||
        subject_load(store, "activity", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    output->result = subject_json(&subject);
    subject_clear(&subject);
    return 0;
}

/* A machine wrote it: on a terminal it may say nothing but lines of text. Control characters of
 * both sets become '?' (the second set follows 0xc2 in UTF-8), carriage returns go. */
static size_t tame(char *data, size_t length, unsigned char *before)
{
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)data[i];
        bool control = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f ||
                       (*before == 0xc2 && c >= 0x80 && c <= 0x9f);
        *before = c;
        if (c != '\r')
            data[kept++] = control ? '?' : (char)c;
    }
    return kept;
}

/* An action that ended well without a log is of a type that keeps none. */
static int refuse_log(const struct record *activity, struct error *err)
{
    if (strcmp(activity->status, "Successful") == 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "the action %s keeps no log: `flexhost action show %s` has what the "
                         "activity found out",
                         activity->type, activity->name);
    if (strcmp(activity->status, "Running") == 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "the activity \"%s\" has no log yet (status Running): wait for its end "
                         "with `flexhost operation wait %s`",
                         activity->name, activity->operation ? activity->operation : "ID");
    return error_set(err, ERROR_USAGE, NULL,
                     "no log of the activity \"%s\" was brought here (status %s): `flexhost action "
                     "show %s` says why; run the action again when that is mended",
                     activity->name, activity->status, activity->name);
}

static int copy_out(const char *path, const struct record *activity, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return refuse_log(activity, err);
    if (fd < 0)
        return error_set(err, ERROR_FAILED, NULL, "cannot open the log %s: %s", path,
                         strerror(errno));
    char buffer[16384];
    ssize_t got;
    int failed = 0;
    bool terminal = isatty(STDOUT_FILENO);
    unsigned char before = 0;
    while (!failed && (got = read(fd, buffer, sizeof buffer)) > 0) {
        size_t length = terminal ? tame(buffer, (size_t)got, &before) : (size_t)got;
        failed = fwrite(buffer, 1, length, stdout) != length;
    }
    failed |= fflush(stdout) != 0;
    close(fd);
    return failed ? error_set(err, ERROR_FAILED, NULL, "cannot write the log: %s", strerror(errno))
                  : 0;
}

static int show_log(struct context *context, const struct command_input *input,
                    struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    const char *state = context_state_folder(context, err);
    struct subject subject;
    if (!store ||
        subject_load(store, "activity", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    char *path = text_format("%s/artifacts/%s/log", state, subject.record.id);
    int result = path ? copy_out(path, &subject.record, err) : error_no_memory(err);
    free(path);
    subject_clear(&subject);
    return result;
}

static const struct fh_field run_fields[] = {
    {.name = "action",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the action (`flexhost action types`)"},
    {.name = "machine", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the machine's name"},
};
static const struct fh_field name_field[] = {{.name = "name",
                                              .type = "string",
                                              .flags = FH_FIELD_REQUIRED,
                                              .help = "the activity (`flexhost action list`)"}};
static const struct column type_columns[] = {
    {"name", "ACTION"}, {"version", "VERSION"}, {"summary", "SUMMARY"}};
static const struct column columns[] = {{"name", "ACTIVITY"},   {"type", "ACTION"},
                                        {"machine", "MACHINE"}, {"catalog", "CATALOG"},
                                        {"status", "STATUS"},   {"message", "MESSAGE"}};
static const struct command commands[] = {
    {.noun = "action",
     .verb = "types",
     .summary = "List the troubleshooting actions that plugins offer",
     .permission = "action/read",
     .columns = type_columns,
     .column_count = 3,
     .example = "flexhost action types",
     .run = types},
    {.noun = "action",
     .verb = "run",
     .summary = "Run a troubleshooting action on a machine",
     .permission = "action/run",
     .flags = COMMAND_CHANGES,
     .fields = run_fields,
     .field_count = 2,
     .positional = "action machine",
     .plugin_kind = "action",
     .plugin_field = "action",
     .columns = columns,
     .column_count = 6,
     .example = "flexhost action run collect-logs PC-Sales-01",
     .run = run},
    {.noun = "action",
     .verb = "list",
     .summary = "List the activities: actions that ran or run",
     .permission = "action/read",
     .columns = columns,
     .column_count = 6,
     .example = "flexhost action list",
     .run = list},
    {.noun = "action",
     .verb = "show",
     .summary = "Show an activity: how it ended, and what the action found out",
     .permission = "action/read",
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost action show collect-logs-PC-Sales-01-1",
     .run = show},
    {.noun = "action",
     .verb = "log",
     .summary = "Print the log of an activity",
     .permission = "action/read",
     .flags = COMMAND_STREAMS,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost action log collect-logs-PC-Sales-01-1",
     .run = show_log},
};

struct noun noun_action(void)
{
    return (struct noun){"action", "Troubleshooting actions on machines", commands,
                         sizeof commands / sizeof *commands};
}
