/* SPDX-License-Identifier: Apache-2.0 */
/* connection/copied: what tests of copies apply. A snapshot of what a signed URL holds, made by way
 * of a disk that is gone afterwards; or, with --target, the copy alone. */
#include <flexhost/jansson.h>
#include <flexhost/plugin.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define API_DISKS    "2024-03-02"

static const struct fh_field fields[] = {
    {.name = "source", .type = "secret", .flags = FH_FIELD_REQUIRED, .help = "URL to copy from"},
    {.name = "target", .type = "secret", .help = "URL to copy to, instead of a disk"},
    {.name = "etag", .type = "string", .help = "ETag that the source must have"},
    {.name = "bytes", .type = "int", .default_value = "33554944", .help = "size of the source"},
};

static const char *group_path(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s/resourceGroups/%s",
                     fh_value(call, "/subscription/id"), fh_value(call, "/resourceGroup"));
}

static const char *disk_path(struct fh_call *call, const char *action)
{
    return fh_printf(call, "%s/providers/Microsoft.Compute/disks/upload%s", group_path(call),
                     action);
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

static int32_t plan_disk(struct fh_call *call)
{
    static const char *const after[] = {"group"};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "disk",
                           .title = "disk",
                           .path = disk_path(call, ""),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:{s:s, s:o}}}", "location", fh_value(call, "/region"),
                                  "properties", "creationData", "createOption", "Upload",
                                  "uploadSizeBytes", fh_json_value(call, "/fields/bytes")));
}

/* Granting twice grants the same. */
static int32_t plan_grant(struct fh_call *call)
{
    static const char *const after[] = {"disk"};
    static const struct fh_output outputs[] = {
        {.name = "accessSAS", .pointer = "/accessSAS", .flags = FH_OUTPUT_SECRET}};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "grant",
                           .title = "access to the disk",
                           .method = "POST",
                           .path = disk_path(call, "/beginGetAccess"),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .undo_method = "POST",
                           .undo_path = disk_path(call, "/endGetAccess")};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:i}", "access", "Write", "durationInSeconds", 24 * 3600));
}

static int32_t plan_copy(struct fh_call *call, const char *target, const char *const *after,
                         uint32_t after_count)
{
    static const struct fh_output outputs[] = {{.name = "bytes", .pointer = "/bytes"},
                                               {.name = "ranges", .pointer = "/ranges"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "copy",
                           .title = "pages",
                           .method = "COPY",
                           .path = target,
                           .source = "${secret:source}",
                           .source_etag = fh_value(call, "/fields/etag"),
                           .after = after,
                           .after_count = after_count,
                           .ownership = after_count ? FH_TEMPORARY : FH_OWNED,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs};
    return fh_step(call, &step);
}

static int32_t plan_seal(struct fh_call *call)
{
    static const char *const after[] = {"copy"};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "seal",
                           .title = "end of the access",
                           .method = "POST",
                           .path = disk_path(call, "/endGetAccess"),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY};
    return fh_step(call, &step);
}

static int32_t plan_snapshot(struct fh_call *call)
{
    static const char *const after[] = {"seal"};
    struct fh_step step = {
        .struct_size = sizeof step,
        .flags = FH_STEP_TAGS,
        .key = "snapshot",
        .title = "snapshot",
        .path =
            fh_printf(call, "%s/providers/Microsoft.Compute/snapshots/copied", group_path(call)),
        .api_version = API_DISKS,
        .after = after,
        .after_count = COUNT(after)};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:{s:s, s:s}}}", "location", fh_value(call, "/region"),
                                  "properties", "creationData", "createOption", "Copy",
                                  "sourceResourceId", disk_path(call, "")));
}

static int32_t plan(struct fh_call *call)
{
    static const char *const after[] = {"grant"};
    if (fh_value(call, "/fields/target"))
        return plan_copy(call, "${secret:target}", NULL, 0);
    int32_t result = plan_group(call);
    if (result == FH_OK)
        result = plan_disk(call);
    if (result == FH_OK)
        result = plan_grant(call);
    if (result == FH_OK)
        result = plan_copy(call, "${grant.accessSAS}", after, COUNT(after));
    if (result == FH_OK)
        result = plan_seal(call);
    return result == FH_OK ? plan_snapshot(call) : result;
}

static int32_t observe(struct fh_call *call)
{
    int32_t result = fh_status(call, "Complete", "Ready to use", NULL);
    return result == FH_OK
               ? fh_detail(call, "bytes", "Bytes", fh_value(call, "/outputs/copy/bytes"))
               : result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "copied",
    .version = "1.0",
    .summary = "A snapshot of what a URL holds",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
