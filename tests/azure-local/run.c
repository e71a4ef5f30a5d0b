/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions and run commands of a machine. */
#include "compute.h"

#include "blob.h"
#include "script.h"
#include "text.h"
#include "world.h"

#include <string.h>

enum { MOST_SHOWN = 4096 };

static int machine_runs(struct exchange *x)
{
    struct resource *machine = store_find(x->sim, x->path.parent_key);

    if (strcmp(vm_power(machine), "running") == 0)
        return 0;
    return refuse(x, 409, "OperationNotAllowed",
                  "Cannot modify extensions in the VM when the VM is not running.");
}

int extension_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    static const char *const wants[] = {"publisher", "type", "typeHandlerVersion"};

    if (machine_runs(x))
        return -1;
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        if (!json_is_string(json_object_get(dig(wanted, "properties"), wants[i])))
            return refuse(x, 400, "InvalidParameter", "Required parameter '%s' is missing (null).",
                          wants[i]);
    json_object_del(dig(wanted, "properties"), "protectedSettings");
    json_object_del(dig(wanted, "properties"), "instanceView");
    plant_default(wanted, "properties.autoUpgradeMinorVersion", json_false());
    return 0;
}

int run_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *script = dig_text(wanted, "properties.source.script");

    if (machine_runs(x))
        return -1;
    if (!script && !dig(wanted, "properties.source.scriptUri") &&
        !dig(wanted, "properties.source.commandId"))
        return refuse(x, 400, "InvalidParameter", "Required parameter 'source' is missing (null).");
    json_object_del(dig(wanted, "properties"), "protectedParameters");
    json_object_del(dig(wanted, "properties"), "runAsPassword");
    json_object_del(dig(wanted, "properties"), "instanceView");
    plant_default(wanted, "properties.asyncExecution", json_false());
    plant_default(wanted, "properties.timeoutInSeconds", json_integer(0));
    plant_default(wanted, "properties.treatFailureAsDeploymentFailure", json_false());
    return 0;
}

static char *output_of(struct pool *pool, const struct resource *run)
{
    const char *script = dig_text(run->body, "properties.source.script");
    size_t lines = 1;

    for (const char *at = script ? script : ""; *at; at++)
        lines += *at == '\n';
    return pool_print(pool,
                      "azure-local: this is a simulation; the script was not run.\n"
                      "machine: %s\nrun command: %s\nscript: %zu lines, %zu bytes\n",
                      run->parent->name, run->name, lines, script ? strlen(script) : 0);
}

/* What a client sees of an output: its end. */
static const char *last_of(const char *text)
{
    size_t length = strlen(text);

    return length > MOST_SHOWN ? text + length - MOST_SHOWN : text;
}

static void keep_end(struct sim *sim, struct resource *run, const char *state, int code,
                     const char *output, const char *error)
{
    json_t *value = json_string(last_of(output));

    json_object_set_new(run->facts, "state", json_string(state));
    json_object_set_new(run->facts, "exit", json_integer(code));
    json_object_set_new(run->facts, "output", value ? value : json_string("(not UTF-8)"));
    json_object_set_new(run->facts, "error", json_string(last_of(error)));
    json_object_set_new(run->facts, "end", json_integer(clock_calendar(&sim->clock)));
    if (strcmp(state, "Succeeded") != 0 &&
        json_is_true(dig(run->body, "properties.treatFailureAsDeploymentFailure")))
        set_state(run, "Failed");
}

static void finish_script(struct sim *sim, struct resource *run)
{
    const char *url = dig_text(run->body, "properties.outputBlobUri");
    const char *error_url = dig_text(run->body, "properties.errorBlobUri");
    struct pool pool = {0};
    struct script_end end = {.output = NULL};
    char why[200] = "";
    bool failed;

    if (!script_take(sim, &pool, run, &end) && !script_answer(sim, &pool, run, &end)) {
        end.output = output_of(&pool, run);
        end.error = "";
    }
    failed = (url && blob_append_by_url(sim, url, end.output, why, sizeof why)) ||
             (error_url && blob_append_by_url(sim, error_url, end.error, why, sizeof why));
    if (failed)
        keep_end(sim, run, "Failed", -1, "", why);
    else
        keep_end(sim, run,
                 end.timed_out   ? "TimedOut"
                 : end.exit_code ? "Failed"
                                 : "Succeeded",
                 end.exit_code, end.output, end.error);
    pool_empty(&pool);
}

/* The agent keeps on the disk what it has run, by name. Made of an image, a machine counts from 1
 * again, and takes what has a name of before for what it has run already. */
static bool ran_before(const struct resource *run)
{
    return json_object_get(json_object_get(run->parent->facts, "ranBefore"), run->name);
}

static void note_run(struct resource *run)
{
    json_t *ran = json_object_get(run->parent->facts, "ran");

    if (!ran) {
        ran = json_object();
        json_object_set_new(run->parent->facts, "ran", ran);
    }
    json_object_set_new(ran, run->name, json_true());
}

void run_keep(struct resource *to, const struct resource *from, bool machine)
{
    json_t *ran = from ? json_object_get(from->facts, "ran") : NULL;

    if (!ran)
        return;
    json_object_set_new(to->facts, "ran", json_deep_copy(ran));
    if (machine)
        json_object_set_new(to->facts, "ranBefore", json_deep_copy(ran));
}

void run_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    if (ran_before(resource))
        return;
    note_run(resource);
    script_begin(x->sim, resource, asked);
}

/* An operation that waits for its script lasts as long as that does. */
bool run_unready(struct sim *sim, struct resource *resource)
{
    return !json_is_true(dig(resource->body, "properties.asyncExecution")) &&
           script_running(sim, resource);
}

void run_gone(struct sim *sim, struct resource *resource)
{
    script_drop(sim, resource);
}

struct waiting {
    struct sim *sim;
    char key[];
};

static void script_start(struct sim *sim, struct resource *run, int64_t seconds);

static void script_due(void *subject)
{
    struct waiting *waiting = subject;
    struct resource *run = store_find(waiting->sim, waiting->key);

    if (!run || !same_text(dig_text(run->facts, "state"), "Running"))
        return;
    if (script_running(waiting->sim, run))
        script_start(waiting->sim, run, 1);
    else
        finish_script(waiting->sim, run);
}

static void script_start(struct sim *sim, struct resource *run, int64_t seconds)
{
    size_t size = strlen(run->key) + 1;
    struct waiting *waiting = must_alloc(sizeof *waiting + size);

    waiting->sim = sim;
    memcpy(waiting->key, run->key, size);
    clock_at_own(&sim->clock, clock_azure(&sim->clock) + seconds * 1000, script_due, waiting);
}

/* Without asyncExecution the operation lasts as long as the script. */
void run_settled(struct sim *sim, struct resource *resource)
{
    int64_t seconds =
        sim->world->run_seconds ? sim->world->run_seconds : draw(sim, resource->key, 5, 20);

    if (ran_before(resource))
        return;
    json_object_set_new(resource->facts, "start", json_integer(clock_calendar(&sim->clock)));
    json_object_set_new(resource->facts, "state", json_string("Running"));
    if (json_is_true(dig(resource->body, "properties.asyncExecution")))
        script_start(sim, resource, seconds);
    else
        finish_script(sim, resource);
}

void run_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const char *expand = query(x, "$expand");
    const char *state = dig_text(resource->facts, "state");
    json_t *end = json_object_get(resource->facts, "end");
    json_t *start = json_object_get(resource->facts, "start");
    json_t *view;

    if (!expand || !strstr(expand, "instanceView"))
        return;
    view = json_pack(
        "{s:s,s:s,s:s,s:s,s:I,s:[]}", "executionState", state ? state : "Pending",
        "executionMessage", "", "output",
        dig_text(resource->facts, "output") ? dig_text(resource->facts, "output") : "", "error",
        dig_text(resource->facts, "error") ? dig_text(resource->facts, "error") : "", "exitCode",
        json_integer_value(json_object_get(resource->facts, "exit")), "statuses");
    if (start)
        json_object_set_new(view, "startTime",
                            json_string(iso_time(&x->pool, json_integer_value(start))));
    if (end)
        json_object_set_new(view, "endTime",
                            json_string(iso_time(&x->pool, json_integer_value(end))));
    plant(answer, "properties.instanceView", view);
}
