/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a machine is fit to be an image: conf/validate-image.sh or .ps1 is run on it, and what it
 * prints becomes details and a status. The machine is somebody else's, so nothing of its answer is
 * taken but the rules that are known here, each text bounded and printable.
 */
#ifndef FLEXHOST_PLUGINS_COMMON_IMAGE_CHECK_H
#define FLEXHOST_PLUGINS_COMMON_IMAGE_CHECK_H

#include "azure.h"

#include <ctype.h>

/* The scripts of conf/, compiled in: made by plugins/local.mk. */
extern const char validate_image_sh[];
extern const char validate_image_ps1[];

#define IMAGE_NOT_VERIFIED "ErrorMasterImageVerificationFailed"

enum { IMAGE_CHECK_SECONDS = 600, IMAGE_CHECK_MOST = 8192, IMAGE_TEXT_MOST = 160 };

/* ---- the plan ------------------------------------------------------------------------------- */

/* What is checked, and what it shall be. */
struct image_check {
    const char *machine; /* its ARM path */
    bool windows;
    bool of_image;          /* the machine was made of an image, of which its disk has all */
    const char *sessions;   /* "single" or "multi"; NULL: either */
    const char *generation; /* "1" or "2"; NULL: either */
    /* Another value makes the script run once more: the id of the operation that asks for it. */
    const char *run;
    const char *const *after;
    uint32_t after_count;
};

static inline json_t *image_check_parameters(const struct image_check *check)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "name", "sessions", "value",
                     check->sessions ? check->sessions : "", "name", "generation", "value",
                     check->generation ? check->generation : "", "name", "run", "value",
                     check->run ? check->run : "");
}

/* The path of a run command. Its name is the subject's own: the agent of a machine keeps names and
 * numbers of what it has run on the disk, which travels into images, and runs nothing of the same
 * name with a number that is not greater. */
static inline const char *run_command_path(struct fh_call *call, const char *machine,
                                           const char *what)
{
    return fh_printf(call, "%s/runCommands/%s", machine, fh_resource_name(call, what, 63, NULL));
}

/* On a machine made of the image the name is the operation's, too: the end of its id differs from
 * one to the next. */
static inline const char *image_check_path(struct fh_call *call, const struct image_check *check)
{
    enum { OPERATION = 12 };
    const char *run = check->run ? check->run : "";
    size_t length = strlen(run);
    if (length > OPERATION)
        run += length - OPERATION;
    return run_command_path(call, check->machine,
                            check->of_image ? fh_printf(call, "validate-%s", run) : "validate");
}

/* Step "checks". It goes with its machine; its row and what it gave stay as long as it is planned
 * with the same run, whether the machine is there or not. */
static inline int32_t plan_image_check(struct fh_call *call, const struct image_check *check)
{
    static const struct fh_output outputs[] = {
        {.name = "state", .pointer = "/properties/instanceView/executionState"},
        {.name = "output", .pointer = "/properties/instanceView/output"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_ACTION,
                           .key = "checks",
                           .title = "checks of the image",
                           .path = image_check_path(call, check),
                           .api_version = API_COMPUTE,
                           .after = check->after,
                           .after_count = check->after_count,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 60,
                           .failed_status = IMAGE_NOT_VERIFIED,
                           .until_pointer = outputs[0].pointer,
                           .until_values = "Succeeded",
                           .until_failures = "Failed|TimedOut|Canceled",
                           .until_timeout_seconds = IMAGE_CHECK_SECONDS + 300,
                           .until_url_query = "$expand=instanceView"};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:{s:s}, s:o, s:b, s:i, s:b}}", "location",
                                  fh_value(call, "/region"), "properties", "source", "script",
                                  check->windows ? validate_image_ps1 : validate_image_sh,
                                  "parameters", image_check_parameters(check), "asyncExecution", 0,
                                  "timeoutInSeconds", IMAGE_CHECK_SECONDS,
                                  "treatFailureAsDeploymentFailure", 0));
}

/* ---- the answer ----------------------------------------------------------------------------- */

struct image_rule {
    const char *name;
    const char *label;
    const char *code; /* the published one with which it fails */
};

static const struct image_rule image_rules[] = {
    {"supported-os", "Operating system", "ErrorMasterImageInvalidOs"},
    {"generation", "Generation", IMAGE_NOT_VERIFIED},
    {"not-generalized", "Not generalized", IMAGE_NOT_VERIFIED},
    {"no-delivery-controllers", "No delivery controllers", IMAGE_NOT_VERIFIED},
    {"personality-file", "Personality file", "ErrorMasterImageMcsNotConfigured"},
    {"vda-version", "VDA version", "ErrorMasterImageNoSupportedVdaFound"},
    {"vda-sessions", "VDA sessions", "ErrorMasterImageInvalidMultiSessionVda"},
    {"azure-agent", "Azure VM agent", IMAGE_NOT_VERIFIED},
};

/* The codes that a rule may bring itself, and what people read. */
static inline const char *image_label(const char *code)
{
    static const struct {
        const char *code, *label;
    } labels[] = {
        {"ErrorMasterImageInvalidOs", "Operating system not supported"},
        {"ErrorMasterImageMcsNotConfigured", "Not configured for MCS"},
        {"ErrorMasterImageNoSupportedVdaFound", "No supported VDA found"},
        {"ErrorMasterImageInvalidMultiSessionVda", "VDA is not multi-session"},
        {"ErrorMasterImageInvalidSingleSessionVda", "VDA is not single-session"},
        {IMAGE_NOT_VERIFIED, "Verification failed"},
        {"ErrorMasterImageProvisioningFailed", "Provisioning failed"},
        {"ErrorBuilderServiceAccountInvalid", "Service account refused"},
        {"ErrorBuilderNoQuota", "No quota for the machine"},
    };
    for (size_t i = 0; code && i < COUNT(labels); i++)
        if (strcmp(labels[i].code, code) == 0)
            return labels[i].label;
    return NULL;
}

/* A text of the machine's, for people: printable ASCII, cut short; NULL when it is none. */
static inline const char *image_text(struct fh_call *call, const json_t *object, const char *name)
{
    const char *given = json_string_value(json_object_get(object, name));
    char text[IMAGE_TEXT_MOST + 1];
    size_t length = 0;
    for (; given && *given && length < IMAGE_TEXT_MOST; given++)
        if (*given >= ' ' && *given <= '~')
            text[length++] = *given;
    text[length] = '\0';
    return length ? fh_printf(call, "%s", text) : NULL;
}

/* What the machine printed, as JSON; NULL: nothing that could be read. */
static inline json_t *image_answer(const json_t *request)
{
    const char *output = fh_json_text(request, "/outputs/checks/output");
    const char *start = output ? strchr(output, '{') : NULL;
    if (!start || strlen(start) > IMAGE_CHECK_MOST)
        return NULL;
    json_t *answer = json_loads(start, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
    if (json_is_object(answer))
        return answer;
    json_decref(answer);
    return NULL;
}

static inline const json_t *image_rule_answer(const json_t *answer, const char *rule)
{
    size_t i;
    json_t *check;
    json_array_foreach(json_object_get(answer, "checks"), i, check)
    {
        const char *name = json_string_value(json_object_get(check, "rule"));
        if (name && strcmp(name, rule) == 0)
            return check;
    }
    return NULL;
}

/* One rule as it came out; a machine that does not speak of it does not keep it. */
static inline json_t *image_judge_rule(struct fh_call *call, const struct image_rule *rule,
                                       const json_t *answer)
{
    const json_t *check = image_rule_answer(answer, rule->name);
    const char *result = json_string_value(json_object_get(check, "result"));
    const char *code = json_string_value(json_object_get(check, "code"));
    const char *evidence = image_text(call, check, "evidence");
    if (result && strcmp(result, "pass") == 0)
        return json_pack("{s:s, s:s, s:s*}", "rule", rule->name, "result", "pass", "evidence",
                         evidence);
    bool warns = result && strcmp(result, "warning") == 0;
    return json_pack(
        "{s:s, s:s, s:s, s:s*, s:s}", "rule", rule->name, "result", warns ? "warning" : "fail",
        "evidence", evidence ? evidence : "the check gave no result", "mend",
        image_text(call, check, "mend"), "code", image_label(code) ? code : rule->code);
}

/* All rules, in our order. Every failing one goes into *message, the first one's code into *code;
 * both stay NULL when none fails. */
static inline json_t *image_judge(struct fh_call *call, const json_t *answer, const char **code,
                                  const char **message)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < COUNT(image_rules); i++) {
        json_t *check = image_judge_rule(call, &image_rules[i], answer);
        const char *mend = fh_json_text(check, "/mend");
        json_array_append_new(checks, check);
        if (strcmp(fh_json_text(check, "/result"), "fail") != 0)
            continue;
        if (!*code)
            *code = fh_printf(call, "%s", fh_json_text(check, "/code"));
        *message = fh_printf(call, "%s%s%s: %s%s%s", *message ? *message : "", *message ? "; " : "",
                             image_rules[i].name, fh_json_text(check, "/evidence"),
                             mend ? ". " : "", mend ? mend : "");
    }
    return checks;
}

struct image_verdict {
    bool known;       /* the checks were run */
    const char *code; /* NULL: every rule holds */
    const char *message;
    json_t *checks; /* owned; NULL when nothing could be read */
    const char *os_name, *os_version, *vda_version;
};

/* observe: what became of the checks. Ended by image_verdict_clear. */
static inline struct image_verdict image_verdict(struct fh_call *call, const json_t *request)
{
    struct image_verdict verdict = {.known = false};
    const char *state = fh_json_text(request, "/outputs/checks/state");
    if (!state)
        return verdict;
    verdict.known = true;
    json_t *answer = image_answer(request);
    if (answer) {
        const json_t *os = json_object_get(answer, "os");
        verdict.os_name = image_text(call, os, "name");
        verdict.os_version = image_text(call, os, "version");
        verdict.vda_version = image_text(call, answer, "vda");
        verdict.checks = image_judge(call, answer, &verdict.code, &verdict.message);
    }
    if (!verdict.code && (!answer || strcmp(state, "Succeeded") != 0)) {
        verdict.code = IMAGE_NOT_VERIFIED;
        verdict.message =
            answer ? "the checks ended as Failed although no rule did"
                   : "the checks on the machine gave no answer that can be read: see that its "
                     "Azure VM agent works, then ask for them again";
    }
    json_decref(answer);
    return verdict;
}

static inline void image_verdict_clear(struct image_verdict *verdict)
{
    json_decref(verdict->checks);
    verdict->checks = NULL;
}

static inline int32_t image_verdict_details(struct fh_call *call,
                                            const struct image_verdict *verdict)
{
    int32_t result = fh_detail(call, "osName", "Operating system", verdict->os_name);
    if (result == FH_OK)
        result = fh_detail(call, "osVersion", "OS version", verdict->os_version);
    if (result == FH_OK)
        result = fh_detail(call, "vdaVersion", "VDA version", verdict->vda_version);
    if (result == FH_OK && verdict->checks)
        result = fh_json_detail(call, "checks", "Checks", json_incref(verdict->checks));
    return result;
}

#endif
