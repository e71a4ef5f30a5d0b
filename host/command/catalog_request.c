/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `catalog create` to a complete request. */
#include "command/catalog_request.h"

#include "base/text.h"
#include "command/admit.h"
#include "command/catalog_limits.h"
#include "command/catalog_names.h"
#include "command/catalog_subnet.h"
#include "command/change.h"
#include "command/image_resolve.h"
#include "command/quota.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the rules below work out, one after another. */
struct draft {
    struct context *context;
    const struct config *config;
    const json_t *fields;
    struct subject connection;
    struct persona persona; /* a copy: "custom" is made of options */
    json_t *image;
    json_t *names;
    json_t *sizes;
    int64_t users;
    int64_t machines;
    const char *type;   /* "static", "random", "multi-session" */
    const char *subnet; /* of the connection, with room for the machines */
    bool joined;
};

static int load_connection(struct draft *draft, struct error *err)
{
    struct store *store = context_store(draft->context, err);
    if (!store)
        return -1;
    if (subject_load(store, "connection", text_at(draft->fields, "connection"), &draft->connection,
                     err) < 0)
        return error_set_field(err, "--connection");
    if (refuse_unready_connection(&draft->connection, err) < 0)
        return -1;
    const struct record *record = &draft->connection.record;
    const char *region = text_at(draft->fields, "region");
    const char *subscription = text_at(draft->fields, "subscription");
    if (subscription && strcasecmp(subscription, record->subscription) != 0)
        return error_set(err, ERROR_USAGE, "--subscription",
                         "--subscription %s: the connection \"%s\" is in the subscription \"%s\", "
                         "and machines stand where their connection is; leave --subscription out "
                         "or use a connection of \"%s\" (`flexhost connection list`)",
                         subscription, record->name, record->subscription, subscription);
    if (!region || strcmp(region, record->region) == 0)
        return 0;
    return error_set(err, ERROR_USAGE, "--region",
                     "--region %s: the connection \"%s\" is in %s, and machines stand where "
                     "their connection is; "
                     "leave --region out or use a connection of %s",
                     region, record->name, record->region, region);
}

/* A custom persona is what the options say; the others may not be bent by them. */
static int custom_persona(struct draft *draft, struct error *err)
{
    const char *size = text_at(draft->fields, "size");
    const char *sessions = text_at(draft->fields, "desktop-type");
    if (!size)
        return error_set(
            err, ERROR_USAGE, "--size",
            "--size: missing, and --persona custom needs one, e.g. --size Standard_D4s_v5");
    bool multi = sessions && strcmp(sessions, "multi-session") == 0;
    json_int_t per_machine =
        json_integer_value(json_object_get(draft->fields, "users-per-machine"));
    if (!multi && per_machine > 1)
        return error_set(err, ERROR_USAGE, "--users-per-machine",
                         "--users-per-machine %lld: only --desktop-type multi-session has more "
                         "than one user a machine",
                         (long long)per_machine);
    draft->persona = (struct persona){.name = "custom",
                                      .display = "Custom",
                                      .sessions = multi ? SESSIONS_MULTI : SESSIONS_SINGLE,
                                      .size = size,
                                      .os_disk_sku = "Premium_LRS",
                                      .users_per_machine = per_machine > 0 ? per_machine : 1};
    const char *sku = text_at(draft->fields, "disk-sku");
    if (sku)
        draft->persona.os_disk_sku = sku;
    draft->persona.os_disk_gib = json_integer_value(json_object_get(draft->fields, "disk-gib"));
    return 0;
}

static int refuse_custom_options(const struct draft *draft, struct error *err)
{
    static const char *const options[] = {"size", "disk-gib", "disk-sku", "users-per-machine"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (json_object_get(draft->fields, options[i])) {
            char field[64];
            snprintf(field, sizeof field, "--%s", options[i]);
            return error_set(err, ERROR_USAGE, field,
                             "%s: belongs to --persona custom; the persona \"%s\" has its own",
                             field, draft->persona.display);
        }
    return 0;
}

static int choose_persona(struct draft *draft, struct error *err)
{
    const char *name = text_at(draft->fields, "persona");
    if (strcasecmp(name, "custom") == 0) {
        if (custom_persona(draft, err) < 0)
            return -1;
    } else {
        const struct persona *persona =
            persona_require(&draft->config->personas, "--persona", name, err);
        if (!persona)
            return -1;
        draft->persona = *persona;
        if (refuse_custom_options(draft, err) < 0)
            return -1;
    }
    draft->users = json_integer_value(json_object_get(draft->fields, "users"));
    draft->machines = persona_machines(&draft->persona, draft->users);
    return 0;
}

static int choose_type(struct draft *draft, struct error *err)
{
    const char *given = text_at(draft->fields, "desktop-type");
    bool multi = draft->persona.sessions == SESSIONS_MULTI;
    draft->type = given ? given : multi ? "multi-session" : "static";
    if (multi == (strcmp(draft->type, "multi-session") == 0))
        return 0;
    return error_set(err, ERROR_USAGE, "--desktop-type",
                     "--desktop-type %s: the persona \"%s\" is %s; give %s", draft->type,
                     draft->persona.display, multi ? "multi-session" : "single-session",
                     multi ? "multi-session, or leave it out" : "static or random");
}

/* The rules of identity: what a connection can join, and what a join needs. */
static int check_domain(struct draft *draft, struct error *err)
{
    static const char *const options[] = {"domain", "service-account", "service-account-password"};
    static const char *const unwanted[] = {"domain", "ou", "service-account",
                                           "service-account-password"};
    draft->joined = strcmp(text_at(draft->fields, "domain-type"), "active-directory") == 0;
    char field[64];
    for (size_t i = 0; draft->joined && i < 3; i++)
        if (!json_object_get(draft->fields, options[i])) {
            snprintf(field, sizeof field, "--%s", options[i]);
            bool secret = strcmp(options[i], "service-account-password") == 0;
            return error_set(err, ERROR_USAGE, field,
                             "%s: missing, and --domain-type active-directory needs it%s", field,
                             secret ? ": give --service-account-password-file FILE or "
                                      "--service-account-password-env VARIABLE"
                                    : "");
        }
    for (size_t i = 0; !draft->joined && i < 4; i++)
        if (json_object_get(draft->fields, unwanted[i])) {
            snprintf(field, sizeof field, "--%s", unwanted[i]);
            return error_set(
                err, ERROR_USAGE, field,
                "%s: only --domain-type active-directory takes it; add that or leave it out",
                field);
        }
    if (draft->joined && !json_is_true(json_object_get(
                             json_object_get(draft->connection.data, "internal"), "domainJoin")))
        return error_set(err, ERROR_USAGE, "--domain-type",
                         "--domain-type active-directory: machines on the connection \"%s\" (type "
                         "%s) reach no domain; "
                         "use a connection that does, or not-joined",
                         draft->connection.record.name, draft->connection.record.type);
    return 0;
}

static int check_limits(struct draft *draft, struct error *err)
{
    struct catalog_demand demand = {
        .subscription = draft->connection.record.subscription,
        .connection = draft->connection.record.name,
        .domain = draft->joined ? text_at(draft->fields, "domain") : NULL,
        .multi_session = draft->persona.sessions == SESSIONS_MULTI,
        .users = draft->users,
        .machines = draft->machines,
    };
    return catalog_check_limits(draft->context, &demand, err);
}

static int choose_subnet(struct draft *draft, struct error *err)
{
    struct store *store = context_store(draft->context, err);
    draft->subnet =
        store ? catalog_choose_subnet(store, &draft->connection, draft->machines, err) : NULL;
    return draft->subnet ? 0 : -1;
}

static int choose_image(struct draft *draft, struct error *err)
{
    const char *name = text_at(draft->fields, "image");
    draft->image =
        image_resolve(draft->context, name, json_object_get(draft->connection.data, "subscription"),
                      draft->connection.record.region, err);
    if (!draft->image)
        return -1;
    const char *sessions = text_at(draft->image, "sessions");
    const char *wanted = draft->persona.sessions == SESSIONS_MULTI ? "multi" : "single";
    if (sessions && strcmp(sessions, wanted) != 0)
        return error_set(err, ERROR_USAGE, "--image",
                         "--image: \"%s\" is a %s-session image, and the catalog is %s; "
                         "`flexhost image list` shows the %s-session ones",
                         name, sessions, draft->type, wanted);
    const char *os = text_at(draft->image, "os");
    if (draft->joined && os && strcasecmp(os, "windows") != 0)
        return error_set(err, ERROR_USAGE, "--domain-type",
                         "--domain-type active-directory: the image \"%s\" is %s, and the domain "
                         "join is Windows' own; choose a Windows image, or not-joined",
                         name, os);
    if (json_is_true(json_object_get(draft->image, "prepared")))
        context_warn(
            draft->context,
            "the image \"%s\" is a prepared one: meant for proof of concept, not for production",
            name);
    return 0;
}

/* A zone counts when region and size both have it; a size that no table knows takes the region's.
 */
static json_t *zones_of(const struct region *region, const struct machine_size *size)
{
    json_t *zones = json_array();
    for (size_t i = 0; i < region->zone_count; i++) {
        bool has = !size || size->zone_count == 0;
        for (size_t j = 0; size && j < size->zone_count; j++)
            has |= strcmp(size->zones[j], region->zones[i]) == 0;
        if (has)
            json_array_append_new(zones, json_string(region->zones[i]));
    }
    return zones;
}

static int check_generation(const struct draft *draft, const struct machine_size *size,
                            struct error *err)
{
    json_int_t generation = json_integer_value(json_object_get(draft->image, "generation"));
    bool fits =
        !size || generation == 0 || (generation == 1 ? size->generation_1 : size->generation_2);
    if (!fits)
        return error_set(err, ERROR_USAGE, "--image",
                         "--image: \"%s\" is of generation %d, which the size %s cannot start; "
                         "choose another image or size",
                         text_at(draft->fields, "image"), (int)generation, size->name);
    if (generation == 1 && json_is_true(json_object_get(draft->fields, "secure-boot")))
        return error_set(err, ERROR_USAGE, "--secure-boot",
                         "--secure-boot: the image \"%s\" is of generation 1, and Secure Boot "
                         "needs generation 2",
                         text_at(draft->fields, "image"));
    bool secure = json_is_true(json_object_get(draft->fields, "secure-boot"));
    if (secure && json_is_false(json_object_get(draft->image, "secureBoot")))
        return error_set(err, ERROR_USAGE, "--secure-boot",
                         "--secure-boot: the image \"%s\" does not start with Secure Boot; leave "
                         "it out or choose another "
                         "image",
                         text_at(draft->fields, "image"));
    return 0;
}

static int choose_sizes(struct draft *draft, struct error *err)
{
    const struct region *region =
        region_require(&draft->config->regions, "--region", draft->connection.record.region, err);
    if (!region)
        return -1;
    draft->sizes = json_array();
    for (size_t i = 0; i <= draft->persona.backup_size_count; i++) {
        const char *name = i == 0 ? draft->persona.size : draft->persona.backup_sizes[i - 1];
        const struct machine_size *size = size_find(&draft->config->sizes, name);
        if (!size && i == 0 && !size_require(&draft->config->sizes, "--size", name, err))
            return -1;
        if (check_generation(draft, size, err) < 0)
            return -1;
        json_array_append_new(
            draft->sizes, json_pack("{s:s, s:o}", "size", name, "zones", zones_of(region, size)));
    }
    return 0;
}

/* A specialized image was a machine's disk; of one that started under Secure Boot, Azure makes only
 * such machines. */
static bool starts_securely(const struct draft *draft)
{
    return json_is_true(json_object_get(draft->fields, "secure-boot")) ||
           (json_is_true(json_object_get(draft->image, "specialized")) &&
            json_is_true(json_object_get(draft->image, "secureBoot")));
}

/* Whether Azure's own quota has room, before the first machine. */
static int check_quota(struct draft *draft, struct error *err)
{
    struct quota_demand demand = {.field = "--users",
                                  .sub_state = "ErrorCapacityVmCapacityFailed",
                                  .machines = draft->machines,
                                  .sizes = draft->sizes};
    return quota_check(draft->context, json_object_get(draft->connection.data, "subscription"),
                       draft->connection.record.region, &demand, err);
}

static json_t *catalog_json(const struct draft *draft)
{
    const json_t *fields = draft->fields;
    json_t *join = draft->joined
                       ? json_pack("{s:O, s:O, s:O?}", "domain", json_object_get(fields, "domain"),
                                   "account", json_object_get(fields, "service-account"), "ou",
                                   json_object_get(fields, "ou"))
                       : NULL;
    if (join && json_is_null(json_object_get(join, "ou")))
        json_object_del(join, "ou");
    return json_pack("{s:O, s:O, s:s, s:O, s:I, s:s, s:b, s:s, s:s, s:o*}", "machines",
                     draft->names, "sizes", draft->sizes, "subnetId", draft->subnet, "image",
                     draft->image, "diskGib", (json_int_t)draft->persona.os_disk_gib, "diskSku",
                     draft->persona.os_disk_sku, "secureBoot", starts_securely(draft),
                     "administrator", "flexadmin", "type", draft->type, "join", join);
}

static int fill(struct draft *draft, struct catalog_parts *parts, struct error *err)
{
    const struct record *connection = &draft->connection.record;
    const json_t *subscription = json_object_get(draft->connection.data, "subscription");
    struct request_parts request = {.operation = "create",
                                    .kind = "catalog",
                                    .name = text_at(draft->fields, "name"),
                                    .subscription = subscription,
                                    .region = connection->region};
    parts->request = request_new(draft->context, &request, err);
    if (!parts->request)
        return -1;
    parts->learned = json_incref(json_object_get(draft->image, "learned"));
    json_object_del(draft->image, "learned");
    json_object_set_new(parts->request, "catalog", catalog_json(draft));
    parts->data = json_pack(
        "{s:O, s:s, s:O, s:s, s:s, s:I, s:I, s:s, s:O*, s:O}", "subscription", subscription,
        "connection", connection->name, "image", json_object_get(draft->image, "name"), "persona",
        draft->persona.display, "desktopType", draft->type, "users", (json_int_t)draft->users,
        "machines", (json_int_t)draft->machines, "size", draft->persona.size, "namingScheme",
        json_object_get(draft->fields, "naming-scheme"), "resourceGroup",
        json_object_get(parts->request, "resourceGroup"));
    if (draft->joined)
        json_object_set(parts->data, "domain", json_object_get(draft->fields, "domain"));
    json_object_set(parts->data, "os", json_object_get(draft->image, "os"));
    json_object_set_new(
        parts->data, "internal",
        json_pack("{s:O, s:s}", "machineNames", draft->names, "subnetId", draft->subnet));
    return parts->data ? 0 : error_no_memory(err);
}

/* Azure wants an administrator on a generalized image. Nobody needs to know the password, so nobody
 * is asked for one. */
static int add_secrets(const struct draft *draft, const json_t *given, struct catalog_parts *parts,
                       struct error *err)
{
    parts->secrets = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)given, name, value)
        json_object_set_new(parts->secrets, name, json_string(json_string_value(value)));
    if (json_is_true(json_object_get(draft->image, "specialized")))
        return 0;
    char password[SECRET_PASSWORD_SIZE];
    secret_password(clock_system(), password);
    json_object_set_new(parts->secrets, "administrator-password", json_string(password));
    secret_text_wipe(password, sizeof password);
    return parts->secrets ? 0 : error_no_memory(err);
}

int catalog_request(struct context *context, const struct command_input *input,
                    struct catalog_parts *parts, struct error *err)
{
    struct draft draft = {.context = context, .fields = input->fields};
    draft.config = context_config(context, err);
    int result = -1;
    if (draft.config &&
        request_check_name(context, "catalog", text_at(input->fields, "name"), err) == 0 &&
        load_connection(&draft, err) == 0 && choose_persona(&draft, err) == 0 &&
        choose_type(&draft, err) == 0 && check_domain(&draft, err) == 0 &&
        check_limits(&draft, err) == 0 && choose_subnet(&draft, err) == 0 &&
        catalog_allocate_names(context, input->fields, &draft.connection.record, draft.machines,
                               &draft.names, err) == 0 &&
        choose_image(&draft, err) == 0 && choose_sizes(&draft, err) == 0 &&
        check_quota(&draft, err) == 0 && fill(&draft, parts, err) == 0)
        result = add_secrets(&draft, input->secrets, parts, err);
    subject_clear(&draft.connection);
    json_decref(draft.image);
    json_decref(draft.names);
    json_decref(draft.sizes);
    return result;
}

void catalog_parts_clear(struct catalog_parts *parts)
{
    secrets_json_wipe(parts->secrets);
    json_decref(parts->request);
    json_decref(parts->data);
    json_decref(parts->learned);
    memset(parts, 0, sizeof *parts);
}
