/* SPDX-License-Identifier: Apache-2.0 */
/* image/import: a VHD becomes a version in a gallery. A blob in a storage account of ours is made a
 * disk by Azure itself; what a URL holds is copied into a disk, page by page. The version is then
 * checked on a short-lived machine. */
#include "import.h"

#include "../common/check_machine.h"
#include "../common/gallery.h"
#include "../common/vhd.h"

#include <stdlib.h>

#define API_DISKS "2024-03-02"

enum { ACCESS_SECONDS = 24 * 3600 };

static const struct fh_field fields[] = {
    {.name = "url",
     .type = "url",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "URL of a VHD that anybody can read",
     .immutable_advice = "import it under another name",
     .max = 2048},
    {.name = "sas-url",
     .type = "secret",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "URL of a VHD with its signature (SAS), or of an exported disk",
     .immutable_advice = "import it under another name",
     .max = 2048}, /* Azure takes no longer one as the source of a copy */
    {.name = "storage-account",
     .type = "resource-id",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "storage account of the blob, instead of a URL (`flexhost image browse`)",
     .immutable_advice = "import it under another name"},
    {.name = "container",
     .type = "string",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "with storage-account: the container of the blob",
     .immutable_advice = "import it under another name",
     .max = 63,
     .pattern = "[a-z0-9$][a-z0-9-]*",
     .pattern_help = "small letters, digits and '-'"},
    {.name = "blob",
     .type = "string",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "with storage-account: the blob, with the folders before it",
     .immutable_advice = "import it under another name",
     .max = 1024,
     .pattern = "[^?#%]+",
     .pattern_help = "the blob's name without '?', '#' and '%'"},
    {.name = "os",
     .type = "enum",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "operating system on it",
     .values = "windows|linux",
     .immutable_advice = "import it under another name"},
    {.name = "sessions",
     .type = "enum",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "whether a machine of it serves one user or several at a time",
     .values = "single|multi",
     .immutable_advice = "import it under another name"},
    {.name = "generation",
     .type = "int",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "generation of the virtual machine that it starts on",
     .default_value = "2",
     .min = 1,
     .max = 2,
     .immutable_advice = "import it under another name"},
    {.name = "secure-boot",
     .type = "bool",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "with storage-account: it starts under Secure Boot and with a virtual TPM (trusted "
             "launch)",
     .default_value = "no",
     .immutable_advice = "import it under another name"},
    {.name = "key",
     .type = "key",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "customer-managed key with which its disks and those of its machines are encrypted",
     .immutable_advice = "import it under another name"},
    {.name = "replica-region",
     .type = "region",
     .flags = FH_FIELD_LIST,
     .help = "other region in which it can be had"},
    {.name = "notes", .type = "string", .help = "notes for people", .max = 1024},
    {.name = "check-size",
     .type = "size",
     .flags = FH_FIELD_ADVANCED,
     .help = "size of the short-lived machine on which it is checked",
     .default_value = "Standard_D2s_v5"},
};

static bool field_is(struct fh_call *call, const char *pointer, const char *value)
{
    const char *given = fh_value(call, pointer);
    return given && strcmp(given, value) == 0;
}

static const char *encryption_set(struct fh_call *call)
{
    return fh_value(call, "/references/key/diskEncryptionSetId");
}

/* ---- the disk -------------------------------------------------------------------------------- */

static const char *disk_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Compute/disks",
                         fh_resource_name(call, "import", 80, NULL));
}

/* In bytes, with the footer. */
static unsigned long long vhd_length(struct fh_call *call)
{
    const char *length = fh_value(call, "/learned/length");
    return length ? strtoull(length, NULL, 10) : 0;
}

static json_t *creation_json(struct fh_call *call)
{
    if (import_way(call) == IMPORT_BLOB)
        return json_pack("{s:s, s:s, s:s}", "createOption", "Import", "storageAccountId",
                         fh_value(call, "/fields/storage-account"), "sourceUri",
                         fh_value(call, "/learned/uri"));
    return json_pack("{s:s, s:I}", "createOption", "Upload", "uploadSizeBytes",
                     (json_int_t)vhd_length(call));
}

static int32_t plan_disk(struct fh_call *call)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "disk",
                           .title = "disk for the VHD",
                           .path = disk_path(call),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 30};
    json_t *properties =
        json_pack("{s:o, s:s, s:s}", "creationData", creation_json(call), "osType",
                  field_is(call, "/fields/os", "windows") ? "Windows" : "Linux", "hyperVGeneration",
                  field_is(call, "/fields/generation", "1") ? "V1" : "V2");
    if (field_is(call, "/fields/secure-boot", "true"))
        json_object_set_new(properties, "securityProfile",
                            json_pack("{s:s}", "securityType", "TrustedLaunch"));
    if (encryption_set(call))
        json_object_set_new(properties, "encryption",
                            json_pack("{s:s, s:s}", "type", "EncryptionAtRestWithCustomerKey",
                                      "diskEncryptionSetId", encryption_set(call)));
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s}, s:o}", "location", fh_value(call, "/region"),
                                  "sku", "name", "StandardSSD_LRS", "properties", properties));
}

/* Granting twice grants the same. */
static int32_t plan_grant(struct fh_call *call)
{
    static const char *const after[] = {"disk"};
    static const struct fh_output outputs[] = {
        {.name = "url", .pointer = "/accessSAS", .flags = FH_OUTPUT_SECRET}};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "grant",
                           .title = "access to the disk",
                           .method = "POST",
                           .path = fh_printf(call, "%s/beginGetAccess", disk_path(call)),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .undo_method = "POST",
                           .undo_path = fh_printf(call, "%s/endGetAccess", disk_path(call)),
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 10};
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:i}", "access", "Write", "durationInSeconds", ACCESS_SECONDS));
}

static int32_t plan_copy(struct fh_call *call)
{
    static const char *const after[] = {"grant"};
    bool is_signed = import_way(call) == IMPORT_SIGNED;
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "copy",
                           .title = "pages of the VHD",
                           .method = "COPY",
                           .path = "${grant.url}",
                           .source = fh_value(call, is_signed ? "/fields/sas-url" : "/fields/url"),
                           .source_etag = fh_value(call, "/learned/etag"),
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .failed_status = "ErrorImportImageUrlNotValid",
                           .expected_seconds = 600};
    return fh_step(call, &step);
}

/* Azure takes the disk for whole from here on. */
static int32_t plan_seal(struct fh_call *call)
{
    static const char *const after[] = {"copy"};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "seal",
                           .title = "end of the access",
                           .method = "POST",
                           .path = fh_printf(call, "%s/endGetAccess", disk_path(call)),
                           .api_version = API_DISKS,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .undo_method = "NONE",
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 10};
    return fh_step(call, &step);
}

/* ---- the version and its checks -------------------------------------------------------------- */

static struct gallery_image gallery_image(struct fh_call *call)
{
    return (struct gallery_image){.windows = field_is(call, "/fields/os", "windows"),
                                  .generation = field_is(call, "/fields/generation", "1") ? 1 : 2,
                                  .trusted_launch = field_is(call, "/fields/secure-boot", "true"),
                                  .encryption_set = encryption_set(call),
                                  .source_disk = disk_path(call)};
}

/* Once it is made, the disk that it was made of is gone, and neither is needed again. */
static int32_t plan_making(struct fh_call *call)
{
    int32_t result = plan_disk(call);
    if (result == FH_OK && import_way(call) != IMPORT_BLOB) {
        result = plan_grant(call);
        if (result == FH_OK)
            result = plan_copy(call);
        if (result == FH_OK)
            result = plan_seal(call);
    }
    return result;
}

/* In which operation it was last checked is learned when that is asked for, so that later plans
 * have the same step, and what it gave is kept. */
static int32_t plan_check(struct fh_call *call, const char *const *after, uint32_t after_count)
{
    struct image_check check = {.machine = check_machine_path(call),
                                .windows = field_is(call, "/fields/os", "windows"),
                                .of_image = true,
                                .sessions = fh_value(call, "/fields/sessions"),
                                .generation = fh_value(call, "/fields/generation"),
                                .run = fh_value(call, "/learned/checkedIn"),
                                .after = after,
                                .after_count = after_count};
    return plan_image_check(call, &check);
}

static int32_t plan_checks(struct fh_call *call)
{
    static const char *const after_version[] = {"version"};
    static const char *const after_machine[] = {"check-machine"};
    struct check_machine machine = {.reference = "${version.id}",
                                    .size = fh_value(call, "/fields/check-size"),
                                    .encryption_set = encryption_set(call),
                                    .trusted_launch = field_is(call, "/fields/secure-boot", "true"),
                                    .after = after_version,
                                    .after_count = COUNT(after_version)};
    int32_t result = plan_check_machine(call, &machine);
    return result == FH_OK ? plan_check(call, after_machine, COUNT(after_machine)) : result;
}

static int32_t export_image(struct fh_call *call)
{
    unsigned long long bytes = vhd_length(call) - VHD_FOOTER;
    json_t *image = json_pack(
        "{s:{s:s}, s:s, s:s, s:i, s:b, s:b, s:b, s:I, s:s*}", "reference", "id", "${version.id}",
        "os", field_is(call, "/fields/os", "windows") ? "Windows" : "Linux", "sessions",
        fh_value(call, "/fields/sessions"), "generation",
        field_is(call, "/fields/generation", "1") ? 1 : 2, "specialized", 1, "secureBoot",
        field_is(call, "/fields/secure-boot", "true"), "prepared", 0, "osDiskGib",
        (json_int_t)((bytes + (1ULL << 30) - 1) >> 30), "diskEncryptionSetId",
        encryption_set(call));
    return fh_json_export(call, "image", image);
}

static int32_t plan(struct fh_call *call)
{
    static const char *const after_disk[] = {"disk", "gallery-image"};
    static const char *const after_seal[] = {"seal", "gallery-image"};
    static const char *const after_image[] = {"gallery-image"};
    int32_t result = require_place(call);
    if (result == FH_OK)
        result = import_check_fields(call);
    bool makes = operation_is(call, "create");
    if (result == FH_OK && makes && !fh_value(call, "/learned/length"))
        return fh_fail(call, FH_EFAILED, NULL, "the VHD was not looked at before it is planned");
    struct gallery_image image = gallery_image(call);
    image.after_version = !makes                            ? after_image
                          : import_way(call) == IMPORT_BLOB ? after_disk
                                                            : after_seal;
    image.after_version_count = makes ? 2 : 1;
    if (result == FH_OK)
        result = plan_container_group(call);
    if (result == FH_OK && makes)
        result = plan_making(call);
    if (result == FH_OK)
        result = plan_gallery(call, &image);
    if (result == FH_OK && makes)
        result = plan_checks(call);
    else if (result == FH_OK && !fh_value(call, "/verb/name"))
        result = plan_check(call, NULL, 0);
    return result == FH_OK ? export_image(call) : result;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static int32_t learn_check(struct fh_call *call)
{
    return fh_learn(call, "checkedIn", fh_value(call, "/transactionId"));
}

/* What its creation has not come to is for its creation to go on with. */
static int32_t require_version(struct fh_call *call)
{
    if (fh_value(call, "/outputs/version/id"))
        return FH_OK;
    return fh_fail(
        call, FH_EINVAL, "/name",
        "the image \"%s\" was not made: `flexhost image retry %s` goes on with that, and "
        "`flexhost image delete %s` gives it up",
        fh_value(call, "/name"), fh_value(call, "/name"), fh_value(call, "/name"));
}

static int32_t check(struct fh_call *call)
{
    bool makes = operation_is(call, "create");
    int32_t result = import_check_fields(call);
    if (result == FH_OK)
        result = gallery_check_regions(call);
    if (result == FH_OK && operation_is(call, "update"))
        result = require_version(call);
    if (result == FH_OK && makes)
        result = import_check(call);
    return result == FH_OK && makes ? learn_check(call) : result;
}

static int32_t check_again(struct fh_call *call)
{
    int32_t result = require_version(call);
    return result == FH_OK ? learn_check(call) : result;
}

static const char *source_of(struct fh_call *call)
{
    if (import_way(call) == IMPORT_BLOB)
        return fh_value(call, "/learned/uri");
    return import_way(call) == IMPORT_URL ? fh_value(call, "/fields/url")
                                          : "a URL with a signature";
}

static int32_t observe(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    struct image_verdict verdict = image_verdict(call, request);
    int32_t result = FH_OK;
    if (verdict.known)
        result =
            fh_status(call, verdict.code ? verdict.code : "Ready",
                      verdict.code ? image_label(verdict.code) : "Ready to use", verdict.message);
    if (result == FH_OK)
        result = fh_detail(call, "importedFrom", "Imported from", source_of(call));
    if (result == FH_OK)
        result = image_verdict_details(call, &verdict);
    image_verdict_clear(&verdict);
    json_decref(request);
    return result;
}

static const struct fh_verb verbs[] = {
    {.name = "check",
     .help = "run the checks again, on a short-lived machine",
     .check = check_again,
     .plan = plan_checks,
     .under_way = "Enumerating"},
};

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "image",
    .name = "import",
    .version = "1.0",
    .summary = "An image from a VHD: a public URL, one with a signature, or a blob of yours",
    .description =
        "The VHD is looked at before anything is copied: it must be a fixed one, whole, in a page "
        "blob. Only pages that hold data are moved, within Azure, each checked by its MD5. The "
        "image "
        "is then checked on a short-lived machine; one that fails cannot be used.",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .verb_size = sizeof *verbs,
    .check = check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
    .under_way = "Importing",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
