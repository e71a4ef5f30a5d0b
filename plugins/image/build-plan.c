/* SPDX-License-Identifier: Apache-2.0 */
/* image/build: the builder and what it needs around it. */
#include "build.h"

/* ---- the network ---------------------------------------------------------------------------- */

/* The addresses of the field, as a rule wants them. */
static const char *allowed_addresses(struct fh_call *call)
{
    json_t *list = fh_json_value(call, "/fields/allowed-address");
    const char *all = "";
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) all =
        fh_printf(call, "%s%s%s", all, i ? "," : "", json_string_value(one));
    json_decref(list);
    return all;
}

static struct rule remote_desktop(struct fh_call *call, int priority, const char *destination)
{
    return (struct rule){"allow-remote-desktop",  priority,    "Inbound", "Allow", "Tcp",
                         allowed_addresses(call), destination, "3389"};
}

/* The interface's security group, and that of our own subnet. */
static int32_t plan_firewall(struct fh_call *call)
{
    const struct rule rules[] = {
        remote_desktop(call, RULES_FROM, "*"),
        {"deny-all-inbound", 4096, "Inbound", "Deny", "*", "*", "*", "*"},
        {"allow-all-outbound", 4096, "Outbound", "Allow", "*", "*", "*", "*"}};
    return plan_security_group(call, rules, COUNT(rules));
}

static int32_t plan_own_network(struct fh_call *call)
{
    static const char *const after[] = {"firewall"};
    return has_connection(call)
               ? FH_OK
               : plan_network(call, BUILDER_RANGE, NULL, NULL, after, COUNT(after));
}

static int32_t plan_builder_address(struct fh_call *call)
{
    static const char *const after[] = {"group"};
    struct fh_step step = {.key = "public-address",
                           .title = "public address",
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 5};
    return plan_public_address(call, step, fh_resource_name(call, "builder", 80, NULL));
}

static int32_t plan_interface(struct fh_call *call)
{
    static const char *const after[] = {"public-address", "firewall", "network"};
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"},
        {.name = "privateAddress",
         .pointer = "/properties/ipConfigurations/0/properties/privateIPAddress"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "interface",
                           .title = "network interface",
                           .path = resource_path(call, "Microsoft.Network/networkInterfaces",
                                                 fh_resource_name(call, "builder", 80, NULL)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = has_connection(call) ? 2 : 3,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 5,
                           .list_path = list_of(call, "Microsoft.Network/networkInterfaces")};
    const char *subnet = has_connection(call) ? fh_value(call, "/references/connection/subnetId")
                                              : "${network.subnet}";
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:{s:[{s:s, s:{s:b, s:{s:s}, s:{s:s}}}], s:{s:s}}}", "location",
                  fh_value(call, "/region"), "properties", "ipConfigurations", "name", "ipconfig",
                  "properties", "primary", 1, "subnet", "id", subnet, "publicIPAddress", "id",
                  "${public-address.id}", "networkSecurityGroup", "id", "${firewall.id}"));
}

/* A connection's security group stands on the subnet and lets no remote desktop in. Each image has
 * a rule of its own there, for its own machine, so that none is in another's way. */
static int32_t plan_connection_rule(struct fh_call *call)
{
    static const char *const after[] = {"interface"};
    const char *group = fh_value(call, "/references/connection/networkSecurityGroupId");
    const char *number = fh_value(call, "/number");
    long own = number ? strtol(number, NULL, 10) : 0;
    if (!has_connection(call) || !group)
        return FH_OK;
    if (own < 1 || own > RULES_MOST)
        return fh_fail(call, FH_ECONFLICT, "/connection",
                       "a connection's security group has room for the rules of %d images, and "
                       "this is number %ld: delete images that nobody needs",
                       RULES_MOST, own);
    struct rule rule = remote_desktop(call, RULES_FROM + (int)own, "${interface.privateAddress}");
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "connection-rule",
                           .title = fh_printf(call, "rule in the security group of connection %s",
                                              fh_value(call, "/references/connection/name")),
                           .path = fh_printf(call, "%s/securityRules/%s", group,
                                             fh_resource_name(call, "remote-desktop", 80, NULL)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 5};
    json_t *whole = rule_json(&rule);
    json_t *body = json_pack("{s:O}", "properties", json_object_get(whole, "properties"));
    json_decref(whole);
    return fh_json_step(call, &step, body);
}

/* ---- the machine ---------------------------------------------------------------------------- */

/* A specialized image brings its accounts along; Azure refuses a profile with it. */
static json_t *os_profile(struct fh_call *call)
{
    if (base_is_specialized(call))
        return NULL;
    json_t *profile =
        json_pack("{s:s, s:s, s:s}", "computerName", fh_resource_name(call, "", 16, "a-z0-9"),
                  "adminUsername", fh_value(call, "/fields/administrator"), "adminPassword",
                  "${secret:administrator-password}");
    if (base_is_windows(call))
        json_object_set_new(
            profile, "windowsConfiguration",
            json_pack("{s:b, s:b}", "provisionVMAgent", 1, "enableAutomaticUpdates", 0));
    else
        json_object_set_new(
            profile, "linuxConfiguration",
            json_pack("{s:b, s:b}", "provisionVMAgent", 1, "disablePasswordAuthentication", 0));
    return profile;
}

static json_t *storage_profile(struct fh_call *call)
{
    const char *gib = fh_value(call, "/fields/os-disk-gib");
    return json_pack("{s:o, s:{s:s, s:s, s:s, s:s, s:i, s:{s:s}}}", "imageReference",
                     fh_json_value(call, "/references/base-image/reference"), "osDisk", "name",
                     fh_printf(call, "%s-os", fh_resource_name(call, "builder", 64, NULL)),
                     "createOption", "FromImage", "deleteOption", "Delete", "caching", "ReadWrite",
                     "diskSizeGB", gib ? (int)strtol(gib, NULL, 10) : 128, "managedDisk",
                     "storageAccountType", "StandardSSD_LRS");
}

static json_t *security_profile(struct fh_call *call)
{
    return base_is_trusted(call)
               ? json_pack("{s:s, s:{s:b, s:b}}", "securityType", "TrustedLaunch", "uefiSettings",
                           "secureBootEnabled", 1, "vTpmEnabled", 1)
               : NULL;
}

static int32_t plan_machine(struct fh_call *call)
{
    static const char *const after[] = {"interface", "connection-rule"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"},
                                               {.name = "vmId", .pointer = "/properties/vmId"}};
    bool ruled =
        has_connection(call) && fh_value(call, "/references/connection/networkSecurityGroupId");
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = BUILDER,
                           .title = "machine to build the image on",
                           .path = builder_path(call),
                           .api_version = API_COMPUTE,
                           .after = after,
                           .after_count = ruled ? 2 : 1,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 120,
                           .list_path = list_of(call, "Microsoft.Compute/virtualMachines")};
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:{s:{s:s}, s:o, s:o*, s:o*, s:{s:[{s:s, s:{s:b, s:s}}]}}}", "location",
                  fh_value(call, "/region"), "properties", "hardwareProfile", "vmSize",
                  fh_value(call, "/fields/size"), "storageProfile", storage_profile(call),
                  "osProfile", os_profile(call), "securityProfile", security_profile(call),
                  "networkProfile", "networkInterfaces", "id", "${interface.id}", "properties",
                  "primary", 1, "deleteOption", "Detach"));
}

/* An extension of the builder; it goes with its machine, and is there again when that is made anew.
 * Takes the body's properties. */
static int32_t plan_extension(struct fh_call *call, struct fh_step *step, const char *name,
                              json_t *properties)
{
    static const char *const after[] = {BUILDER};
    step->struct_size = sizeof *step;
    step->path = fh_printf(call, "%s/extensions/%s", builder_path(call), name);
    step->api_version = API_COMPUTE;
    step->after = after;
    step->after_count = COUNT(after);
    step->undo_method = "NONE";
    json_object_set_new(properties, "autoUpgradeMinorVersion", json_true());
    json_object_set_new(properties, "forceUpdateTag", json_string("${machine.vmId}"));
    return fh_json_step(
        call, step,
        json_pack("{s:s, s:o}", "location", fh_value(call, "/region"), "properties", properties));
}

static int32_t plan_join(struct fh_call *call)
{
    if (!value_is(call, "/fields/domain-type", "active-directory"))
        return FH_OK;
    struct fh_step step = {
        .key = "join",
        .title = fh_printf(call, "join to the domain %s", fh_value(call, "/fields/domain")),
        .failed_status = "ErrorBuilderServiceAccountInvalid",
        .expected_seconds = 180};
    return plan_extension(
        call, &step, "JoinDomain",
        json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s*, s:s, s:s}, s:{s:s}}", "publisher",
                  "Microsoft.Compute", "type", "JsonADDomainExtension", "typeHandlerVersion", "1.3",
                  "settings", "Name", fh_value(call, "/fields/domain"), "User",
                  fh_value(call, "/fields/service-account"), "OUPath", fh_value(call, "/fields/ou"),
                  "Restart", "true", "Options", "3", "protectedSettings", "Password",
                  "${secret:service-account-password}"));
}

/* ---- passwords ------------------------------------------------------------------------------ */

enum { SCRIPT_SECONDS = 120 };

/* Azure has run a script well when it has run it at all; this asks how that ended. */
static void await_script(struct fh_step *step)
{
    step->until_pointer = "/properties/instanceView/executionState";
    step->until_values = "Succeeded";
    step->until_failures = "Failed|TimedOut|Canceled";
    step->until_timeout_seconds = SCRIPT_SECONDS + 300;
    step->until_url_query = "$expand=instanceView";
}

/* Of a specialized image: gives an account the password, or makes that account. */
static int32_t plan_account(struct fh_call *call)
{
    const char *name = fh_value(call, "/fields/administrator");
    struct fh_step step = {.key = "password",
                           .title = fh_printf(call, "password of %s", name),
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 60};
    json_t *properties =
        base_is_windows(call)
            ? json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s}}", "publisher", "Microsoft.Compute",
                        "type", "VMAccessAgent", "typeHandlerVersion", "2.4", "settings",
                        "UserName", name, "protectedSettings", "Password",
                        "${secret:administrator-password}")
            : json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "publisher", "Microsoft.OSTCExtensions",
                        "type", "VMAccessForLinux", "typeHandlerVersion", "1.5",
                        "protectedSettings", "username", name, "password",
                        "${secret:administrator-password}");
    return plan_extension(call, &step, "VMAccess", properties);
}

/* The password comes in the environment, where Run Command puts parameters that have a name. "$${"
 * is a step's way to write "${". */
static const char root_script[] =
    "#!/bin/sh\n"
    "printf 'root:%s\\n' \"$password\" | chpasswd $${FLEXHOST_ROOT:+--root \"$FLEXHOST_ROOT\"}\n";

static const char windows_script[] =
    "param([string]$name, [string]$password, [string]$run)\n"
    "$secret = ConvertTo-SecureString -String $password -AsPlainText -Force\n"
    "Set-LocalUser -Name $name -Password $secret -ErrorAction Stop\n";

/* A script of ours on the builder that gets a password as a parameter that Azure does not show;
 * run: what tells one time from another. */
static int32_t plan_script(struct fh_call *call, struct fh_step *step, const char *secret,
                           const char *run)
{
    static const char *const after[] = {BUILDER};
    bool windows = base_is_windows(call);
    step->struct_size = sizeof *step;
    step->path = run_command_path(call, builder_path(call), step->key);
    step->api_version = API_COMPUTE;
    step->after = after;
    step->after_count = COUNT(after);
    step->undo_method = "NONE";
    await_script(step);
    json_t *parameters = json_pack("[{s:s, s:s}]", "name", "run", "value", run);
    if (windows)
        json_array_append_new(parameters, json_pack("{s:s, s:s}", "name", "name", "value",
                                                    fh_value(call, "/fields/administrator")));
    return fh_json_step(call, step,
                        json_pack("{s:s, s:{s:{s:s}, s:o, s:[{s:s, s:s}], s:b, s:i, s:b}}",
                                  "location", fh_value(call, "/region"), "properties", "source",
                                  "script", windows ? windows_script : root_script, "parameters",
                                  parameters, "protectedParameters", "name", "password", "value",
                                  fh_printf(call, "${secret:%s}", secret), "asyncExecution", 0,
                                  "timeoutInSeconds", 120, "treatFailureAsDeploymentFailure", 1));
}

int32_t build_plan_password(struct fh_call *call)
{
    struct fh_step step = {.flags = FH_STEP_ACTION,
                           .key = "set-password",
                           .title = base_is_windows(call) ? "password of the administrator"
                                                          : "password of root",
                           .expected_seconds = 20};
    return plan_script(call, &step, "password", fh_value(call, "/transactionId"));
}

/* A generalized image gets the administrator with its profile; root has no password until it is
 * given one. */
static int32_t plan_passwords(struct fh_call *call)
{
    struct fh_step root = {.key = "root-password",
                           .title = "password of root",
                           .failed_status = "ErrorMasterImageProvisioningFailed",
                           .expected_seconds = 20};
    int32_t result = base_is_specialized(call) ? plan_account(call) : FH_OK;
    return result == FH_OK && !base_is_windows(call)
               ? plan_script(call, &root, "administrator-password", "${machine.vmId}")
               : result;
}

/* ---- nobody there --------------------------------------------------------------------------- */

/* Both fail when a remote desktop is open: in /proc/net/tcp 0D3D is 3389 and 01 an established one.
 */
static const char linux_idle_script[] =
    "#!/bin/sh\n"
    "for file in \"$${FLEXHOST_ROOT-}/proc/net/tcp\" \"$${FLEXHOST_ROOT-}/proc/net/tcp6\"; do\n"
    "    [ -r \"$file\" ] || continue\n"
    "    awk '$2 ~ /:0D3D$/ && $4 == \"01\" { open = 1 } END { exit open }' \"$file\" || exit 3\n"
    "done\n";

static const char windows_idle_script[] = "param([string]$run)\n"
                                          "$open = Get-NetTCPConnection -LocalPort 3389 -State "
                                          "Established -ErrorAction SilentlyContinue\n"
                                          "if ($open) { exit 3 }\n"
                                          "exit 0\n";

/* Fails when somebody is connected, and so nothing that comes after it is done. */
static int32_t plan_nobody_there(struct fh_call *call)
{
    static const char *const after[] = {BUILDER};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_ACTION,
                           .key = "nobody-connected",
                           .title = "look whether somebody is connected",
                           .path = run_command_path(call, builder_path(call), "idle"),
                           .api_version = API_COMPUTE,
                           .after = after,
                           .after_count = COUNT(after),
                           .failed_status = "BuilderActive",
                           .expected_seconds = 20};
    await_script(&step);
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:{s:{s:s}, s:[{s:s, s:s}], s:b, s:i, s:b}}", "location",
                  fh_value(call, "/region"), "properties", "source", "script",
                  base_is_windows(call) ? windows_idle_script : linux_idle_script, "parameters",
                  "name", "run", "value", fh_value(call, "/transactionId"), "asyncExecution", 0,
                  "timeoutInSeconds", SCRIPT_SECONDS, "treatFailureAsDeploymentFailure", 0));
}

int32_t build_plan_idle(struct fh_call *call)
{
    static const char *const after[] = {"nobody-connected"};
    int32_t result = plan_nobody_there(call);
    return result == FH_OK
               ? build_plan_power(call, "deallocate", "stop of the machine", after, COUNT(after))
               : result;
}

/* ---- power ---------------------------------------------------------------------------------- */

enum { POWER_SECONDS = 300 };

static const struct fh_output power_outputs[] = {
    {.name = "state", .pointer = "/properties/instanceView/statuses/1/code"}};

/* What the verb makes of the builder; NULL: nothing. */
static const char *power_after_verb(struct fh_call *call)
{
    if (value_is(call, "/verb/name", "power-on") || value_is(call, "/verb/name", "finish"))
        return RUNNING;
    if (value_is(call, "/verb/name", "power-off") || value_is(call, "/verb/name", "idle"))
        return DEALLOCATED;
    return NULL;
}

static void await_power(struct fh_step *step, const char *states)
{
    step->outputs = power_outputs;
    step->output_count = COUNT(power_outputs);
    step->output_size = sizeof *power_outputs;
    step->until_pointer = power_outputs[0].pointer;
    step->until_values = states;
    step->until_timeout_seconds = POWER_SECONDS;
    step->until_url_query = "$expand=instanceView";
}

/* Its row outlives the operation, so that the state is known whatever became of that. It is read
 * again whenever something else is awaited: after each verb that starts or stops the builder. */
static int32_t plan_power_state(struct fh_call *call, const char *after)
{
    const char *wanted = power_after_verb(call);
    struct fh_step step = {.struct_size = sizeof step,
                           .key = POWER,
                           .title = "power state of the machine",
                           .method = "GET",
                           .path = builder_path(call),
                           .api_version = API_COMPUTE,
                           .after = &after,
                           .after_count = 1,
                           .ownership = FH_FOREIGN,
                           .expected_seconds = 5};
    await_power(&step, wanted ? wanted : RUNNING "|" DEALLOCATED "|PowerState/stopped");
    return fh_step(call, &step);
}

static int32_t plan_standing_power(struct fh_call *call)
{
    return power_after_verb(call) ? FH_OK : plan_power_state(call, BUILDER);
}

/* Starting what runs and stopping what is stopped change nothing, so a lost answer is no harm. The
 * operation's id makes it another step each time. */
static int32_t plan_act(struct fh_call *call, struct fh_step *step, const char *act)
{
    const char *transaction = fh_value(call, "/transactionId");
    if (!transaction)
        return fh_fail(call, FH_EINVAL, "/transactionId",
                       "the request does not say which operation it belongs to: give it");
    step->struct_size = sizeof *step;
    step->key = fh_printf(call, "%s/%s", act, transaction);
    step->method = "POST";
    step->path = fh_printf(call, "%s/%s", builder_path(call), act);
    step->api_version = API_COMPUTE;
    step->expected_seconds = 45;
    step->undo_method = "NONE";
    return fh_step(call, step);
}

int32_t build_plan_power(struct fh_call *call, const char *act, const char *title,
                         const char *const *after, uint32_t after_count)
{
    struct fh_step step = {.title = title, .after = after, .after_count = after_count};
    int32_t result = plan_act(call, &step, act);
    return result == FH_OK ? plan_power_state(call, step.key) : result;
}

int32_t build_plan_stop(struct fh_call *call, const char *const *after, uint32_t after_count)
{
    struct fh_step step = {
        .title = "stop of the machine", .after = after, .after_count = after_count};
    await_power(&step, DEALLOCATED);
    return plan_act(call, &step, "deallocate");
}

/* ---- all of it ------------------------------------------------------------------------------ */

int32_t build_plan_builder(struct fh_call *call)
{
    static int32_t (*const steps[])(struct fh_call *) = {
        plan_firewall,  plan_own_network,     plan_builder_address,
        plan_interface, plan_connection_rule, plan_machine,
        plan_join,      plan_passwords,       plan_standing_power};
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < COUNT(steps); i++)
        result = steps[i](call);
    return result;
}
