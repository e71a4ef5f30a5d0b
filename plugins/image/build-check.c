/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: what is looked at before anything is created or done. */
#include "build.h"

#include <strings.h>

/* Names that Azure gives to no administrator. */
static const char *const reserved_names[] = {
    "1",      "123",           "a",      "actuser", "adm",     "admin",   "admin1",
    "admin2", "administrator", "aspnet", "backup",  "console", "david",   "guest",
    "john",   "owner",         "root",   "server",  "sql",     "support", "support_388945a0",
    "sys",    "test",          "test1",  "test2",   "test3",   "user",    "user1",
    "user2",  "user3",         "user4",  "user5"};

enum { WINDOWS_NAME_MOST = 20, LINUX_NAME_MOST = 32, WIDEST_PREFIX = 8, DISK_MOST = 512 };

static int32_t refuse(struct fh_call *call, const char *rule, const char *field,
                      const char *message, const char *mend)
{
    return fh_finding(call, FH_FAIL, rule, field, message, mend);
}

static const char *linux_name_fault(const char *name)
{
    if (strlen(name) > LINUX_NAME_MOST)
        return "is longer than the 32 characters that Linux allows";
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(name) ||
        strchr("0123456789-", *name))
        return "is no name of a Linux account: it begins with a small letter, and has small "
               "letters, digits, '_' and '-'";
    return NULL;
}

static const char *windows_name_fault(const char *name)
{
    if (strlen(name) > WINDOWS_NAME_MOST)
        return "is longer than the 20 characters that Windows allows";
    return name[strlen(name) - 1] == '.' ? "ends with '.', which Windows does not allow" : NULL;
}

static int32_t check_administrator(struct fh_call *call)
{
    const char *name = fh_value(call, "/fields/administrator");
    const char *fault = base_is_windows(call) ? windows_name_fault(name) : linux_name_fault(name);
    for (size_t i = 0; !fault && i < COUNT(reserved_names); i++)
        if (strcasecmp(name, reserved_names[i]) == 0)
            fault = "is a name that Azure refuses for an administrator";
    return fault
               ? refuse(call, "administrator", "/administrator",
                        fh_printf(call, "\"%s\" %s", name, fault), "give another, such as builder")
               : FH_OK;
}

/* Remote desktop is guessed at from everywhere, day and night. */
static int32_t check_addresses(struct fh_call *call, const json_t *request)
{
    const json_t *list = fh_json_at(request, "/fields/allowed-address");
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(list); i++) {
        const char *range = json_string_value(json_array_get(list, i));
        const char *slash = strchr(range, '/');
        long prefix = slash ? strtol(slash + 1, NULL, 10) : 32;
        if (prefix < WIDEST_PREFIX)
            result = refuse(call, "allowed-address", fh_printf(call, "/allowed-address/%zu", i),
                            fh_printf(call,
                                      "%s is no restriction: remote desktop is opened to a /%d or "
                                      "smaller",
                                      range, WIDEST_PREFIX),
                            "give the address from which you work, such as 203.0.113.7/32");
    }
    return result;
}

/* ---- the domain ----------------------------------------------------------------------------- */

static int32_t check_domain_fields(struct fh_call *call, bool joins)
{
    static const struct {
        const char *name;
        bool needed;
    } fields[] = {{"domain", true},
                  {"service-account", true},
                  {"service-account-password", true},
                  {"ou", false}};
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < COUNT(fields); i++) {
        const char *field = fh_printf(call, "/%s", fields[i].name);
        bool given = fh_value(call, fh_printf(call, "/fields%s", field)) != NULL;
        if (joins && fields[i].needed && !given)
            result = refuse(
                call, "domain", field, "it is missing, and --domain-type active-directory needs it",
                strstr(fields[i].name, "password") ? "give --service-account-password-file FILE"
                                                   : fh_printf(call, "give --%s", fields[i].name));
        else if (!joins && given)
            result = refuse(call, "domain", field, "only --domain-type active-directory takes it",
                            "add that, or leave it out");
    }
    return result;
}

static int32_t check_domain(struct fh_call *call)
{
    bool joins = value_is(call, "/fields/domain-type", "active-directory");
    int32_t result = check_domain_fields(call, joins);
    if (result != FH_OK || !joins)
        return result;
    if (!has_connection(call))
        return refuse(call, "domain-reachable", "/domain-type",
                      "without a connection the machine reaches no domain",
                      "give --connection NAME, or --domain-type not-joined");
    if (!value_is(call, "/references/connection/domainJoin", "true"))
        return refuse(call, "domain-reachable", "/domain-type",
                      fh_printf(call, "machines on the connection \"%s\" (type %s) reach no domain",
                                fh_value(call, "/references/connection/name"),
                                fh_value(call, "/references/connection/type")),
                      "use a connection that does, or --domain-type not-joined");
    if (!base_is_windows(call))
        return refuse(call, "domain-os", "/domain-type",
                      fh_printf(call,
                                "the base image \"%s\" is Linux, and this domain join is Windows' "
                                "own",
                                fh_value(call, "/references/base-image/name")),
                      "choose a Windows image, or --domain-type not-joined");
    return FH_OK;
}

/* ---- the base ------------------------------------------------------------------------------- */

static int32_t check_disk(struct fh_call *call)
{
    const char *base = fh_value(call, "/references/base-image/osDiskGib");
    const char *wanted = fh_value(call, "/fields/os-disk-gib");
    long least = base ? strtol(base, NULL, 10) : 0;
    if (!wanted || least <= strtol(wanted, NULL, 10))
        return FH_OK;
    return refuse(call, "os-disk", "/os-disk-gib",
                  fh_printf(call, "%s GiB is less than the %s GiB of the base image \"%s\"", wanted,
                            base, fh_value(call, "/references/base-image/name")),
                  least > DISK_MOST
                      ? "take a base image of 512 GiB or less"
                      : fh_printf(call, "give --os-disk-gib %s", least <= 256 ? "256" : "512"));
}

/* Disks made of such a version have its key, and Azure takes no version of a machine with them. */
static int32_t check_encryption(struct fh_call *call)
{
    const char *set = fh_value(call, "/references/base-image/diskEncryptionSetId");
    if (!set || !operation_is(call, "create"))
        return FH_OK;
    return refuse(call, "base-encryption", "/base-image",
                  fh_printf(call,
                            "the base image \"%s\" is encrypted with a key (%s), and Azure makes "
                            "no image of a machine with such a disk",
                            fh_value(call, "/references/base-image/name"), set),
                  "build on an image without a key; or customise the VHD itself, and import it "
                  "with the key: flexhost image create import NAME --key KEY");
}

static int32_t require_base(struct fh_call *call)
{
    static const char *const needed[] = {"/references/base-image/os",
                                         "/references/base-image/reference"};
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!fh_value(call, needed[i]))
            return fh_fail(call, FH_EINVAL, "/base-image",
                           "the base image does not say what it is (%s): its plugin exports it",
                           needed[i] + 1);
    return require_place(call);
}

/* Of what may change, these are the builder's. */
static int32_t check_change(struct fh_call *call, const json_t *request)
{
    static const char *const builders[] = {"allowed-address", "power-off-after"};
    const json_t *previous = fh_json_at(request, "/previous");
    const json_t *fields = fh_json_at(request, "/fields");
    if (!operation_is(call, "update") || !previous || !is_captured(call))
        return FH_OK;
    for (size_t i = 0; i < COUNT(builders); i++) {
        const json_t *value = json_object_get(fields, builders[i]);
        const json_t *before = json_object_get(previous, builders[i]);
        if (before && !json_equal(value, before))
            return refuse(call, "finished", fh_printf(call, "/%s", builders[i]),
                          "the image is finished, and has no machine any more",
                          "leave it out; notes and replica-region can change");
    }
    return FH_OK;
}

int32_t build_check(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    int32_t result = require_base(call);
    if (result == FH_OK)
        result = gallery_check_regions(call);
    if (result == FH_OK)
        result = check_change(call, request);
    if (result == FH_OK)
        result = check_administrator(call);
    if (result == FH_OK)
        result = check_addresses(call, request);
    if (result == FH_OK)
        result = check_domain(call);
    if (result == FH_OK)
        result = check_disk(call);
    if (result == FH_OK)
        result = check_encryption(call);
    json_decref(request);
    return result;
}

/* ---- verbs ---------------------------------------------------------------------------------- */

static int32_t refuse_finished(struct fh_call *call)
{
    const char *name = fh_value(call, "/name");
    if (!value_is(call, "/phase", "finished"))
        return fh_finding(call, FH_FAIL, "builder", NULL,
                          fh_printf(call,
                                    "the image \"%s\" has been made of its machine, of which not "
                                    "all is removed yet",
                                    name),
                          fh_printf(call, "flexhost image finish %s goes on with that", name));
    return fh_finding(
        call, FH_FAIL, "builder", NULL,
        fh_printf(call, "the image \"%s\" is finished, and has no machine any more", name),
        fh_printf(call,
                  "build another image of it: flexhost image create build NAME --base-image %s",
                  name));
}

/* Somebody may have deleted it by hand; what else Azure says, the steps themselves will tell. */
static int32_t check_there(struct fh_call *call)
{
    const char *name = fh_value(call, "/name");
    int32_t status = 0;
    if (!fh_arm_get(call, NULL, builder_path(call), API_COMPUTE, &status))
        return FH_EFAILED;
    if (status != 404)
        return FH_OK;
    return fh_finding(
        call, FH_FAIL, "builder", NULL,
        fh_printf(call, "the building machine of the image \"%s\" is gone", name),
        fh_printf(call, "flexhost image retry %s makes it again, without what was installed",
                  name));
}

int32_t build_check_builder(struct fh_call *call)
{
    return is_captured(call) ? refuse_finished(call) : check_there(call);
}

int32_t build_check_running(struct fh_call *call)
{
    int32_t result = build_check_on(call);
    return result == FH_OK && !fh_refused(call) ? check_there(call) : result;
}

int32_t build_check_on(struct fh_call *call)
{
    if (is_captured(call))
        return refuse_finished(call);
    if (!builder_is_off(call))
        return FH_OK;
    return fh_finding(
        call, FH_FAIL, "running", NULL,
        fh_printf(call, "the machine of the image \"%s\" is powered off", fh_value(call, "/name")),
        fh_printf(call, "flexhost image power-on %s", fh_value(call, "/name")));
}

/* The row of the checks goes by what is learned here: see plan_checks(). */
static int32_t learn_checks(struct fh_call *call, const char *where)
{
    int32_t result = fh_learn(call, "checkedOn", where);
    return result == FH_OK ? fh_learn(call, "checkedIn", fh_value(call, "/transactionId")) : result;
}

/* What has been captured is finished by removing what is left of the builder, not by another check
 * on a machine that may be gone. */
int32_t build_check_finish(struct fh_call *call)
{
    if (value_is(call, "/phase", "finished"))
        return refuse_finished(call);
    if (is_captured(call))
        return FH_OK;
    int32_t result = learn_checks(call, "builder");
    return result == FH_OK ? check_there(call) : result;
}

int32_t build_check_recheck(struct fh_call *call)
{
    if (value_is(call, "/phase", "finished"))
        return learn_checks(call, "image");
    return fh_finding(
        call, FH_FAIL, "finished", NULL,
        fh_printf(call, "the image \"%s\" is not finished", fh_value(call, "/name")),
        fh_printf(call, "flexhost image finish %s checks its machine", fh_value(call, "/name")));
}
