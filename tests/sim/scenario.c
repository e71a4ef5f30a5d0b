/* SPDX-License-Identifier: Apache-2.0 */
/* Desired states by chance. */
#include "scenario.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FOREIGN_PATH SIM_GROUP "/providers/Sim.Foreign/things/hub"

static bool is_lasting_resource(const struct node *node)
{
    return node->kind == NODE_RESOURCE && !node->temporary && !node->container && !node->optional;
}

/* An earlier lasting resource, -1 if there is none. */
static int some_resource(const struct scenario *scenario, int before, uint64_t *chance)
{
    int start = before ? (int)(chance_next(chance) % (uint64_t)before) : 0;
    for (int i = 0; i < before; i++) {
        int at = (start + i) % before;
        if (is_lasting_resource(&scenario->nodes[at]) && scenario->nodes[at].part == 0)
            return at;
    }
    return -1;
}

static bool is_acted_upon(const struct scenario *scenario, int ref)
{
    for (int i = 0; i < scenario->count; i++)
        if (scenario->nodes[i].kind == NODE_ACTION && scenario->nodes[i].ref == ref)
            return true;
    return false;
}

static void make_node(struct scenario *scenario, int i, uint64_t *chance)
{
    struct node *node = &scenario->nodes[i];
    *node = (struct node){.present = true, .ref = -1, .rev = 1};
    int other = some_resource(scenario, i, chance);
    int roll = (int)(chance_next(chance) % 100);
    if (other >= 0 && roll < 8) {
        node->kind = NODE_WATCH;
    } else if (other >= 0 && roll < 16 && !is_acted_upon(scenario, other)) {
        node->kind = NODE_ACTION;
    } else if (roll < 19) {
        node->kind = NODE_FOREIGN_READ;
    } else {
        node->type = (int)(chance_next(chance) % 3);
        node->tagged = chance_of(chance, 700);
        node->swept = chance_of(chance, 400);
        node->temporary = chance_of(chance, 120);
        node->optional = !node->temporary && chance_of(chance, 60);
        node->until = chance_of(chance, 200);
        node->secret = chance_of(chance, 150);
        node->zone = chance_of(chance, 350) ? 1 + (int)(chance_next(chance) % ZONES) : 0;
        node->part = chance_of(chance, 150) ? 1 + (int)(chance_next(chance) % 2) : 0;
    }
    uint64_t aside = *chance; /* containers change no life that has none */
    node->container = is_lasting_resource(node) && chance_of(&aside, 80);
    if (other >= 0 && (node->kind != NODE_RESOURCE || chance_of(chance, 500)))
        node->ref = node->kind == NODE_FOREIGN_READ ? -1 : other;
    for (int a = 0; a < i; a++)
        if (!scenario->nodes[a].optional && chance_of(chance, 1500 / (i + 2)))
            node->after |= UINT64_C(1) << a;
    if (node->ref >= 0)
        node->after |= UINT64_C(1) << node->ref;
}

void scenario_make(struct scenario *scenario, uint64_t *chance)
{
    memset(scenario, 0, sizeof *scenario);
    int count = 1 + (int)(chance_next(chance) % (chance_of(chance, 30) ? 36 : 8));
    for (int i = 0; i < count; i++) {
        make_node(scenario, i, chance);
        scenario->count++;
    }
}

static bool is_referred_to(const struct scenario *scenario, int i)
{
    for (int k = i + 1; k < scenario->count; k++)
        if (scenario->nodes[k].present && scenario->nodes[k].ref == i)
            return true;
    return false;
}

void scenario_change(struct scenario *scenario, uint64_t *chance)
{
    scenario->changed = true;
    for (int i = scenario->count - 1; i >= 0; i--) {
        struct node *node = &scenario->nodes[i];
        if (chance_of(chance, 250) && node->kind != NODE_ACTION)
            node->rev++;
        if (chance_of(chance, 100) && node->kind == NODE_RESOURCE && !is_acted_upon(scenario, i))
            node->variant++;
        if (chance_of(chance, 150) && !is_referred_to(scenario, i))
            node->present = false;
    }
    if (chance_of(chance, 200))
        scenario->secret_rev++;
    for (int more = (int)(chance_next(chance) % 3); more > 0 && scenario->count < NODES_MOST;
         more--) {
        make_node(scenario, scenario->count, chance);
        scenario->count++;
    }
    for (int i = 0; i < scenario->count; i++)
        if (scenario->nodes[i].ref >= 0 && !scenario->nodes[scenario->nodes[i].ref].present)
            scenario->nodes[i].present = false;
    for (int i = 0; i < scenario->count; i++)
        for (int a = 0; a < i; a++)
            if (!scenario->nodes[a].present)
                scenario->nodes[i].after &= ~(UINT64_C(1) << a);
}

/* ---- plans ---- */

static char *path_of(const struct scenario *scenario, int i)
{
    const struct node *node = &scenario->nodes[i];
    return text_format(SIM_GROUP "/providers/Sim.T%d/things/n%02d-%d", node->type, i,
                       node->variant);
}

static json_t *body_of(const struct scenario *scenario, const struct node *node)
{
    json_t *properties = json_pack("{s:i}", "rev", node->rev);
    if (node->ref >= 0)
        json_object_set_new(properties, "ref", json_sprintf("${n%02d.id}", node->ref));
    if (node->secret)
        json_object_set_new(properties, "key", json_string("${secret:psk}"));
    json_t *body = json_pack("{s:o}", "properties", properties);
    if (node->zone)
        json_object_set_new(body, "zones", json_pack("[o]", json_sprintf("%d", node->zone)));
    return body;
}

static char *alternatives_of(const struct node *node)
{
    if (!node->zone)
        return NULL;
    return text_format("[{\"zones\":[\"%d\"]},{\"zones\":[\"%d\"]}]", node->zone % ZONES + 1,
                       (node->zone + 1) % ZONES + 1);
}

struct step_memory {
    char key[16];
    char keys[NODES_MOST][16];
    const char *after[NODES_MOST];
    struct fh_output output;
    char part[8];
    char *path, *body, *alternatives, *collection;
    char wanted[16];
};

static void fill_resource(struct fh_step *step, struct step_memory *memory,
                          const struct scenario *scenario, int i)
{
    const struct node *node = &scenario->nodes[i];
    json_t *body = body_of(scenario, node);
    memory->path = path_of(scenario, i);
    memory->body = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    memory->alternatives = alternatives_of(node);
    memory->collection = text_format(SIM_GROUP "/providers/Sim.T%d/things", node->type);
    memory->output = (struct fh_output){.name = "id", .pointer = "/id"};
    step->path = memory->path;
    step->body = memory->body;
    step->alternatives = memory->alternatives;
    step->collection = node->swept ? memory->collection : NULL;
    step->flags = (node->tagged ? FH_STEP_TAGS : 0) | (node->optional ? FH_STEP_OPTIONAL : 0);
    step->ownership = node->temporary ? FH_TEMPORARY : node->container ? FH_CONTAINER : FH_OWNED;
    step->outputs = &memory->output;
    step->output_count = 1;
    step->output_size = sizeof memory->output;
    if (node->until) {
        step->until_pointer = "/properties/ready";
        step->until_values = "yes";
    }
}

static void fill_other(struct fh_step *step, struct step_memory *memory, const struct node *node)
{
    if (node->kind == NODE_FOREIGN_READ) {
        step->method = "GET";
        step->path = FOREIGN_PATH;
        step->ownership = FH_FOREIGN;
        return;
    }
    step->method = node->kind == NODE_WATCH ? "GET" : "POST";
    memory->path = text_format("${n%02d.id}%s", node->ref, node->kind == NODE_WATCH ? "" : "/act");
    step->path = memory->path;
    if (node->kind == NODE_WATCH) {
        step->until_pointer = "/properties/ready";
        step->until_values = "yes|done";
        return;
    }
    memory->body = text_format("{\"rev\":%d}", node->rev);
    step->body = memory->body;
    step->flags = FH_STEP_ACTION;
    step->until_pointer = "/properties/acted";
    snprintf(memory->wanted, sizeof memory->wanted, "%d", node->rev);
    step->until_values = memory->wanted;
}

static int add_step(struct plan *plan, const struct scenario *scenario, int i, struct error *err)
{
    const struct node *node = &scenario->nodes[i];
    struct step_memory memory = {0};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = memory.key,
                           .api_version = "2024-01-01",
                           .after = memory.after};
    snprintf(memory.key, sizeof memory.key, "n%02d", i);
    for (int a = 0; a < i; a++)
        if (node->after >> a & 1) {
            snprintf(memory.keys[a], sizeof memory.keys[a], "n%02d", a);
            memory.after[step.after_count++] = memory.keys[a];
        }
    if (node->part) {
        snprintf(memory.part, sizeof memory.part, "part-%c", 'a' + node->part % 26);
        step.part = memory.part;
    }
    if (node->kind == NODE_RESOURCE)
        fill_resource(&step, &memory, scenario, i);
    else
        fill_other(&step, &memory, node);
    int result = plan_add(plan, &step, err);
    free(memory.path);
    free(memory.body);
    free(memory.alternatives);
    free(memory.collection);
    return result;
}

struct plan *scenario_plan(const struct scenario *scenario)
{
    struct error err = ERROR_INIT;
    struct plan *plan = plan_new();
    json_t *tags = json_pack("{s:s}", "flexhost", "sim");
    int result = plan_set_tags(plan, tags, &err);
    json_decref(tags);
    for (int i = 0; i < scenario->count && result == 0; i++)
        if (scenario->nodes[i].present)
            result = add_step(plan, scenario, i, &err);
    if (result == 0)
        result = plan_finish(plan, &err);
    if (result != 0) {
        fprintf(stderr, "simulate: the scenario is no plan: %s\n", error_text(&err));
        exit(2);
    }
    return plan;
}

int scenario_writes(const struct scenario *scenario)
{
    int writes = 0;
    for (int i = 0; i < scenario->count; i++)
        if (scenario->nodes[i].present && scenario->nodes[i].kind <= NODE_ACTION &&
            scenario->nodes[i].kind != NODE_WATCH)
            writes += scenario->nodes[i].temporary || scenario->nodes[i].container ? 2 : 1;
    return writes;
}

/* ---- what must hold ---- */

enum keeping { KEEPING_NO, KEEPING_PERHAPS, KEEPING_YES };

/* Whether a container stays: something that lasts comes after it, directly or not. What is optional
 * may be there or not. */
static enum keeping keeping_of(const struct scenario *scenario, int container)
{
    uint64_t above = UINT64_C(1) << container;
    enum keeping keeping = KEEPING_NO;
    for (int i = container + 1; i < scenario->count; i++) {
        const struct node *node = &scenario->nodes[i];
        if (!node->present || !(node->after & above))
            continue;
        above |= UINT64_C(1) << i;
        if (is_lasting_resource(node))
            keeping = KEEPING_YES;
        else if (node->kind == NODE_RESOURCE && node->optional && keeping == KEEPING_NO)
            keeping = KEEPING_PERHAPS;
    }
    return keeping;
}

/* An optional step that failed may still use what the plan has left behind; that waits then. */
static bool may_leave_behind(const struct scenario *scenario)
{
    for (int i = 0; i < scenario->count; i++)
        if (scenario->nodes[i].present && scenario->nodes[i].optional)
            return true;
    return false;
}

static void check_resource(const struct scenario *scenario, int i, struct sim *sim)
{
    const struct node *node = &scenario->nodes[i];
    char *path = path_of(scenario, i);
    const struct resource *resource = azure_find(sim, path);
    const json_t *properties = resource ? json_object_get(resource->body, "properties") : NULL;
    enum keeping keeping = node->container ? keeping_of(scenario, i) : KEEPING_YES;
    if (!resource && (node->optional || keeping != KEEPING_YES)) {
        free(path);
        return;
    }
    if (keeping == KEEPING_NO && !scenario->changed && !may_leave_behind(scenario))
        sim_violation(sim, "%s is there although it contains nothing", path);
    if (!resource)
        sim_violation(sim, "%s is not there although the plan was applied", path);
    else if (!node->optional && resource->state != RESOURCE_SUCCEEDED)
        sim_violation(sim, "%s is in state %d although the plan was applied", path,
                      resource->state);
    else if (json_integer_value(json_object_get(properties, "rev")) != node->rev && !node->optional)
        sim_violation(sim, "%s has not the body that the plan wants", path);
    if (resource && node->secret && !node->optional) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "s3cret-%d", scenario->secret_rev);
        const char *key = json_string_value(json_object_get(properties, "key"));
        if (!key || strcmp(key, wanted) != 0)
            sim_violation(sim, "%s has an old secret", path);
    }
    if (resource && node->ref >= 0 && !node->optional) {
        char *wanted = path_of(scenario, node->ref);
        const char *ref = json_string_value(json_object_get(properties, "ref"));
        if (!ref || strcasecmp(ref, wanted) != 0)
            sim_violation(sim, "%s refers to %s, not to %s", path, ref ? ref : "", wanted);
        free(wanted);
    }
    free(path);
}

static bool is_wanted(const struct scenario *scenario, const char *path)
{
    for (int i = 0; i < scenario->count; i++) {
        const struct node *node = &scenario->nodes[i];
        if (!node->present || node->kind != NODE_RESOURCE || node->temporary)
            continue;
        char *wanted = path_of(scenario, i);
        bool equal = strcasecmp(wanted, path) == 0;
        free(wanted);
        if (equal)
            return true;
    }
    return false;
}

void scenario_check(const struct scenario *scenario, struct sim *sim)
{
    for (int i = 0; i < scenario->count; i++)
        if (scenario->nodes[i].present && scenario->nodes[i].kind == NODE_RESOURCE &&
            !scenario->nodes[i].temporary)
            check_resource(scenario, i, sim);
    for (size_t i = 0; i < sim->resource_count; i++) {
        const struct resource *resource = &sim->resources[i];
        if (!resource->gone && !resource->foreign && !is_wanted(scenario, resource->path) &&
            !may_leave_behind(scenario))
            sim_violation(sim, "%s is there although nothing wants it", resource->path);
    }
    for (int i = 0; i < scenario->count; i++) {
        const struct node *node = &scenario->nodes[i];
        if (!node->present || node->kind != NODE_ACTION)
            continue;
        char *path = path_of(scenario, node->ref);
        char *key = text_format("%s %d", path, node->rev);
        if (json_integer_value(json_object_get(sim->actions, key)) != 1)
            sim_violation(sim, "the action on %s was not carried out once", key);
        free(key);
        free(path);
    }
}

struct journal_check {
    struct sim *sim;
    json_t *paths;
};

static bool check_row(void *context, const struct journal_step *row)
{
    struct journal_check *check = context;
    json_object_set_new(check->paths, row->path, json_true());
    if (strcmp(row->method, "PUT") == 0 && strcmp(row->state, "done") == 0 &&
        !azure_find(check->sim, row->path))
        sim_violation(check->sim, "the journal says that %s is done, but it is not there",
                      row->path);
    return true;
}

void scenario_check_journal(struct sim *sim)
{
    const struct journal_filter filter = {.subject_id = sim->subject};
    struct journal_check check = {.sim = sim, .paths = json_object()};
    sim->store->ops->journal_each(sim->store, &filter, check_row, &check, NULL);
    for (size_t i = 0; i < sim->resource_count; i++) {
        const struct resource *resource = &sim->resources[i];
        if (!resource->gone && !resource->foreign && !json_object_get(check.paths, resource->path))
            sim_violation(sim, "%s is there and the journal does not know it", resource->path);
    }
    json_decref(check.paths);
}

static bool any_row(void *context, const struct journal_step *row)
{
    sim_violation(context, "the journal still has %s", row->key);
    return true;
}

void scenario_check_gone(struct sim *sim)
{
    for (size_t i = 0; i < sim->resource_count; i++)
        if (!sim->resources[i].gone && !sim->resources[i].foreign)
            sim_violation(sim, "%s is left after the deletion", sim->resources[i].path);
    if (!azure_find(sim, FOREIGN_PATH))
        sim_violation(sim, "what is foreign is gone");
    const struct journal_filter filter = {.subject_id = sim->subject};
    sim->store->ops->journal_each(sim->store, &filter, any_row, sim, NULL);
}
