/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: from the builder to the image. The builder is no more in the plan then, and so the
 * host removes it once the image is there. */
#include "build.h"

static const char *gallery_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Compute/galleries",
                         fh_resource_name(call, "gallery", 80, "a-z0-9"));
}

static const char *definition_path(struct fh_call *call)
{
    return fh_printf(call, "%s/images/image", gallery_path(call));
}

static int32_t plan_gallery(struct fh_call *call, const char *after)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "gallery",
                           .title = "gallery",
                           .path = gallery_path(call),
                           .api_version = API_GALLERY,
                           .after = &after,
                           .after_count = 1,
                           .expected_seconds = 15};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s}}", "location", fh_value(call, "/region"),
                                  "properties", "description", "An image of flexhost's"));
}

/* What a machine of Trusted Launch leaves on its disk only another such machine can use. */
static int32_t plan_definition(struct fh_call *call)
{
    static const char *const after[] = {"gallery"};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "definition",
                           .title = "definition of the image",
                           .path = definition_path(call),
                           .api_version = API_GALLERY,
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 10};
    json_t *features = base_is_trusted(call) ? json_pack("[{s:s, s:s}]", "name", "SecurityType",
                                                         "value", "TrustedLaunch")
                                             : NULL;
    bool second = value_is(call, "/references/base-image/generation", "2");
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:o*}}",
                                  "location", fh_value(call, "/region"), "properties", "osType",
                                  base_is_windows(call) ? "Windows" : "Linux", "osState",
                                  "Specialized", "hyperVGeneration", second ? "V2" : "V1",
                                  "architecture", "x64", "identifier", "publisher", "flexhost",
                                  "offer", "build", "sku", fh_value(call, "/id"), "features",
                                  features));
}

static json_t *target(const char *region)
{
    return json_pack("{s:s, s:i, s:s}", "name", region, "regionalReplicaCount", 1,
                     "storageAccountType", "Standard_LRS");
}

/* Its own region, and those that it is wanted in besides. */
static json_t *target_regions(struct fh_call *call)
{
    const char *home = fh_value(call, "/region");
    json_t *list = json_array();
    json_t *replicas = fh_json_value(call, "/fields/replica-region");
    size_t i;
    json_t *region;
    json_array_append_new(list, target(home));
    json_array_foreach(replicas, i, region) if (!text_is(home, json_string_value(region)))
        json_array_append_new(list, target(json_string_value(region)));
    json_decref(replicas);
    return list;
}

static int32_t plan_version(struct fh_call *call)
{
    static const char *const after[] = {"definition"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "version",
                           .title = "version of the image",
                           .path = fh_printf(call, "%s/versions/1.0.0", definition_path(call)),
                           .api_version = API_GALLERY,
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 900};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:{s:o}, s:{s:{s:s}}}}", "location",
                                  fh_value(call, "/region"), "properties", "publishingProfile",
                                  "targetRegions", target_regions(call), "storageProfile", "source",
                                  "virtualMachineId", builder_path(call)));
}

/* A builder that fails its checks leaves no gallery behind. */
int32_t build_plan_image(struct fh_call *call, const char *after)
{
    int32_t result = plan_gallery(call, after);
    if (result == FH_OK)
        result = plan_definition(call);
    return result == FH_OK ? plan_version(call) : result;
}

/* ---- checks --------------------------------------------------------------------------------- */

/* By which machine and in which operation the image was last checked is learned when that is asked
 * for, so that later plans have the same step, and what it gave is kept. */
static int32_t plan_checks(struct fh_call *call, const char *const *after, uint32_t after_count)
{
    bool builder = !value_is(call, "/learned/checkedOn", "image");
    struct image_check check = {.machine = builder ? builder_path(call) : check_machine_path(call),
                                .windows = base_is_windows(call),
                                .sessions = fh_value(call, "/references/base-image/sessions"),
                                .generation = fh_value(call, "/references/base-image/generation"),
                                .run = fh_value(call, "/learned/checkedIn"),
                                .after = after,
                                .after_count = after_count};
    return plan_image_check(call, &check);
}

int32_t build_plan_kept_checks(struct fh_call *call)
{
    return plan_checks(call, NULL, 0);
}

/* ---- verbs ---------------------------------------------------------------------------------- */

int32_t build_plan_finish(struct fh_call *call)
{
    static const char *const after_checks[] = {"checks"};
    const char *transaction = fh_value(call, "/transactionId");
    if (is_captured(call)) /* only what is left of the builder has to go */
        return FH_OK;
    const char *started[] = {fh_printf(call, "start/%s", transaction ? transaction : "")};
    const char *stopped = fh_printf(call, "deallocate/%s", transaction ? transaction : "");
    int32_t result = build_plan_power(call, "start", "start of the machine", NULL, 0);
    if (result == FH_OK)
        result = plan_checks(call, started, COUNT(started));
    if (result == FH_OK)
        result = build_plan_power(call, "deallocate", "stop of the machine", after_checks,
                                  COUNT(after_checks));
    if (result == FH_OK)
        result = build_plan_image(call, stopped);
    return result == FH_OK ? build_export(call) : result;
}

int32_t build_plan_recheck(struct fh_call *call)
{
    static const char *const after_version[] = {"version"};
    static const char *const after_machine[] = {"check-machine"};
    struct check_machine machine = {.reference = "${version.id}",
                                    .size = fh_value(call, "/fields/size"),
                                    .trusted_launch = base_is_trusted(call),
                                    .after = after_version,
                                    .after_count = COUNT(after_version)};
    int32_t result = plan_check_machine(call, &machine);
    return result == FH_OK ? plan_checks(call, after_machine, COUNT(after_machine)) : result;
}

/* What catalogs take. */
int32_t build_export(struct fh_call *call)
{
    const char *generation = fh_value(call, "/references/base-image/generation");
    const char *gib = fh_value(call, "/fields/os-disk-gib");
    return fh_json_export(
        call, "image",
        json_pack("{s:{s:s}, s:s, s:s*, s:i, s:b, s:b, s:b, s:i}", "reference", "id",
                  "${version.id}", "os", base_is_windows(call) ? "Windows" : "Linux", "sessions",
                  fh_value(call, "/references/base-image/sessions"), "generation",
                  generation ? (int)strtol(generation, NULL, 10) : 2, "specialized", 1,
                  "secureBoot", base_is_trusted(call), "prepared", 0, "osDiskGib",
                  gib ? (int)strtol(gib, NULL, 10) : 128));
}
