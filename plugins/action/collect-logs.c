/* SPDX-License-Identifier: Apache-2.0 */
/* action/collect-logs: runs a script on a machine through Azure's managed Run Command, which writes
 * its output into a blob that the host then saves. Nothing of it stays in Azure. */
#include "../common/azure.h"

#include "collect-logs-scripts.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* Azure answers this query only together with the resource. */
#define WITH_VIEW "$expand=instanceView"

static const struct fh_field fields[] = {
    {.name = "hours",
     .type = "int",
     .help = "how many hours of event logs to collect",
     .default_value = "24",
     .min = 1,
     .max = 720},
};

static const struct fh_field options[] = {
    {.name = "timeout",
     .type = "duration",
     .help = "how long the script may run on the machine",
     .default_value = "15m",
     .min = 120,
     .max = 5400},
};

static bool is_windows(struct fh_call *call)
{
    const char *os = fh_value(call, "/machine/os");
    return os && strcasecmp(os, "Windows") == 0;
}

static int32_t require_machine(struct fh_call *call)
{
    static const char *const needed[] = {"/machine/id", "/machine/name", "/machine/os",
                                         "/requestedAt"};
    int32_t result = require_place(call);
    for (size_t i = 0; result == FH_OK && i < COUNT(needed); i++)
        if (!fh_value(call, needed[i]))
            result = fh_fail(call, FH_EINVAL, needed[i], "the request has no %s: give it",
                             needed[i] + 1);
    return result;
}

/* The only name whose place in the account is fixed. */
static const char *account_name(struct fh_call *call)
{
    return fh_resource_name(call, "log", 24, "a-z0-9");
}

static const char *account_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Storage/storageAccounts", account_name(call));
}

static const char *command_path(struct fh_call *call)
{
    return fh_printf(call, "%s/runCommands/%s", fh_value(call, "/machine/id"),
                     fh_resource_name(call, "collect-logs", 64, NULL));
}

#define BLOB "${storage.blobEndpoint}logs/machine.log"

/* A day after the action was asked for: a plan has no clock. NULL when the time is none. */
static const char *expiry(struct fh_call *call)
{
    struct tm when = {0};
    char text[32];
    const char *asked = fh_value(call, "/requestedAt");
    const char *rest = strptime(asked, "%Y-%m-%dT%H:%M:%S", &when);
    if (!rest)
        return NULL;
    time_t end = timegm(&when) + 24 * 60 * 60;
    if (!gmtime_r(&end, &when) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &when))
        return NULL;
    return fh_printf(call, "%s", text);
}

static int32_t plan_storage(struct fh_call *call)
{
    static const struct fh_output outputs[] = {
        {.name = "blobEndpoint", .pointer = "/properties/primaryEndpoints/blob"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "storage",
                           .title = "storage account for the log",
                           .path = account_path(call),
                           .api_version = API_STORAGE,
                           .ownership = FH_TEMPORARY,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 25};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:s, s:{s:s}, s:{s:b, s:b, s:b, s:s}}", "location",
                                  fh_value(call, "/region"), "kind", "StorageV2", "sku", "name",
                                  "Standard_LRS", "properties", "allowBlobPublicAccess", 0,
                                  "allowSharedKeyAccess", 1, "supportsHttpsTrafficOnly", 1,
                                  "minimumTlsVersion", "TLS1_2"));
}

/* Goes with its account. */
static int32_t plan_container(struct fh_call *call)
{
    static const char *const after[] = {"storage"};
    struct fh_step step = {
        .struct_size = sizeof step,
        .key = "container",
        .title = "container for the log",
        .path = fh_printf(call, "%s/blobServices/default/containers/logs", account_path(call)),
        .api_version = API_STORAGE,
        .after = after,
        .after_count = COUNT(after),
        .ownership = FH_TEMPORARY,
        .undo_method = "NONE",
        .expected_seconds = 2};
    return fh_json_step(call, &step, json_pack("{s:{s:s}}", "properties", "publicAccess", "None"));
}

/* Two signatures for the one blob: the machine can write it and not read it, flexhost can read it
 * and not write it. Azure's agent creates the append blob and adds to it, and "w" allows both. */
static int32_t plan_signature(struct fh_call *call, const char *key, const char *permission)
{
    static const char *const after[] = {"container"};
    static const struct fh_output outputs[] = {
        {.name = "token", .pointer = "/serviceSasToken", .flags = FH_OUTPUT_SECRET}};
    const char *end = expiry(call);
    bool writes = strcmp(permission, "w") == 0;
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_ACTION,
                           .key = key,
                           .title =
                               writes ? "signature to write the log" : "signature to read the log",
                           .method = "POST",
                           .path = fh_printf(call, "%s/listServiceSas", account_path(call)),
                           .api_version = API_STORAGE,
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 1};
    if (!end)
        return fh_fail(call, FH_EINVAL, "/requestedAt",
                       "\"%s\" is no time: write it as 2026-01-31T12:00:00Z",
                       fh_value(call, "/requestedAt"));
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "canonicalizedResource",
                                  fh_printf(call, "/blob/%s/logs/machine.log", account_name(call)),
                                  "signedResource", "b", "signedPermission", permission,
                                  "signedProtocol", "https", "signedExpiry", end, "keyToSign",
                                  "key1"));
}

static int32_t plan_signatures(struct fh_call *call)
{
    int32_t result = plan_signature(call, "sas-write", "w");
    return result == FH_OK ? plan_signature(call, "sas-read", "r") : result;
}

/* Ends well however the script ends: the log of a failed one is worth most. */
static int32_t plan_run(struct fh_call *call)
{
    static const char *const after[] = {"sas-write"};
    const char *hours = fh_value(call, "/fields/hours");
    const char *timeout = fh_value(call, "/options/timeout");
    long seconds = timeout ? strtol(timeout, NULL, 10) : 900;
    const char *script = is_windows(call) ? fh_printf(call, windows_script, hours ? hours : "24")
                                          : fh_printf(call, linux_script, hours ? hours : "24",
                                                      hours ? hours : "24");
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "run",
                           .title =
                               fh_printf(call, "script on %s", fh_value(call, "/machine/name")),
                           .path = command_path(call),
                           .api_version = API_COMPUTE,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_TEMPORARY,
                           .expected_seconds = 60,
                           .until_pointer = "/properties/instanceView/executionState",
                           .until_values = "Succeeded|Failed|TimedOut|Canceled",
                           .until_url_query = WITH_VIEW,
                           .until_timeout_seconds = (uint32_t)seconds + 300};
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:{s:{s:s}, s:b, s:i, s:s, s:b}}", "location",
                  fh_value(call, "/machine/region") ? fh_value(call, "/machine/region")
                                                    : fh_value(call, "/region"),
                  "properties", "source", "script", script, "asyncExecution", 1, "timeoutInSeconds",
                  (int)seconds, "outputBlobUri", BLOB "?${sas-write.token}",
                  "treatFailureAsDeploymentFailure", 0));
}

static int32_t plan_fetch(struct fh_call *call)
{
    static const char *const after[] = {"run", "sas-read"};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "log",
                           .title = "log of the script",
                           .method = "FETCH",
                           .path = BLOB "?${sas-read.token}",
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_FOREIGN,
                           .artifact = "log",
                           .expected_seconds = 2};
    return fh_step(call, &step);
}

/* Last, so that the log is here when a failed script fails the action. */
static int32_t plan_result(struct fh_call *call)
{
    static const char *const after[] = {"log"};
    static const struct fh_output outputs[] = {
        {.name = "executionState", .pointer = "/properties/instanceView/executionState"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "result",
                           .title = "result of the script",
                           .method = "GET",
                           .path = command_path(call),
                           .api_version = API_COMPUTE,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_FOREIGN,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 1,
                           .until_pointer = "/properties/instanceView/executionState",
                           .until_values = "Succeeded",
                           .until_failures = "Failed|TimedOut|Canceled",
                           .until_url_query = WITH_VIEW};
    return fh_step(call, &step);
}

static int32_t plan(struct fh_call *call)
{
    static int32_t (*const steps[])(struct fh_call *) = {
        require_machine, plan_storage, plan_container, plan_signatures,
        plan_run,        plan_fetch,   plan_result};
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < COUNT(steps); i++)
        result = steps[i](call);
    return result;
}

static bool is_running(const json_t *machine)
{
    const json_t *statuses = fh_json_at(machine, "/properties/instanceView/statuses");
    for (size_t i = 0; i < json_array_size(statuses); i++) {
        const char *code = fh_json_text(json_array_get(statuses, i), "/code");
        if (code && strcasecmp(code, "PowerState/running") == 0)
            return true;
    }
    return false;
}

/* Run Command is carried out by the machine's own agent. */
static int32_t check(struct fh_call *call)
{
    const char *name = fh_value(call, "/machine/name");
    const char *id = fh_value(call, "/machine/id");
    int32_t status = 0;
    if (!id || !name)
        return fh_fail(call, FH_EINVAL, "/machine", "the request has no machine: name one");
    const char *text =
        fh_arm_get(call, NULL, fh_printf(call, "%s?%s&api-version=%s", id, WITH_VIEW, API_COMPUTE),
                   NULL, &status);
    if (!text)
        return FH_EFAILED;
    json_t *machine = json_loads(text, 0, NULL);
    bool running = is_running(machine);
    const char *why = fh_printf(call, "%s", azure_message(machine, "no reason given"));
    json_decref(machine);
    if (status == 404)
        return fh_finding(call, FH_FAIL, "machine-exists", "/machine",
                          fh_printf(call, "Azure has no machine %s", name),
                          "look at `flexhost machine list`");
    if (status != 200)
        return fh_finding(
            call, FH_FAIL, "machine-readable", "/machine",
            fh_printf(call, "the machine %s cannot be read (HTTP %d): %s", name, (int)status, why),
            "give the subscription's credential the role Contributor");
    if (!running)
        return fh_finding(call, FH_FAIL, "machine-running", "/machine",
                          fh_printf(call, "the machine %s is not running", name),
                          "start it first: the script runs on the machine itself");
    return fh_finding(call, FH_PASS, "machine-running", NULL,
                      fh_printf(call, "the machine %s is running", name), NULL);
}

/* Azure's states of a script to the manual's of an activity. Without an answer from the script the
 * operation's own end is what counts, and it has ended well when the host asks here. */
static int32_t observe(struct fh_call *call)
{
    const char *state = fh_value(call, "/outputs/result/executionState");
    if (!state || strcmp(state, "Succeeded") == 0)
        return fh_status(call, "Successful", "Successful", NULL);
    if (strcmp(state, "Running") == 0 || strcmp(state, "Pending") == 0)
        return fh_status(call, "Running", "Running", NULL);
    return fh_status(call, "Failed", "Failed",
                     fh_printf(call, "the script on the machine ended as %s: see the log", state));
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "action",
    .name = "collect-logs",
    .version = "1.0",
    .summary = "Collects event logs and the state of agents and network from a machine",
    .description = "Runs a script on the machine through Azure's managed Run Command. Its output "
                   "goes to a storage account that exists as long as the action, and from there "
                   "to flexhost.",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .options = options,
    .option_count = COUNT(options),
    .check = check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
