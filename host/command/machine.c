/* SPDX-License-Identifier: Apache-2.0 */
/* machine list, show. */
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/store_view.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>

#define COMPUTE_API "2024-07-01"

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    const char *catalog = text_at(input->fields, "catalog");
    struct subject subject = {0};
    if (catalog && subject_load(store, "catalog", catalog, &subject, err) < 0)
        return -1;
    output->result = machine_list(store, catalog ? subject.record.id : NULL, err);
    if (catalog)
        subject_clear(&subject);
    return output->result ? 0 : -1;
}

/* "PowerState/running" among the statuses of the instance view. */
static const char *power_state(const json_t *machine)
{
    const json_t *view = json_object_get(json_object_get(machine, "properties"), "instanceView");
    size_t i;
    json_t *status;
    json_array_foreach(json_object_get(view, "statuses"), i, status)
    {
        const char *code = text_at(status, "code");
        if (code && strncmp(code, "PowerState/", 11) == 0)
            return code + 11;
    }
    return "unknown";
}

static void add_azure(json_t *machine, const char *answer, int status)
{
    json_t *azure = status == 200 ? json_loads(answer, 0, NULL) : NULL;
    const json_t *properties = json_object_get(azure, "properties");
    json_object_set_new(machine, "powerState",
                        json_string(status == 404 ? "not found in Azure"
                                    : azure       ? power_state(azure)
                                                  : "unknown"));
    if (text_at(properties, "provisioningState"))
        json_object_set(machine, "provisioningState",
                        json_object_get(properties, "provisioningState"));
    if (text_at(properties, "vmId"))
        json_object_set(machine, "vmId", json_object_get(properties, "vmId"));
    json_decref(azure);
}

/* One read: what the journal cannot know is whether the machine runs. */
static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *machine = store ? machine_find(store, text_at(input->fields, "name"), err) : NULL;
    if (!machine)
        return -1;
    output->result = machine;
    const struct plugin_services *services = context_services(context, err);
    if (!services)
        return -1;
    char path[600];
    snprintf(path, sizeof path, "%s?$expand=instanceView", text_at(machine, "id"));
    int status = 0;
    char *answer = services->arm_get(
        services->context, text_at(json_object_get(machine, "subscription"), "credential"), path,
        COMPUTE_API, &status, err);
    if (!answer)
        return -1;
    add_azure(machine, answer, status);
    free(answer);
    return 0;
}

static const struct fh_field list_fields[] = {
    {.name = "catalog", .type = "string", .help = "only the machines of this catalog"}};
static const struct fh_field show_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the machine's name"}};
static const struct column columns[] = {{"name", "NAME"},     {"catalog", "CATALOG"},
                                        {"status", "STATUS"}, {"zone", "ZONE"},
                                        {"size", "SIZE"},     {"message", "MESSAGE"}};
static const struct column show_columns[] = {{"name", "NAME"},     {"catalog", "CATALOG"},
                                             {"status", "STATUS"}, {"powerState", "POWER"},
                                             {"zone", "ZONE"},     {"size", "SIZE"}};
static const struct command commands[] = {
    {.noun = "machine",
     .verb = "list",
     .summary = "List the machines, as last recorded",
     .description = "Asks Azure nothing; `flexhost machine show` reads one machine's power state.",
     .permission = "machine/read",
     .fields = list_fields,
     .field_count = 1,
     .columns = columns,
     .column_count = 6,
     .example = "flexhost machine list --catalog sales",
     .run = list},
    {.noun = "machine",
     .verb = "show",
     .summary = "Show a machine with its power state as Azure has it now",
     .permission = "machine/read",
     .fields = show_fields,
     .field_count = 1,
     .positional = "name",
     .columns = show_columns,
     .column_count = 6,
     .example = "flexhost machine show PC-Sales-01",
     .run = show},
};

struct noun noun_machine(void)
{
    return (struct noun){"machine", "Machines: the virtual desktops and application servers",
                         commands, sizeof commands / sizeof *commands};
}
