/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the step that a plugin gave, and refuses one that cannot be right. */
#include "plan/step.h"

#include "base/json_text.h"
#include "plan/binding.h"
#include "plan/pointer.h"

#include <string.h>
#include <strings.h>

enum { KEY_MAX = 200, AUXILIARY_MAX = 3, LIST_MAX = 100000 };

static const char *const method_names[] = {"PUT", "POST",  "PATCH", "DELETE",
                                           "GET", "FETCH", "COPY"};

const char *step_method_name(enum method method)
{
    return method_names[method];
}

static int refuse(const struct plan_step *step, const char *member, const char *value,
                  const char *rule, struct error *err)
{
    return error_set(err, ERROR_FAILED, NULL, "step \"%s\": %s %s%s%.80s%s",
                     step->key ? step->key : "", member, rule, value ? "; it is \"" : "",
                     value ? value : "", value ? "\"" : "");
}

/* A copy in the arena; NULL stays NULL. */
static int copy_text(struct arena *arena, const char **to, const char *from, struct error *err)
{
    *to = NULL;
    if (from && !(*to = arena_copy(arena, from)))
        return error_no_memory(err);
    return 0;
}

static int copy_list(struct arena *arena, const char ***to, size_t *to_count,
                     const char *const *from, uint32_t count, struct error *err)
{
    *to_count = 0;
    if (!count)
        return 0;
    *to = arena_alloc(arena, count * sizeof **to);
    if (!*to)
        return error_no_memory(err);
    for (uint32_t i = 0; i < count; i++)
        if (copy_text(arena, &(*to)[i], from[i], err) != 0)
            return -1;
    *to_count = count;
    return 0;
}

/* The tags that the host gives, over those of the plugin. */
static int merge_tags(json_t *body, const json_t *given)
{
    json_t *tags = json_object_get(body, "tags");
    if (!json_is_object(tags)) {
        tags = json_object();
        if (json_object_set_new(body, "tags", tags) != 0)
            return -1;
    }
    return json_object_update(tags, (json_t *)given);
}

static bool all_objects(const json_t *array)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)array, i, item) if (!json_is_object(item)) return false;
    return true;
}

/* As the plan keeps it: canonical text, so that equal bodies give equal digests. tags NULL: none
 * are added. */
static int keep_json(const struct plan_step *step, struct arena *arena, const char *member,
                     const json_t *tags, const char **to, json_t *json, struct error *err)
{
    if (tags && merge_tags(json, tags) != 0)
        return error_no_memory(err);
    if (binding_scan_json(json, NULL, NULL, err) != 0)
        return error_prefix(err, "step \"%s\": %s", step->key, member);
    struct text text = {0};
    json_text_add(&text, json, true);
    int result = text.failed ? error_no_memory(err) : copy_text(arena, to, text_get(&text), err);
    text_free(&text);
    return result;
}

/* The same of what comes as text. */
static int copy_json(const struct plan_step *step, struct arena *arena, const char *member,
                     json_type type, const json_t *tags, const char **to, const char *from,
                     struct error *err)
{
    *to = NULL;
    if (!from)
        return 0;
    json_error_t why;
    json_t *json = json_loads(from, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        return refuse(step, member, why.text, "must be JSON", err);
    int result;
    if (json_typeof(json) != type)
        result = refuse(step, member, from,
                        type == JSON_ARRAY ? "must be a JSON array" : "must be a JSON object", err);
    else if (type == JSON_ARRAY && !all_objects(json))
        result = refuse(step, member, from, "must be a JSON array of objects", err);
    else
        result = keep_json(step, arena, member, tags, to, json, err);
    json_decref(json);
    return result;
}

static int copy_outputs(struct plan_step *step, const struct fh_step *given, struct arena *arena,
                        struct error *err)
{
    if (!given->output_count)
        return 0;
    if (!given->outputs || given->output_size < offsetof(struct fh_output, reserved))
        return refuse(step, "outputs", NULL, "must come with output_size set", err);
    step->outputs = arena_alloc(arena, given->output_count * sizeof *step->outputs);
    if (!step->outputs)
        return error_no_memory(err);
    for (uint32_t i = 0; i < given->output_count; i++) {
        const struct fh_output *output =
            (const void *)((const char *)given->outputs + (size_t)i * given->output_size);
        if (!output->name || !binding_is_name(output->name))
            return refuse(step, "an output's name", output->name,
                          "must be letters, digits, '_' or '-'", err);
        if (strcmp(output->name, "alternative") == 0)
            return refuse(step, "an output's name", output->name, "is the host's own", err);
        if (!output->pointer || (*output->pointer && *output->pointer != '/'))
            return refuse(step, "an output's pointer", output->pointer,
                          "must be a JSON pointer such as \"/properties/id\"", err);
        struct plan_output *copy = &step->outputs[step->output_count++];
        copy->secret = output->flags & FH_OUTPUT_SECRET;
        if (copy_text(arena, &copy->name, output->name, err) != 0 ||
            copy_text(arena, &copy->pointer, output->pointer, err) != 0)
            return -1;
    }
    return 0;
}

static int copy_method(struct plan_step *step, const char *name, struct error *err)
{
    if (!name)
        return 0;
    for (size_t i = 0; i < sizeof method_names / sizeof *method_names; i++)
        if (strcmp(name, method_names[i]) == 0) {
            step->method = (enum method)i;
            return 0;
        }
    return refuse(step, "method", name, "must be PUT, POST, PATCH, DELETE, GET, FETCH or COPY",
                  err);
}

static int check_key(const struct plan_step *step, struct error *err)
{
    static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-";
    const char *key = step->key;
    if (!key)
        return error_set(err, ERROR_FAILED, NULL, "a step has no key");
    if (strspn(key, rest) != strlen(key) || !*key || strchr("/._-", *key) || strlen(key) > KEY_MAX)
        return refuse(step, "key", key,
                      "must be [A-Za-z0-9][A-Za-z0-9/._-]* of at most 200 characters", err);
    return 0;
}

bool step_path_is_sound(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("\\#\"<>^`", *c))
            return false;
    return !strstr(text, "/../") && !strstr(text, "/./");
}

static bool may_be_arm_path(const char *path)
{
    return (*path == '/' || strncmp(path, "${", 2) == 0) && step_path_is_sound(path);
}

static int check_path(const struct plan_step *step, const char *member, const char *path,
                      struct error *err)
{
    if (binding_scan_text(path, NULL, NULL, err) != 0)
        return error_prefix(err, "step \"%s\": %s", step->key, member);
    if (!may_be_arm_path(path))
        return refuse(step, member, path,
                      "must be an ARM path that begins with '/', without blanks or '..'", err);
    return 0;
}

bool step_has_url(const struct plan_step *step)
{
    return step->method == METHOD_FETCH || step->method == METHOD_COPY;
}

/* It may be a secret, and then nothing more is known of it. */
static int check_url(const struct plan_step *step, const char *member, const char *url,
                     struct error *err)
{
    if (!url)
        return refuse(step, member, NULL, "is missing", err);
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0 &&
        strncmp(url, "${", 2) != 0)
        return refuse(step, member, NULL, "must be an absolute URL for FETCH and COPY", err);
    if (binding_scan_text(url, NULL, NULL, err) != 0)
        return error_prefix(err, "step \"%s\": %s", step->key, member);
    return 0;
}

static int check_source(const struct plan_step *step, struct error *err)
{
    if (step->method == METHOD_COPY)
        return check_url(step, "source", step->source, err);
    if (step->source || step->source_etag)
        return refuse(step, "source", NULL, "and source_etag are for COPY only", err);
    return 0;
}

static int copy_service(struct plan_step *step, const char *service, struct error *err)
{
    step->vault = service && strcmp(service, "key-vault") == 0;
    if (service && !step->vault)
        return refuse(step, "service", service, "must be \"key-vault\" or absent", err);
    return 0;
}

/* The vault itself says where it is. */
static int check_vault(const struct plan_step *step, struct error *err)
{
    static const char secret[] = "${secret:";
    if (!step->vault)
        return 0;
    if (strncmp(step->path, "${", 2) != 0 || strncmp(step->path, secret, sizeof secret - 1) == 0)
        return refuse(step, "path", step->path,
                      "of a step at a vault must begin with the vault's URI, an output such as "
                      "${vault.uri}",
                      err);
    if (step_has_url(step) || step->collection || step->list_path || step->auxiliary_count)
        return refuse(step, "service", "key-vault",
                      "is for single requests, without collection, list_path and auxiliary", err);
    return 0;
}

static int check_target(const struct plan_step *step, struct error *err)
{
    if (!step->path)
        return refuse(step, "path", NULL, "is missing", err);
    if (check_vault(step, err) != 0)
        return -1;
    if (step_has_url(step) && check_url(step, "path", step->path, err) != 0)
        return -1;
    if (step->method == METHOD_COPY)
        return 0;
    if (step->method == METHOD_FETCH) {
        if (!step->artifact || !*step->artifact || *step->artifact == '.' ||
            strpbrk(step->artifact, "/\\\n") || strlen(step->artifact) > 100)
            return refuse(step, "artifact", step->artifact, "must be a plain file name for FETCH",
                          err);
        return 0;
    }
    if (check_path(step, "path", step->path, err) != 0)
        return -1;
    if (step->artifact)
        return refuse(step, "artifact", step->artifact, "is for FETCH only", err);
    if (!step->api_version || !*step->api_version || strpbrk(step->api_version, "&?# \"/"))
        return refuse(step, "api_version", step->api_version, "must be like \"2024-01-01\"", err);
    if (step->collection && check_path(step, "collection", step->collection, err) != 0)
        return -1;
    if (step->list_path && (*step->list_path != '/' || !step_path_is_sound(step->list_path)))
        return refuse(step, "list_path", step->list_path,
                      "must be an ARM path that begins with '/', without references", err);
    return 0;
}

static int check_body(const struct plan_step *step, struct error *err)
{
    bool carries =
        step->method == METHOD_PUT || step->method == METHOD_POST || step->method == METHOD_PATCH;
    if (step->body && !carries)
        return refuse(step, "body", NULL, "is for PUT, POST and PATCH only", err);
    if (!step->body && step->method == METHOD_PUT)
        return refuse(step, "body", NULL, "is missing: a PUT says what there shall be", err);
    if ((step->flags & FH_STEP_TAGS) && step->method != METHOD_PUT)
        return refuse(step, "flags", NULL, "FH_STEP_TAGS is for PUT only", err);
    if (step->alternatives && step->method != METHOD_PUT)
        return refuse(step, "alternatives", NULL, "are for PUT only", err);
    return 0;
}

bool step_is_of_others(const json_t *element)
{
    const char *name = json_string_value(json_object_get(element, "name"));
    return name && strncmp(name, "fh-", 3) == 0;
}

static int check_shared_list(const struct plan_step *step, struct error *err)
{
    if (!step->shared_list)
        return 0;
    if (step->method != METHOD_PUT || step->vault)
        return refuse(step, "shared_list", NULL, "is for PUT of a resource only", err);
    json_t *body = json_loads(step->body, 0, NULL), *element;
    const json_t *list = pointer_get(body, step->shared_list);
    int result = json_is_array(list) ? 0
                                     : refuse(step, "shared_list", step->shared_list,
                                              "must point to a list in the body", err);
    size_t i;
    json_array_foreach((json_t *)list, i, element) if (result == 0 && step_is_of_others(element))
        result = refuse(step, "shared_list", step->shared_list,
                        "has elements of other subjects; those of its own step must not be called "
                        "\"fh-...\"",
                        err);
    json_decref(body);
    return result;
}

static int check_until(const struct plan_step *step, struct error *err)
{
    if (!step->until_pointer != !step->until_values)
        return refuse(step, "until_pointer", step->until_pointer, "and until_values go together",
                      err);
    if (step->until_pointer && *step->until_pointer != '/')
        return refuse(step, "until_pointer", step->until_pointer, "must begin with '/'", err);
    if (!step->until_pointer && (step->until_failures || step->until_url_query))
        return refuse(step, "until_failures", NULL, "and until_url_query need until_pointer", err);
    if (step->until_pointer && (step->method == METHOD_DELETE || step_has_url(step)))
        return refuse(step, "until_pointer", NULL, "is for GET, PUT, PATCH and POST", err);
    return 0;
}

static int check_undo(const struct plan_step *step, struct error *err)
{
    static const char *const known[] = {"NONE", "DELETE", "PUT", "POST", "PATCH"};
    bool stays = (step->flags & FH_STEP_ACTION) || step->ownership == FH_FOREIGN;
    if (step->ownership > FH_CONTAINER)
        return refuse(step, "ownership", NULL, "must be owned, foreign, temporary or container",
                      err);
    if ((step->flags & FH_STEP_ACTION) && step->ownership >= FH_TEMPORARY)
        return refuse(step, "ownership", NULL,
                      "an action cannot be temporary, nor a container: it has no undo", err);
    if (!step->undo_method && (step->undo_path || step->undo_body))
        return refuse(step, "undo_method", NULL, "is missing", err);
    if (!step->undo_method)
        return 0;
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found = found || strcmp(known[i], step->undo_method) == 0;
    if (!found)
        return refuse(step, "undo_method", step->undo_method,
                      "must be NONE, DELETE, PUT, POST or PATCH", err);
    if (stays && strcmp(step->undo_method, "NONE") != 0)
        return refuse(step, "undo_method", step->undo_method,
                      "is not for actions and foreign resources: they are never undone", err);
    return step->undo_path ? check_path(step, "undo_path", step->undo_path, err) : 0;
}

static int copy_texts(struct plan_step *step, const struct fh_step *given, struct arena *arena,
                      struct error *err)
{
    const struct {
        const char **to;
        const char *from;
    } texts[] = {
        {&step->title, given->title ? given->title : given->key},
        {&step->path, given->path},
        {&step->api_version, given->api_version},
        {&step->credential, given->credential},
        {&step->part, given->part},
        {&step->failed_status, given->failed_status},
        {&step->collection, given->collection},
        {&step->list_path, given->list_path},
        {&step->shared_list, given->shared_list},
        {&step->until_pointer, given->until_pointer},
        {&step->until_values, given->until_values},
        {&step->until_failures, given->until_failures},
        {&step->until_url_query, given->until_url_query},
        {&step->undo_method, given->undo_method},
        {&step->undo_path, given->undo_path},
        {&step->artifact, given->artifact},
        {&step->source, given->source},
        {&step->source_etag, given->source_etag},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (copy_text(arena, texts[i].to, texts[i].from, err) != 0)
            return -1;
    return 0;
}

/* The machines of a catalog have a handful of them among thousands. */
static int copy_alternatives(struct plan *plan, struct plan_step *step, const char *given,
                             struct error *err)
{
    const json_t *known = given ? json_object_get(plan->alternatives, given) : NULL;
    if (known) {
        step->alternatives = (const char *)(intptr_t)json_integer_value(known);
        return 0;
    }
    if (copy_json(step, &plan->arena, "alternatives", JSON_ARRAY, NULL, &step->alternatives, given,
                  err) != 0)
        return -1;
    if (!given)
        return 0;
    json_t *address = json_integer((json_int_t)(intptr_t)step->alternatives);
    return json_object_set_new(plan->alternatives, given, address) == 0 ? 0 : error_no_memory(err);
}

static int copy_body(struct plan *plan, struct plan_step *step, const char *given, json_t *body,
                     struct error *err)
{
    step->tagged = plan->tags && (given || body) && (step->flags & FH_STEP_TAGS);
    const json_t *tags = step->tagged ? plan->tags : NULL;
    if (body)
        return keep_json(step, &plan->arena, "body", tags, &step->body, body, err);
    return copy_json(step, &plan->arena, "body", JSON_OBJECT, tags, &step->body, given, err);
}

static int copy_structures(struct plan *plan, struct plan_step *step, const struct fh_step *given,
                           json_t *body, struct error *err)
{
    struct arena *arena = &plan->arena;
    if ((given->after_count && !given->after) || given->after_count > LIST_MAX)
        return refuse(step, "after", NULL, "is missing or too long", err);
    if ((given->auxiliary_count && !given->auxiliary) || given->auxiliary_count > AUXILIARY_MAX)
        return refuse(step, "auxiliary", NULL, "may name 3 credentials at most", err);
    if (copy_list(arena, &step->after, &step->after_count, given->after, given->after_count, err))
        return -1;
    if (copy_list(arena, &step->auxiliary, &step->auxiliary_count, given->auxiliary,
                  given->auxiliary_count, err))
        return -1;
    if (copy_body(plan, step, given->body, body, err) ||
        copy_json(step, arena, "undo_body", JSON_OBJECT, NULL, &step->undo_body, given->undo_body,
                  err) ||
        copy_alternatives(plan, step, given->alternatives, err))
        return -1;
    return copy_outputs(step, given, arena, err);
}

int step_copy(struct plan *plan, struct plan_step *step, const struct fh_step *foreign,
              json_t *body, struct error *err)
{
    struct arena *arena = &plan->arena;
    /* An older plugin's step ends sooner: what it does not know is 0. */
    struct fh_step given = {0};
    if (foreign->struct_size < offsetof(struct fh_step, method))
        return error_set(err, ERROR_FAILED, NULL,
                         "a step's struct_size is %u: set it to sizeof (struct fh_step)",
                         foreign->struct_size);
    memcpy(&given, foreign,
           foreign->struct_size < sizeof given ? foreign->struct_size : sizeof given);
    memset(step, 0, sizeof *step);
    if (copy_text(arena, &step->key, given.key, err) != 0 || check_key(step, err) != 0)
        return -1;
    step->flags = given.flags;
    step->ownership = given.ownership;
    step->expected_seconds = given.expected_seconds;
    step->until_interval_seconds = given.until_interval_seconds;
    step->until_timeout_seconds = given.until_timeout_seconds;
    if (copy_method(step, given.method, err) != 0 || copy_service(step, given.service, err) != 0 ||
        copy_texts(step, &given, arena, err) != 0 ||
        copy_structures(plan, step, &given, body, err) != 0)
        return -1;
    if (check_target(step, err) != 0 || check_source(step, err) != 0 ||
        check_body(step, err) != 0 || check_shared_list(step, err) != 0 ||
        check_until(step, err) != 0)
        return -1;
    return check_undo(step, err);
}

/* Canonical JSON can be read as one text: a reference holds nothing that JSON escapes, ends in the
 * string that it began in, and is in no member's name (copy_json has seen to it). */
static int each_in_json(const char *text, reference_fn *fn, void *context, struct error *err)
{
    return text ? binding_scan_text(text, fn, context, err) : 0;
}

int step_each_reference(const struct plan_step *step, reference_fn *fn, void *context,
                        struct error *err)
{
    if (binding_scan_text(step->path, fn, context, err) != 0)
        return -1;
    if (step->source && binding_scan_text(step->source, fn, context, err) != 0)
        return -1;
    if (step->source_etag && binding_scan_text(step->source_etag, fn, context, err) != 0)
        return -1;
    if (step->collection && binding_scan_text(step->collection, fn, context, err) != 0)
        return -1;
    if (each_in_json(step->body, fn, context, err) != 0)
        return -1;
    return each_in_json(step->alternatives, fn, context, err);
}
