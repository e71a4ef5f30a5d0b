/* SPDX-License-Identifier: Apache-2.0 */
/* image/kiosk: an image of somebody else's, with verbs that lead from one phase to another. It is a
 * disk; while it runs there is a second one. */
#include <flexhost/jansson.h>
#include <flexhost/plugin.h>
#include <stdbool.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct fh_field fields[] = {
    {.name = "idle-after",
     .type = "int",
     .default_value = "1",
     .help = "seconds after which it goes idle",
     .max = 3600},
    {.name = "occupied", .type = "bool", .default_value = "no", .help = "whether it may not"},
    {.name = "notes", .type = "string", .help = "notes for people"},
};

static bool is(struct fh_call *call, const char *pointer, const char *value)
{
    const char *given = fh_value(call, pointer);
    return given && strcmp(given, value) == 0;
}

/* A verb plans what will be when it has ended. */
static bool runs(struct fh_call *call)
{
    return is(call, "/verb/name", "wake") ||
           (is(call, "/phase", "awake") && !is(call, "/verb/name", "idle"));
}

static const char *group_path(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s/resourceGroups/%s",
                     fh_value(call, "/subscription/id"), fh_value(call, "/resourceGroup"));
}

static int32_t plan_group(struct fh_call *call)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "group",
                           .title = "resource group",
                           .path = group_path(call),
                           .api_version = "2024-07-01",
                           .ownership = FH_CONTAINER};
    return fh_json_step(call, &step, json_pack("{s:s}", "location", fh_value(call, "/region")));
}

static int32_t plan_disk(struct fh_call *call, const char *name)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {
        .struct_size = sizeof step,
        .flags = FH_STEP_TAGS,
        .key = name,
        .title = "disk",
        .path = fh_printf(call, "%s/providers/Microsoft.Compute/disks/%s", group_path(call), name),
        .api_version = "2024-03-02",
        .after = after,
        .after_count = COUNT(after),
        .outputs = outputs,
        .output_count = COUNT(outputs),
        .output_size = sizeof *outputs};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s}, s:{s:{s:s}, s:i}}", "location",
                                  fh_value(call, "/region"), "sku", "name", "Standard_LRS",
                                  "properties", "creationData", "createOption", "Empty",
                                  "diskSizeGB", 4));
}

static int32_t plan(struct fh_call *call)
{
    int32_t result = plan_group(call);
    if (result == FH_OK)
        result = plan_disk(call, "kiosk");
    if (result == FH_OK && runs(call))
        result = plan_disk(call, "awake");
    return result == FH_OK ? fh_json_export(call, "image",
                                            json_pack("{s:{s:s}, s:s}", "reference", "id",
                                                      "${kiosk.id}", "os", "Linux"))
                           : result;
}

/* What it changes is the subject's own plan. */
static int32_t plan_nothing_more(struct fh_call *call)
{
    return FH_OK;
}

static int32_t check_idle(struct fh_call *call)
{
    if (!is(call, "/fields/occupied", "true"))
        return FH_OK;
    return fh_fail(call, FH_ECONFLICT, NULL, "somebody stands before it: ask them to leave");
}

static int32_t look(struct fh_call *call)
{
    const char *phase = fh_value(call, "/phase");
    return fh_detail(call, "phase", "Phase", phase ? phase : "new");
}

static int32_t observe(struct fh_call *call)
{
    int32_t result = fh_status(call, "Ready", "Ready to use", NULL);
    if (result == FH_OK)
        result = fh_detail(call, "phase", "Phase", fh_value(call, "/phase"));
    json_t *seconds = fh_json_value(call, "/fields/idle-after");
    if (result == FH_OK && is(call, "/phase", "awake"))
        result = fh_due(call, "idle", (uint32_t)json_integer_value(seconds));
    json_decref(seconds);
    return result;
}

static const struct fh_field wake_fields[] = {
    {.name = "speed", .type = "enum", .values = "slow|fast", .help = "how"},
};

static const struct fh_verb verbs[] = {
    {.name = "wake",
     .help = "wakes it",
     .fields = wake_fields,
     .field_count = COUNT(wake_fields),
     .plan = plan_nothing_more,
     .under_way = "Waking",
     .phase = "awake"},
    {.name = "idle",
     .help = "puts it to rest",
     .acknowledgement = "who stands before it is cut off.",
     .check = check_idle,
     .plan = plan_nothing_more,
     .phase = "idle"},
    {.name = "look", .help = "tells its phase", .flags = FH_VERB_READ, .check = look},
};

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "image",
    .name = "kiosk",
    .version = "1.0",
    .summary = "An image with phases",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .verb_size = sizeof *verbs,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
    .under_way = "Carving",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
