/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: from the builder to the image. The builder is no more in the plan then, and so the
 * host removes it once the image is there. */
#include "build.h"

/* What a machine of Trusted Launch leaves on its disk only another such machine can use, so that
 * the image is of the base's kind. */
int32_t build_plan_image(struct fh_call *call, const char *after)
{
    const char *const after_version[] = {"gallery-image", after};
    struct gallery_image image = {
        .windows = base_is_windows(call),
        .generation = value_is(call, "/references/base-image/generation", "1") ? 1 : 2,
        .trusted_launch = base_is_trusted(call),
        .source_machine = builder_path(call),
        .after_version = after_version,
        .after_version_count = after ? 2 : 1};
    return plan_gallery(call, &image);
}

/* ---- checks --------------------------------------------------------------------------------- */

/* By which machine and in which operation the image was last checked is learned when that is asked
 * for, so that later plans have the same step, and what it gave is kept. */
static int32_t plan_checks(struct fh_call *call, const char *const *after, uint32_t after_count)
{
    bool builder = !value_is(call, "/learned/checkedOn", "image");
    struct image_check check = {.machine = builder ? builder_path(call) : check_machine_path(call),
                                .windows = base_is_windows(call),
                                .of_image = !builder,
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
    static const char *const started[] = {POWER}, *const after_checks[] = {"checks"};
    const char *transaction = fh_value(call, "/transactionId");
    if (is_captured(call)) /* only what is left of the builder has to go */
        return FH_OK;
    const char *stopped = fh_printf(call, "deallocate/%s", transaction ? transaction : "");
    int32_t result = build_plan_power(call, "start", "start of the machine", NULL, 0);
    if (result == FH_OK)
        result = plan_checks(call, started, COUNT(started));
    if (result == FH_OK)
        result = build_plan_stop(call, after_checks, COUNT(after_checks));
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
