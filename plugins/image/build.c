/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: a machine of an existing image, on which an operator installs what users need, and
 * which then becomes an image of its own. */
#include "build.h"

#define ANOTHER_IMAGE "build another image"

/* Three of the four classes of characters, in any order. */
#define LETTERS_AND_DIGITS                                                                         \
    ".*([a-z].*([A-Z].*[0-9]|[0-9].*[A-Z])|[A-Z].*([a-z].*[0-9]|[0-9].*[a-z])"                     \
    "|[0-9].*([a-z].*[A-Z]|[A-Z].*[a-z])"
#define LETTERS_AND_SIGNS                                                                          \
    "|[a-z].*([A-Z].*[^a-zA-Z0-9]|[^a-zA-Z0-9].*[A-Z])|[A-Z].*([a-z].*[^a-zA-Z0-9]"                \
    "|[^a-zA-Z0-9].*[a-z])|[^a-zA-Z0-9].*([a-z].*[A-Z]|[A-Z].*[a-z])"
#define SMALL_DIGITS_AND_SIGNS                                                                     \
    "|[a-z].*([0-9].*[^a-zA-Z0-9]|[^a-zA-Z0-9].*[0-9])|[0-9].*([a-z].*[^a-zA-Z0-9]"                \
    "|[^a-zA-Z0-9].*[a-z])|[^a-zA-Z0-9].*([a-z].*[0-9]|[0-9].*[a-z])"
#define CAPITALS_DIGITS_AND_SIGNS                                                                  \
    "|[A-Z].*([0-9].*[^a-zA-Z0-9]|[^a-zA-Z0-9].*[0-9])|[0-9].*([A-Z].*[^a-zA-Z0-9]"                \
    "|[^a-zA-Z0-9].*[A-Z])|[^a-zA-Z0-9].*([A-Z].*[0-9]|[0-9].*[A-Z])).*"
#define PASSWORD_PATTERN                                                                           \
    LETTERS_AND_DIGITS LETTERS_AND_SIGNS SMALL_DIGITS_AND_SIGNS CAPITALS_DIGITS_AND_SIGNS
#define PASSWORD_HELP "three of: small letters, capitals, digits, other characters"

/* 72 is what Azure allows on Linux; on Windows it is 123, and nobody types that many. */
enum { PASSWORD_LEAST = 12, PASSWORD_MOST = 72, NOTES_MOST = 1024 };

static const struct fh_field fields[] = {
    {.name = "base-image",
     .type = "image",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "image that it is built from",
     .immutable_advice = ANOTHER_IMAGE " from the other one"},
    {.name = "connection",
     .type = "connection",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "network connection of the machine; without one it has a network of its own",
     .immutable_advice = ANOTHER_IMAGE " on the other connection"},
    {.name = "domain-type",
     .type = "enum",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "whether the machine joins a domain",
     .default_value = "not-joined",
     .values = "not-joined|active-directory",
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "domain",
     .type = "fqdn",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "active-directory: the domain's full name",
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "ou",
     .type = "string",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "active-directory: the organizational unit, e.g. OU=VDA,DC=corp,DC=example",
     .max = 512,
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "service-account",
     .type = "string",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "active-directory: the account that joins, e.g. corp.example\\svc-join",
     .max = 256,
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "service-account-password",
     .type = "secret",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "active-directory: its password",
     .max = 256,
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "administrator",
     .type = "string",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "account with which you sign in to the machine",
     .min = 1,
     .max = 32,
     .pattern = "[A-Za-z0-9_][A-Za-z0-9._-]*",
     .pattern_help = "letters, digits, '.', '_' and '-', and begins with neither '.' nor '-'",
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "administrator-password",
     .type = "secret",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "its password, and on Linux that of root",
     .min = PASSWORD_LEAST,
     .max = PASSWORD_MOST,
     .pattern = PASSWORD_PATTERN,
     .pattern_help = PASSWORD_HELP,
     .immutable_advice = "flexhost image set-password changes root's or the administrator's"},
    {.name = "size",
     .type = "size",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "size of the machine",
     .default_value = "Standard_D2s_v5",
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "os-disk-gib",
     .type = "enum",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "size of its disk in GiB",
     .default_value = "128",
     .values = "128|256|512",
     .immutable_advice = ANOTHER_IMAGE},
    {.name = "allowed-address",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,
     .help = "addresses from which remote desktop reaches the machine, e.g. 203.0.113.7/32",
     .max = 32,
     .max_count = 64},
    {.name = "power-off-after",
     .type = "duration",
     .help = "how long the machine runs with nobody connected before it is powered off; 0s: on and "
             "on",
     .default_value = "1h",
     .max = 7 * 24 * 60 * 60},
    {.name = "notes",
     .type = "string",
     .help = "what people should know of the image",
     .max = NOTES_MOST},
    {.name = "replica-region",
     .type = "region",
     .flags = FH_FIELD_LIST,
     .help = "another region in which catalogs can use the image",
     .max_count = 16},
};

/* ---- verbs ---------------------------------------------------------------------------------- */

static int32_t plan_power_on(struct fh_call *call)
{
    static const char *const after[] = {BUILDER};
    return build_plan_power(call, "start", "start of the machine", after, COUNT(after));
}

static int32_t plan_power_off(struct fh_call *call)
{
    static const char *const after[] = {BUILDER};
    return build_plan_power(call, "deallocate", "stop of the machine", after, COUNT(after));
}

static const struct fh_field rdp_fields[] = {
    {.name = "address",
     .type = "enum",
     .help = "which address of the machine you reach",
     .default_value = "public",
     .values = "public|private"},
};

static const struct fh_field password_fields[] = {
    {.name = "password",
     .type = "secret",
     .flags = FH_FIELD_REQUIRED,
     .help = "the new password of root (Windows: of the administrator)",
     .min = PASSWORD_LEAST,
     .max = PASSWORD_MOST,
     .pattern = PASSWORD_PATTERN,
     .pattern_help = PASSWORD_HELP},
};

static const struct fh_verb verbs[] = {
    {.name = "rdp",
     .help = "print the file with which a remote desktop client reaches the machine",
     .flags = FH_VERB_READ,
     .fields = rdp_fields,
     .field_count = COUNT(rdp_fields),
     .check = build_rdp},
    {.name = "power-on",
     .help = "start the machine",
     .check = build_check_builder,
     .plan = plan_power_on,
     .under_way = "BuilderRestarting",
     .phase = "active"},
    {.name = "power-off",
     .help = "stop the machine and pay only for its disk",
     .acknowledgement = "who is connected to the machine is cut off.",
     .check = build_check_builder,
     .plan = plan_power_off,
     .under_way = "BuilderRestarting",
     .phase = "stopped"},
    {.name = "idle",
     .help = "power the machine off, if nobody is connected to it",
     .check = build_check_running,
     .plan = build_plan_idle,
     .under_way = "BuilderRestarting",
     .phase = "stopped"},
    {.name = "set-password",
     .help = "give root (Windows: the administrator) another password",
     .fields = password_fields,
     .field_count = COUNT(password_fields),
     .check = build_check_running,
     .plan = build_plan_password,
     .under_way = "BuilderRestarting"},
    {.name = "finish",
     .help = "check the machine and make the image of it",
     .acknowledgement = "the machine is gone when the image is there; nothing on it can be changed "
                        "any more.",
     .check = build_check_finish,
     .plan = build_plan_finish,
     .under_way = "BuilderVerifying",
     .phase = "finished"},
    {.name = "check",
     .help = "check the image once more, on a machine that is made for it",
     .check = build_check_recheck,
     .plan = build_plan_recheck,
     .under_way = "BuilderVerifying"},
};

/* ---- the plugin ----------------------------------------------------------------------------- */

/* What is there of the image by now. A verb's own plan comes on top: finish has the image follow,
 * and check brings the checks itself. */
static int32_t plan_image(struct fh_call *call)
{
    int32_t result = build_plan_image(call, NULL);
    if (result == FH_OK && !value_is(call, "/verb/name", "check"))
        result = build_plan_kept_checks(call);
    return result == FH_OK ? build_export(call) : result;
}

static int32_t plan(struct fh_call *call)
{
    int32_t result = require_place(call);
    if (result == FH_OK)
        result = plan_container_group(call);
    if (result != FH_OK)
        return result;
    if (is_captured(call))
        return plan_image(call);
    return value_is(call, "/verb/name", "finish") ? FH_OK : build_plan_builder(call);
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "image",
    .name = "build",
    .version = "1.0",
    .summary = "An image that you make of another: sign in, install, finish",
    .description =
        "A machine of the base image is made, which you reach by remote desktop from the addresses "
        "that you allow. When all is installed, `flexhost image finish` checks it and makes the "
        "image of it; the machine is removed. Do not run Sysprep on it. The passwords that Azure's "
        "agent was given (of the administrator, root and the service account) stay in its folder "
        "on the image's disk, encrypted, with the key beside them: use some that serve nothing "
        "else.",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .verb_size = sizeof(struct fh_verb),
    .check = build_check,
    .plan = plan,
    .observe = build_observe,
    .required_roles = "Contributor on the managed subscription",
    .under_way = "BuilderProvisioning",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
