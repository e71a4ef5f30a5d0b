/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin tells the host: findings, claims, steps, exports, status, details. */
#include "plugin/call_private.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ANSWERS = 10000, MOST_STEPS = 100000, MOST_ELEMENTS = 10000 };

static char *copy_of(const char *text)
{
    return text ? strdup(text) : NULL;
}

static int32_t too_many(struct call *call, const char *function, int most)
{
    return call_fail(call, FH_EFAILED, NULL, "the plugin called %s more than %d times", function,
                     most);
}

int32_t call_refused(struct fh_call *base)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_CHECK, "fh_refused"))
        return 0;
    for (size_t i = 0; i < call->check->finding_count; i++)
        if (call->check->findings[i].severity == FH_FAIL)
            return 1;
    return 0;
}

int32_t call_finding(struct fh_call *base, int32_t severity, const char *rule, const char *field,
                     const char *message, const char *mend)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_CHECK, "fh_finding") || !call_text_fine(call, "fh_finding", rule) ||
        !call_text_fine(call, "fh_finding", field) ||
        !call_text_fine(call, "fh_finding", message) || !call_text_fine(call, "fh_finding", mend))
        return FH_EFAILED;
    if (!rule || !message || severity < FH_PASS || severity > FH_FAIL)
        return call_fail(call, FH_EFAILED, NULL,
                         "fh_finding needs a severity of this ABI, a rule and a message");
    struct plugin_check *check = call->check;
    if (check->finding_count >= MOST_ANSWERS)
        return too_many(call, "fh_finding", MOST_ANSWERS);
    struct finding *grown =
        realloc(check->findings, (check->finding_count + 1) * sizeof *check->findings);
    if (!grown)
        longjmp(call->no_memory, 1);
    check->findings = grown;
    grown[check->finding_count++] =
        (struct finding){severity, copy_of(rule), copy_of(field), copy_of(message), copy_of(mend)};
    return FH_OK;
}

int32_t call_claim(struct fh_call *base, const char *cidr, const char *owner)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_CHECK, "fh_claim") || !call_text_fine(call, "fh_claim", cidr) ||
        !call_text_fine(call, "fh_claim", owner))
        return FH_EFAILED;
    if (!cidr || !owner)
        return call_fail(call, FH_EFAILED, NULL, "fh_claim needs a range and its owner");
    struct plugin_check *check = call->check;
    if (check->claim_count >= MOST_ANSWERS)
        return too_many(call, "fh_claim", MOST_ANSWERS);
    struct claim *grown = realloc(check->claims, (check->claim_count + 1) * sizeof *check->claims);
    if (!grown)
        longjmp(call->no_memory, 1);
    check->claims = grown;
    grown[check->claim_count++] = (struct claim){copy_of(cidr), copy_of(owner)};
    return FH_OK;
}

static bool step_texts_fine(struct call *call, const struct fh_step *step)
{
    const char *const texts[] = {
        step->key,           step->title,          step->method,          step->path,
        step->api_version,   step->body,           step->credential,      step->part,
        step->failed_status, step->alternatives,   step->collection,      step->until_pointer,
        step->until_values,  step->until_failures, step->undo_method,     step->undo_path,
        step->undo_body,     step->artifact,       step->until_url_query, step->list_path,
        step->source,        step->source_etag,    step->service,         step->shared_list};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!call_text_fine(call, "fh_step", texts[i]))
            return false;
    return true;
}

static bool list_fine(struct call *call, const char *what, const char *const *list, uint32_t count)
{
    bool fine = count <= MOST_ELEMENTS && (list || !count);
    for (uint32_t i = 0; fine && i < count; i++)
        fine = list[i] != NULL;
    if (!fine) {
        call_fail(call, FH_EFAILED, NULL, "a step's %s and %s_count do not belong together", what,
                  what);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!call_text_fine(call, "fh_step", list[i]))
            return false;
    return true;
}

static bool outputs_fine(struct call *call, const struct fh_step *step)
{
    size_t size = step->output_size;
    if (step->output_count > MOST_ELEMENTS ||
        (step->output_count && (!step->outputs || size < sizeof(struct fh_output)))) {
        call_fail(call, FH_EFAILED, NULL,
                  "a step's outputs, output_count and output_size do not belong together");
        return false;
    }
    for (uint32_t i = 0; i < step->output_count; i++) {
        const struct fh_output *output =
            (const void *)((const char *)step->outputs + (size_t)i * size);
        if (!call_text_fine(call, "fh_step", output->name) ||
            !call_text_fine(call, "fh_step", output->pointer))
            return false;
    }
    return true;
}

int32_t call_step(struct fh_call *base, const struct fh_step *step)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    if (!call_allows(call, CALL_PLAN, "fh_step"))
        return FH_EFAILED;
    if (!step || step->struct_size < offsetof(struct fh_step, until_url_query))
        return call_fail(call, FH_EFAILED, NULL,
                         "a step has no size: set struct_size to sizeof(struct fh_step)");
    if (call->steps++ >= MOST_STEPS)
        return too_many(call, "fh_step", MOST_STEPS);
    struct fh_step known;
    memset(&known, 0, sizeof known);
    memcpy(&known, step, step->struct_size < sizeof known ? step->struct_size : sizeof known);
    known.struct_size = sizeof known;
    if (!step_texts_fine(call, &known) ||
        !list_fine(call, "after", known.after, known.after_count) ||
        !list_fine(call, "auxiliary", known.auxiliary, known.auxiliary_count) ||
        !outputs_fine(call, &known))
        return FH_EFAILED;
    return plan_add(call->plan, &known, &err) < 0 ? call_fail_with(call, &err) : FH_OK;
}

int32_t call_export(struct fh_call *base, const char *name, const char *value)
{
    struct call *call = (struct call *)base;
    struct error err = ERROR_INIT;
    if (!call_allows(call, CALL_PLAN, "fh_export") || !call_text_fine(call, "fh_export", name) ||
        !call_text_fine(call, "fh_export", value))
        return FH_EFAILED;
    if (!name || !*name || !value)
        return call_fail(call, FH_EFAILED, NULL, "fh_export needs a name and a value");
    return plan_export(call->plan, name, value, &err) < 0 ? call_fail_with(call, &err) : FH_OK;
}

int32_t call_status(struct fh_call *base, const char *status, const char *label,
                    const char *message)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_OBSERVE, "fh_status") ||
        !call_text_fine(call, "fh_status", status) || !call_text_fine(call, "fh_status", label) ||
        !call_text_fine(call, "fh_status", message))
        return FH_EFAILED;
    if (!status || !*status)
        return call_fail(call, FH_EFAILED, NULL, "fh_status needs a status");
    struct plugin_observation *seen = call->observation;
    free(seen->status);
    free(seen->label);
    free(seen->message);
    seen->status = strdup(status);
    seen->label = strdup(label ? label : status);
    seen->message = copy_of(message);
    if (!seen->status || !seen->label)
        longjmp(call->no_memory, 1);
    return FH_OK;
}

/* Objects and arrays come as JSON text; all else is a text for people. */
static json_t *detail_value(const char *value)
{
    json_t *json = *value == '{' || *value == '[' ? json_loads(value, 0, NULL) : NULL;
    return json ? json : json_string(value);
}

int32_t call_detail(struct fh_call *base, const char *name, const char *label, const char *value)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_OBSERVE | CALL_CHECK, "fh_detail") ||
        !call_text_fine(call, "fh_detail", name) || !call_text_fine(call, "fh_detail", label) ||
        !call_text_fine(call, "fh_detail", value))
        return FH_EFAILED;
    if (!name || !*name)
        return call_fail(call, FH_EFAILED, NULL, "fh_detail needs a name%s%s: give it one",
                         label ? " for the detail labelled " : "", label ? label : "");
    if (!value) /* an optional field that is not given */
        return FH_OK;
    json_t **details =
        call->mode == CALL_CHECK ? &call->check->details : &call->observation->details;
    if (!*details)
        *details = json_array();
    if (json_array_size(*details) >= MOST_ANSWERS)
        return too_many(call, "fh_detail", MOST_ANSWERS);
    json_t *line = json_pack("{s:s, s:s, s:o}", "name", name, "label", label ? label : name,
                             "value", detail_value(value));
    if (!line || json_array_append_new(*details, line) < 0)
        longjmp(call->no_memory, 1);
    return FH_OK;
}

/* A secret by reference stays one: what is learned goes into the store as it is. */
int32_t call_learn(struct fh_call *base, const char *name, const char *value)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_CHECK, "fh_learn") || !call_text_fine(call, "fh_learn", name) ||
        !call_text_fine(call, "fh_learn", value))
        return FH_EFAILED;
    if (!name || !*name || !value)
        return call_fail(call, FH_EFAILED, NULL, "fh_learn needs a name and a value");
    struct plugin_check *check = call->check;
    if (!check->learned)
        check->learned = json_object();
    if (json_object_size(check->learned) >= MOST_ANSWERS)
        return too_many(call, "fh_learn", MOST_ANSWERS);
    if (json_object_set_new(check->learned, name, detail_value(value)) < 0)
        longjmp(call->no_memory, 1);
    return FH_OK;
}

int32_t call_due(struct fh_call *base, const char *verb, uint32_t seconds)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_OBSERVE, "fh_due"))
        return FH_EFAILED;
    const struct fh_verb *known = verb ? plugin_verb(call->plugin, verb) : NULL;
    if (!known || !known->plan)
        return call_fail(call, FH_EFAILED, NULL,
                         "fh_due needs a verb that the plugin declares and that changes something");
    free(call->observation->due_verb);
    call->observation->due_verb = strdup(verb);
    call->observation->due_seconds = seconds;
    return FH_OK;
}

int32_t call_document(struct fh_call *base, const char *name, const char *text)
{
    struct call *call = (struct call *)base;
    if (!call_allows(call, CALL_CHECK, "fh_document") ||
        !call_text_fine(call, "fh_document", name) || !call_text_fine(call, "fh_document", text))
        return FH_EFAILED;
    if (!name || !*name || !text)
        return call_fail(call, FH_EFAILED, NULL, "fh_document needs a name and a text");
    struct plugin_check *check = call->check;
    if (check->document)
        return call_fail(call, FH_EFAILED, NULL, "fh_document is called twice: one text a call");
    check->document_name = strdup(name);
    check->document = strdup(text);
    if (!check->document_name || !check->document)
        longjmp(call->no_memory, 1);
    return FH_OK;
}
