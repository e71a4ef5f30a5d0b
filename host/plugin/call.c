/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into a plugin. What a plugin does wrong ends its call with a reason; the host goes on. A
 * plugin that writes where it must not can still take the process with it: calls carry only text
 * and an opaque handle, so that they can move to a child process without a change to any plugin. */
#include "base/text.h"
#include "plan/binding.h"
#include "plan/step.h"
#include "plugin/call_private.h"
#include "plugin/difference.h"
#include "plugin/resource_name.h"

#include <flexhost/jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 4 * 1024 * 1024, MOST_MEMORY = 256 * 1024 * 1024 };

static int exit_code(int32_t code)
{
    switch (code) {
    case FH_EINVAL:
    case FH_ENOTFOUND:
    case FH_ECONFLICT:
        return ERROR_USAGE;
    case FH_EDENIED:
        return ERROR_CREDENTIALS;
    case FH_ENOTREADY:
        return ERROR_RETRY;
    default:
        return ERROR_FAILED;
    }
}

int32_t call_fail(struct call *call, int32_t code, const char *field, const char *format, ...)
{
    if (!call->failed) {
        va_list args;
        va_start(args, format);
        char *message = arena_vprintf(&call->arena, format, args);
        va_end(args);
        error_set(&call->error, exit_code(code), field, "%s", message ? message : "out of memory");
        call->failed = true;
    }
    return code < 0 ? code : FH_EFAILED;
}

int32_t call_fail_with(struct call *call, struct error *err)
{
    if (!call->failed)
        error_move(&call->error, err);
    call->failed = true;
    error_clear(err);
    return FH_EFAILED;
}

bool call_allows(struct call *call, unsigned modes, const char *function)
{
    if (call->failed)
        return false;
    if (call->mode & modes)
        return true;
    call_fail(call, FH_EFAILED, NULL, "the plugin %s/%s called %s in its %s function, which %s",
              call->plugin->kind, call->plugin->name, function,
              call->mode == CALL_PLAN      ? "plan"
              : call->mode == CALL_OBSERVE ? "observe"
                                           : "check",
              call->mode == CALL_PLAN
                  ? "must be pure: ask in check, and plan from the request alone"
              : call->mode == CALL_OBSERVE
                  ? "only maps what the request says to a status and details: ask in check"
                  : "only asks and reports findings, claims and, of a verb, details: emit steps in "
                    "plan, a status in observe");
    return false;
}

static bool is_utf8(const char *text, size_t length)
{
    json_t *copy = json_stringn(text, length);
    json_decref(copy);
    return copy != NULL;
}

bool call_text_fine(struct call *call, const char *function, const char *text)
{
    if (!text)
        return true;
    size_t length = strnlen(text, LONGEST_TEXT + 1);
    if (length <= LONGEST_TEXT && is_utf8(text, length))
        return true;
    call_fail(call, FH_EFAILED, NULL, "the plugin %s/%s gave %s a text that is %s",
              call->plugin->kind, call->plugin->name, function,
              length > LONGEST_TEXT ? "longer than 4 MiB" : "not UTF-8");
    return false;
}

static void *host_alloc(struct fh_call *base, size_t size)
{
    struct call *call = (struct call *)base;
    bool too_much = size > MOST_MEMORY - call->allocated;
    if (too_much)
        call_fail(call, FH_EFAILED, NULL, "the plugin %s/%s wanted more than %d MiB of memory",
                  call->plugin->kind, call->plugin->name, MOST_MEMORY / 1024 / 1024);
    else
        call->allocated += size;
    void *memory = too_much ? NULL : arena_alloc(&call->arena, size);
    if (!memory)
        longjmp(call->no_memory, 1);
    return memory;
}

static char *host_format(struct fh_call *base, const char *format, va_list args)
{
    struct call *call = (struct call *)base;
    char *text = arena_vprintf(&call->arena, format, args);
    if (!text)
        longjmp(call->no_memory, 1);
    return text;
}

static const char *host_request(struct fh_call *base)
{
    return ((struct call *)base)->request_text;
}

static const char *host_value(struct fh_call *base, const char *pointer)
{
    struct call *call = (struct call *)base;
    const json_t *value = pointer ? fh_json_at(call->request, pointer) : NULL;
    if (!value || json_is_null(value))
        return NULL;
    if (json_is_string(value))
        return json_string_value(value);
    return fh_json_print(base, value);
}

static int32_t host_fail(struct fh_call *base, int32_t code, const char *field, const char *message)
{
    struct call *call = (struct call *)base;
    if (!call_text_fine(call, "fh_fail", field) || !call_text_fine(call, "fh_fail", message))
        return FH_EFAILED;
    return call_fail(call, code, field, "%s", message ? message : "it gave no reason");
}

static const char *host_resource_name(struct fh_call *base, const char *suffix, uint32_t max_length,
                                      const char *alphabet)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    char *name = host_alloc(base, RESOURCE_NAME_TEXT);
    const char *installation = fh_json_text(call->request, "/installation");
    const char *id = fh_json_text(call->request, "/id");
    if (!installation || !id)
        call_fail(call, FH_EFAILED, NULL, "the request has no installation or id to name after");
    else if (resource_name(installation, id, suffix ? suffix : "", max_length, alphabet, name,
                           &err) < 0)
        call_fail_with(call, &err);
    return name; /* "" after a failure, never NULL: the plugin need not look */
}

const struct fh_host call_host = {
    .struct_size = sizeof(struct fh_host),
    .abi_major = FH_ABI_MAJOR,
    .abi_minor = FH_ABI_MINOR,
    .alloc = host_alloc,
    .format = host_format,
    .request = host_request,
    .value = host_value,
    .fail = host_fail,
    .finding = call_finding,
    .claim = call_claim,
    .resource_name = host_resource_name,
    .arm_get = call_arm_get,
    .dns_query = call_dns_query,
    .http_range = call_http_range,
    .tcp_probe = call_tcp_probe,
    .step = call_step,
    .export_value = call_export,
    .status = call_status,
    .detail = call_detail,
    .log = call_log,
    .refused = call_refused,
    .arm_query = call_arm_query,
    .ntp_query = call_ntp_query,
    .document = call_document,
    .learn = call_learn,
    .url = call_url,
    .due = call_due,
};

/* The caller's request, with what the host knows of the plugin itself. */
static json_t *complete_request(const struct plugin *plugin, const json_t *request)
{
    json_t *whole = json_copy((json_t *)request);
    json_t *options = plugin->options ? json_loads(plugin->options, 0, NULL) : json_object();
    if (!whole || json_object_set_new(whole, "options", options) < 0 ||
        json_object_set_new(whole, "kind", json_string(plugin->kind)) < 0 ||
        json_object_set_new(whole, "type", json_string(plugin->name)) < 0) {
        json_decref(whole);
        return NULL;
    }
    return whole;
}

typedef int32_t plugin_function(struct fh_call *call);

/* Apart from run_call so that no variable lives across the jump. */
static int32_t enter(struct call *call, plugin_function *function)
{
    if (setjmp(call->no_memory)) {
        if (!call->failed)
            error_no_memory(&call->error);
        call->failed = true;
        return FH_EFAILED;
    }
    return function(&call->base);
}

static int run_call(struct call *call, plugin_function *function, const char *what,
                    const json_t *request, struct error *err)
{
    json_t *whole = complete_request(call->plugin, request);
    char *text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
    int result = 0;
    call->base.host = &call_host;
    call->request = whole;
    call->request_text = text;
    if (!text) {
        result = error_no_memory(err);
        goto out;
    }
    int32_t code = enter(call, function);
    if (!call->failed && code < 0)
        call_fail(call, code, NULL, "the %s function of the plugin %s/%s failed without a reason",
                  what, call->plugin->kind, call->plugin->name);
    if (call->failed) {
        error_move(err, &call->error);
        result = -1;
    }
out:
    free(text);
    json_decref(whole);
    arena_free(&call->arena);
    return result;
}

int plugin_run_check(const struct plugin *plugin, const struct fh_verb *verb, const json_t *request,
                     const json_t *secrets, const struct plugin_services *services,
                     struct plugin_check *check, struct error *err)
{
    memset(check, 0, sizeof *check);
    plugin_function *function = verb ? verb->check : plugin->entry.check;
    if (!function)
        return 0;
    struct call call = {.mode = CALL_CHECK,
                        .plugin = plugin,
                        .secrets = secrets,
                        .services = services,
                        .check = check};
    return run_call(&call, function, "check", request, err);
}

void plugin_check_clear(struct plugin_check *check)
{
    for (size_t i = 0; i < check->finding_count; i++) {
        free(check->findings[i].rule);
        free(check->findings[i].field);
        free(check->findings[i].message);
        free(check->findings[i].mend);
    }
    for (size_t i = 0; i < check->claim_count; i++) {
        free(check->claims[i].cidr);
        free(check->claims[i].owner);
    }
    free(check->findings);
    free(check->claims);
    json_decref(check->details);
    free(check->document_name);
    free(check->document);
    json_decref(check->learned);
    memset(check, 0, sizeof *check);
}

static bool holds_secret(const json_t *fields, const char *name, const char *reference)
{
    const char *value = json_string_value(json_object_get(fields, name));
    return value && strcmp(value, reference) == 0;
}

/* A secret that nobody was asked for would be missed only when the step is sent. */
static int check_secret(void *context, const struct reference *reference, struct error *err)
{
    const json_t *request = context;
    if (reference->step)
        return 0;
    char *name = strndup(reference->name, reference->name_length);
    char *whole = name ? text_format("${secret:%s}", name) : NULL;
    int result = 0;
    if (!whole)
        result = error_no_memory(err);
    else if (!holds_secret(fh_json_at(request, "/fields"), name, whole) &&
             !holds_secret(fh_json_at(request, "/verb/fields"), name, whole))
        result = error_set(err, ERROR_FAILED, NULL,
                           "%s stands for no secret field of this request: declare the field with "
                           "the type secret, and where it is optional plan without it",
                           whole);
    free(whole);
    free(name);
    return result;
}

static int check_secrets(const struct plan *plan, const json_t *request, struct error *err)
{
    for (size_t i = 0; i < plan->count; i++)
        if (step_each_reference(&plan->steps[i], check_secret, (void *)request, err) < 0)
            return error_prefix(err, "step \"%s\"", plan->steps[i].key);
    return 0;
}

/* A verb's steps join the subject's: what is there stays. */
static struct plan *plan_once(const struct plugin *plugin, const struct fh_verb *verb,
                              const json_t *request, struct error *err)
{
    struct call call = {.mode = CALL_PLAN, .plugin = plugin, .plan = plan_new()};
    const json_t *tags = json_object_get(request, "tags");
    if (!call.plan) {
        error_no_memory(err);
        return NULL;
    }
    struct call with_verb = call;
    if (run_call(&call, plugin->entry.plan, "plan", request, err) < 0 ||
        (verb && run_call(&with_verb, verb->plan, "plan", request, err) < 0) ||
        (tags && plan_set_tags(call.plan, tags, err) < 0) || plan_finish(call.plan, err) < 0 ||
        check_secrets(call.plan, request, err) < 0) {
        plan_free(call.plan);
        return NULL;
    }
    return call.plan;
}

static int compare_plans(const struct plugin *plugin, const struct plan *first,
                         const struct plan *second, struct error *err)
{
    json_t *a = plan_to_json(first), *b = plan_to_json(second);
    int result = 0;
    if (!a || !b)
        result = error_no_memory(err);
    else if (!json_equal(a, b)) {
        char *where = json_first_difference(a, b);
        result = error_set(err, ERROR_FAILED, NULL,
                           "the plugin %s/%s (%s) is broken: it planned twice and the plans differ "
                           "at %s. A plan must follow from the request alone: no clock, no chance, "
                           "no state from an earlier call",
                           plugin->kind, plugin->name, plugin->file, where ? where : "some place");
        free(where);
    }
    json_decref(a);
    json_decref(b);
    return result;
}

int plugin_run_plan(const struct plugin *plugin, const struct fh_verb *verb, const json_t *request,
                    struct plan **plan, struct error *err)
{
    *plan = NULL;
    if (!plugin->entry.plan || (verb && !verb->plan))
        return error_set(err, ERROR_FAILED, NULL, "the plugin %s/%s has no plan for this",
                         plugin->kind, plugin->name);
    struct plan *first = plan_once(plugin, verb, request, err);
    struct plan *second = first ? plan_once(plugin, verb, request, err) : NULL;
    int result = second ? compare_plans(plugin, first, second, err) : -1;
    plan_free(second);
    if (result < 0)
        plan_free(first);
    else
        *plan = first;
    return result;
}

int plugin_run_observe(const struct plugin *plugin, const json_t *request,
                       const struct plugin_services *services,
                       struct plugin_observation *observation, struct error *err)
{
    memset(observation, 0, sizeof *observation);
    observation->details = json_array();
    if (!observation->details)
        return error_no_memory(err);
    if (!plugin->entry.observe)
        return 0;
    struct call call = {
        .mode = CALL_OBSERVE, .plugin = plugin, .services = services, .observation = observation};
    return run_call(&call, plugin->entry.observe, "observe", request, err);
}

void plugin_observation_clear(struct plugin_observation *observation)
{
    free(observation->status);
    free(observation->label);
    free(observation->message);
    json_decref(observation->details);
    free(observation->due_verb);
    memset(observation, 0, sizeof *observation);
}

const struct fh_verb *plugin_verb(const struct plugin *plugin, const char *name)
{
    for (uint32_t i = 0; i < plugin->entry.verb_count; i++)
        if (strcmp(plugin->entry.verbs[i].name, name) == 0)
            return &plugin->entry.verbs[i];
    return NULL;
}
