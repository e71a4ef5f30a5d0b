/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: what its files share. A builder is the machine that becomes the image. */
#ifndef FLEXHOST_PLUGINS_IMAGE_BUILD_H
#define FLEXHOST_PLUGINS_IMAGE_BUILD_H

#include "../common/check_machine.h"
#include "../common/gallery.h"

#define BUILDER       "machine" /* key of the step that makes it */
#define POWER         "power"   /* of the one that reads whether it runs */
#define RUNNING       "PowerState/running"
#define DEALLOCATED   "PowerState/deallocated"
#define BUILDER_RANGE "10.0.0.0/28"

/* Priorities below a connection's own rules, which begin at 1000. */
enum { RULES_FROM = 100, RULES_MOST = 899 };

static inline bool text_is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

static inline bool value_is(struct fh_call *call, const char *pointer, const char *wanted)
{
    return text_is(fh_value(call, pointer), wanted);
}

static inline bool base_is_windows(struct fh_call *call)
{
    return value_is(call, "/references/base-image/os", "Windows");
}

static inline bool base_is_specialized(struct fh_call *call)
{
    return value_is(call, "/references/base-image/specialized", "true");
}

/* Secure Boot comes with generation 2 only. */
static inline bool base_is_trusted(struct fh_call *call)
{
    return value_is(call, "/references/base-image/secureBoot", "true") &&
           value_is(call, "/references/base-image/generation", "2");
}

static inline bool has_connection(struct fh_call *call)
{
    return fh_value(call, "/references/connection/subnetId") != NULL;
}

/* The image has been taken of the builder, though perhaps not all of that is gone yet. */
static inline bool is_captured(struct fh_call *call)
{
    return value_is(call, "/phase", "finished") || fh_value(call, "/outputs/version/id");
}

/* What Azure said last. A finish that failed has read that the builder runs, and if it has stopped
 * it since, its own step says so. */
static inline bool builder_is_off(struct fh_call *call)
{
    const char *finish = fh_value(call, "/learned/checkedIn");
    const char *power =
        finish ? fh_value(call, fh_printf(call, "/outputs/deallocate~1%s/state", finish)) : NULL;
    if (!power)
        power = fh_value(call, "/outputs/" POWER "/state");
    return power ? !text_is(power, RUNNING) : value_is(call, "/phase", "stopped");
}

static inline const char *builder_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Compute/virtualMachines",
                         fh_resource_name(call, "builder", 64, NULL));
}

/* A step that starts or stops the builder, and one that reads that it has: act is Azure's word. */
int32_t build_plan_power(struct fh_call *call, const char *act, const char *title,
                         const char *const *after, uint32_t after_count);
/* Step "deallocate/TRANSACTION" of a finish, which itself tells that it has. */
int32_t build_plan_stop(struct fh_call *call, const char *const *after, uint32_t after_count);
/* What the operator gets to work on. */
int32_t build_plan_builder(struct fh_call *call);
/* The verb set-password: root's on Linux, the administrator's on Windows. */
int32_t build_plan_password(struct fh_call *call);
/* The verb idle: stops the builder unless somebody is connected to it. */
int32_t build_plan_idle(struct fh_call *call);

/* What is left once it is finished: a gallery with the image's version, taken after that step. */
int32_t build_plan_image(struct fh_call *call, const char *after);
int32_t build_plan_finish(struct fh_call *call);
int32_t build_plan_recheck(struct fh_call *call);
int32_t build_plan_kept_checks(struct fh_call *call);
int32_t build_export(struct fh_call *call);

int32_t build_check(struct fh_call *call);
/* The verbs' own: what they need of the phase. */
int32_t build_check_builder(struct fh_call *call);
int32_t build_check_running(struct fh_call *call);
/* As that, without asking Azure. */
int32_t build_check_on(struct fh_call *call);
int32_t build_check_finish(struct fh_call *call);
int32_t build_check_recheck(struct fh_call *call);

int32_t build_rdp(struct fh_call *call);
int32_t build_observe(struct fh_call *call);

#endif
