/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the world from INI. Every key is known here, or an error. */
#include "world.h"

#include "fault.h"
#include "script.h"
#include "seed.h"
#include "text.h"
#include "tunnel.h"

#include <errno.h>
#include <ini.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static const char sample[] =
#include "world-sample.h"
    ;

struct reading {
    struct sim *sim;
    const char *file;
    char *section; /* as inih gave it last */
    char *kind, *name;
    struct seed_network *network;   /* of the [vnet] section being read */
    struct seed_hub *hub;           /* of the [hub] section being read */
    struct device *device;          /* of the [device] section being read */
    json_t *fault;                  /* of the [fault] section being read */
    const char *quota_subscription; /* of the [quota] section being read */
    bool failed;
};

static void complain(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct reading *reading, const char *format, ...)
{
    va_list list;

    fprintf(stderr, "azure-local: %s: [%s]: ", reading->file, reading->section);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    reading->failed = true;
}

static void set_text(char **field, const char *value)
{
    free(*field);
    *field = must_copy(value);
}

static bool read_number(struct reading *reading, const char *name, const char *value,
                        long long *out)
{
    char *end;

    errno = 0;
    *out = strtoll(value, &end, 10);
    if (!errno && end != value && !*end && *out >= 0)
        return true;
    complain(reading, "%s = %s: a whole number is wanted", name, value);
    return false;
}

const char *world_tenant(const struct world *world, const char *name_or_id)
{
    for (const struct tenant *at = world->tenants; at; at = at->next)
        if (same_text(at->name, name_or_id) || same_text(at->id, name_or_id))
            return at->id;
    return NULL;
}

const struct subscription *world_subscription(const struct world *world, const char *id)
{
    for (const struct subscription *at = world->subscriptions; at; at = at->next)
        if (same_text(at->id, id) || same_text(at->name, id))
            return at;
    return NULL;
}

const struct principal *world_principal(const struct world *world, const char *id,
                                        const char *tenant)
{
    for (const struct principal *at = world->principals; at; at = at->next)
        if ((same_text(at->client_id, id) || same_text(at->object_id, id)) &&
            (!tenant || same_text(at->tenant, tenant)))
            return at;
    return NULL;
}

static X509 *read_certificate(struct reading *reading, const char *file)
{
    FILE *stream = fopen(file, "r");
    X509 *certificate = stream ? PEM_read_X509(stream, NULL, NULL, NULL) : NULL;

    if (stream)
        fclose(stream);
    if (!certificate)
        complain(reading, "certificate = %s: no PEM certificate can be read there", file);
    return certificate;
}

static bool read_role(struct reading *reading, struct principal *who, const char *value)
{
    const char *scope = strstr(value, " /");
    const char *space = scope ? scope : strrchr(value, ' ');
    const struct subscription *subscription;
    char *role, *at;

    if (!space) {
        complain(reading, "role = %s: wanted is ROLE SCOPE, such as Reader /subscriptions/…",
                 value);
        return false;
    }
    role = must_copy(value);
    role[space - value] = '\0';
    if (!role_definition(role))
        complain(reading, "role = %s: there is no role '%s' here", value, role);
    subscription = world_subscription(reading->sim->world, space + 1);
    at = subscription ? must_print("/subscriptions/%s", subscription->id) : must_copy(space + 1);
    if (*at != '/')
        complain(reading, "role = %s: the scope is neither a path nor a subscription above", value);
    access_grant(who, role, at);
    free(role);
    free(at);
    return true;
}

static bool read_tenant(struct reading *reading, const char *name, const char *value)
{
    if (strcmp(name, "id") != 0)
        return false;
    set_text(&reading->sim->world->tenants->id, value);
    return true;
}

static bool read_principal(struct reading *reading, const char *name, const char *value)
{
    struct principal *who = reading->sim->world->principals;

    if (strcmp(name, "client-id") == 0)
        set_text(&who->client_id, value);
    else if (strcmp(name, "object-id") == 0)
        set_text(&who->object_id, value);
    else if (strcmp(name, "secret") == 0)
        set_text(&who->secret, value);
    else if (strcmp(name, "certificate") == 0)
        who->certificate = read_certificate(reading, value);
    else if (strcmp(name, "managed-identity") == 0)
        who->managed_identity = strcmp(value, "yes") == 0;
    else if (strcmp(name, "role") == 0)
        read_role(reading, who, value);
    else if (strcmp(name, "tenant") == 0 && world_tenant(reading->sim->world, value))
        set_text(&who->tenant, world_tenant(reading->sim->world, value));
    else
        return false;
    return true;
}

/* A person has no client id and no secret. */
static bool read_user(struct reading *reading, const char *name, const char *value)
{
    return (strcmp(name, "object-id") == 0 || strcmp(name, "role") == 0 ||
            strcmp(name, "tenant") == 0) &&
           read_principal(reading, name, value);
}

static bool read_subscription(struct reading *reading, const char *name, const char *value)
{
    struct subscription *at = reading->sim->world->subscriptions;

    if (strcmp(name, "id") == 0)
        set_text(&at->id, value);
    else if (strcmp(name, "tenant") == 0 && world_tenant(reading->sim->world, value))
        set_text(&at->tenant, world_tenant(reading->sim->world, value));
    else if (strcmp(name, "cores") == 0)
        read_number(reading, name, value, &at->cores);
    else
        return false;
    return true;
}

/* zone-1 = Standard_D2s_v5:0 Standard_D4s_v5:10 */
static bool read_capacity(struct reading *reading, const char *name, const char *value)
{
    bool restricted = starts_with(name, "restricted");
    bool refused = restricted || starts_with(name, "refused");
    const char *zone = starts_with(name, "zone-") ? name + 5 : "";
    char *text, *rest, *size;

    if (!refused && !*zone && strcmp(name, "no-zone") != 0)
        return false;
    text = must_copy(value);
    rest = text;
    while ((size = next_field(&rest, " ,"))) {
        struct capacity *limit = must_alloc(sizeof *limit);
        char *colon = strchr(size, ':');

        if (colon)
            *colon++ = '\0';
        if (colon)
            read_number(reading, name, colon, &limit->most);
        if (refused && strstr(name, "-zone-"))
            zone = strstr(name, "-zone-") + 6;
        limit->region = must_copy(reading->name);
        limit->zone = must_copy(refused && !*zone ? "*" : zone);
        limit->size = must_copy(size);
        limit->refused_at_once = refused;
        limit->restricted = restricted;
        limit->next = reading->sim->world->capacities;
        reading->sim->world->capacities = limit;
    }
    free(text);
    return true;
}

/* cores = 100, virtualMachines = 10, standardDSv5Family = 8, for a subscription named before. */
static bool read_quota(struct reading *reading, const char *name, const char *value)
{
    struct world *world = reading->sim->world;
    struct quota *quota;

    if (strcmp(name, "subscription") == 0) {
        reading->quota_subscription =
            world_subscription(world, value) ? world_subscription(world, value)->id : NULL;
        return reading->quota_subscription;
    }
    quota = must_alloc(sizeof *quota);
    quota->region = must_copy(reading->name);
    quota->name = must_copy(name);
    quota->subscription = reading->quota_subscription;
    quota->next = world->quotas;
    world->quotas = quota;
    read_number(reading, name, value, &quota->most);
    return true;
}

/* path = DIR: the root of the machines of an image, for scripts that are really run. */
static bool read_machine_root(struct reading *reading, const char *name, const char *value)
{
    if (strcmp(name, "path") != 0)
        return false;
    if (machine_root_add(reading->sim, reading->name, value))
        complain(reading, "path = %s: the whole path of a folder is wanted", value);
    return true;
}

/* output = TEXT, in which \\n ends a line; exit-code = N */
static bool read_script_answer(struct reading *reading, const char *name, const char *value)
{
    json_t *list = reading->sim->script_answers;
    json_t *answer = json_array_get(list, json_array_size(list) - 1);
    char *text = must_copy(value), *to = text;
    long long code;

    for (const char *at = value; *at; at++)
        *to++ = *at == '\\' && at[1] == 'n' ? (char)(at++, '\n') : *at;
    *to = '\0';
    if (strcmp(name, "output") == 0)
        json_object_set_new(answer, "output",
                            json_sprintf("%s%s",
                                         json_string_value(json_object_get(answer, "output")),
                                         text)); /* a long one stands on several lines */
    else if (strcmp(name, "exit-code") == 0 && read_number(reading, name, value, &code))
        json_object_set_new(answer, "exitCode", json_integer(code));
    free(text);
    return strcmp(name, "output") == 0 || strcmp(name, "exit-code") == 0;
}

static bool read_settings(struct reading *reading, const char *name, const char *value)
{
    struct world *world = reading->sim->world;
    long long number;

    if (!read_number(reading, name, value, &number))
        return true;
    if (strcmp(name, "page-size") == 0 && number)
        world->page_size = (size_t)number;
    else if (strcmp(name, "token-lifetime") == 0)
        world->token_lifetime = number;
    else if (strcmp(name, "device-interval") == 0)
        world->device_interval = number;
    else if (strcmp(name, "script-seconds") == 0)
        world->run_seconds = number;
    else
        return false;
    return true;
}

static bool read_fault(struct reading *reading, const char *name, const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);
    bool numeric = *value && !*end;
    char key[64];
    size_t to = 0;

    for (const char *at = name; *at && to + 1 < sizeof key; at++) {
        if (*at == '-' && at[1])
            key[to++] = (char)(*++at - 'a' + 'A');
        else
            key[to++] = *at;
    }
    key[to] = '\0';
    json_object_set_new(reading->fault, key,
                        numeric                     ? json_integer(number)
                        : strcmp(value, "yes") == 0 ? json_true()
                        : strcmp(value, "no") == 0  ? json_false()
                                                    : json_string(value));
    return true;
}

static void close_section(struct reading *reading)
{
    char why[256];

    if (reading->network && seed_network(reading->sim, reading->network, why, sizeof why))
        complain(reading, "%s", why);
    reading->network = NULL;
    if (reading->hub && seed_hub(reading->sim, reading->hub, why, sizeof why))
        complain(reading, "%s", why);
    reading->hub = NULL;
    if (reading->device && device_fault(reading->device))
        complain(reading, "%s", device_fault(reading->device));
    reading->device = NULL;
    if (reading->fault && faults_add(reading->sim->faults, reading->fault, why, sizeof why))
        complain(reading, "%s", why);
    json_decref(reading->fault);
    reading->fault = NULL;
}

static struct principal *open_principal(struct reading *reading)
{
    struct world *world = reading->sim->world;
    struct principal *who = must_alloc(sizeof *who);

    who->name = must_copy(reading->name);
    who->client_id = must_copy(reading->name);
    who->object_id = must_copy("00000000-0000-0000-0000-000000000000");
    who->tenant = must_copy(world->tenants ? world->tenants->id : "");
    who->next = world->principals;
    world->principals = who;
    return who;
}

static void open_subscription(struct reading *reading)
{
    struct world *world = reading->sim->world;
    struct subscription *at = must_alloc(sizeof *at);

    at->name = must_copy(reading->name);
    at->id = must_copy(reading->name);
    at->tenant = must_copy(world->tenants ? world->tenants->id : "");
    at->cores = 100000;
    at->next = world->subscriptions;
    world->subscriptions = at;
}

static void open_tenant(struct reading *reading)
{
    struct tenant *tenant = must_alloc(sizeof *tenant);

    tenant->name = must_copy(reading->name);
    tenant->id = must_copy(reading->name);
    tenant->next = reading->sim->world->tenants;
    reading->sim->world->tenants = tenant;
}

static bool is_regional(const char *kind)
{
    return strcmp(kind, "capacity") == 0 || strcmp(kind, "quota") == 0;
}

/* [kind "name"] */
static void open_section(struct reading *reading, const char *section)
{
    char *quote;

    close_section(reading);
    reading->quota_subscription = NULL;
    set_text(&reading->section, section);
    set_text(&reading->kind, section);
    set_text(&reading->name, "");
    quote = strchr(reading->kind, '"');
    if (quote) {
        set_text(&reading->name, quote + 1);
        reading->name[strcspn(reading->name, "\"")] = '\0';
        *quote = '\0';
    }
    reading->kind[strcspn(reading->kind, " ")] = '\0';
    if (strcmp(reading->kind, "tenant") == 0)
        open_tenant(reading);
    else if (strcmp(reading->kind, "principal") == 0)
        open_principal(reading);
    else if (strcmp(reading->kind, "user") == 0)
        open_principal(reading)->person = true;
    else if (strcmp(reading->kind, "subscription") == 0)
        open_subscription(reading);
    else if (strcmp(reading->kind, "vnet") == 0)
        reading->network = seed_network_new(reading->name);
    else if (strcmp(reading->kind, "hub") == 0)
        reading->hub = seed_hub_new(reading->name);
    else if (strcmp(reading->kind, "device") == 0)
        reading->device = device_new(reading->sim->world, reading->name);
    else if (strcmp(reading->kind, "fault") == 0)
        reading->fault = json_pack("{s:s}", "name", reading->name);
    else if (strcmp(reading->kind, "script-answer") == 0)
        script_answer_add(reading->sim, reading->name, "", 0);
    else if (is_regional(reading->kind) && !region_find(reading->name))
        complain(reading, "there is no region '%s'", reading->name);
    else if (!is_regional(reading->kind) && strcmp(reading->kind, "settings") != 0 &&
             strcmp(reading->kind, "machine-root") != 0)
        complain(reading, "no such section; there are settings, tenant, subscription, principal, "
                          "user, hub, vnet, device, capacity, quota, machine-root, "
                          "script-answer and fault");
}

static bool read_vnet(struct reading *reading, const char *name, const char *value)
{
    return seed_network_key(reading->network, name, value);
}

static bool read_hub(struct reading *reading, const char *name, const char *value)
{
    return seed_hub_key(reading->hub, name, value);
}

static bool read_device(struct reading *reading, const char *name, const char *value)
{
    return device_key(reading->device, name, value);
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
    static const struct {
        const char *kind;
        bool (*read)(struct reading *, const char *, const char *);
    } readers[] = {{"tenant", read_tenant},
                   {"principal", read_principal},
                   {"vnet", read_vnet},
                   {"subscription", read_subscription},
                   {"capacity", read_capacity},
                   {"settings", read_settings},
                   {"fault", read_fault},
                   {"user", read_user},
                   {"hub", read_hub},
                   {"device", read_device},
                   {"quota", read_quota},
                   {"machine-root", read_machine_root},
                   {"script-answer", read_script_answer}};
    struct reading *reading = user;

    if (!reading->section || strcmp(reading->section, section) != 0)
        open_section(reading, section);
    if (reading->failed)
        return 0;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (strcmp(readers[i].kind, reading->kind) == 0) {
            if (!readers[i].read(reading, name, value))
                complain(reading, "%s = %s: no such key, or no such value", name, value);
            return !reading->failed;
        }
    return 0;
}

int world_load(struct sim *sim, const char *file)
{
    struct reading reading = {.sim = sim, .file = file ? file : "the sample world"};
    int result;

    sim->world = must_alloc(sizeof *sim->world);
    sim->world->page_size = 200;
    sim->world->token_lifetime = 3599;
    sim->world->device_interval = 1;
    result =
        file ? ini_parse(file, on_value, &reading) : ini_parse_string(sample, on_value, &reading);
    if (result == -1)
        fprintf(stderr, "azure-local: %s: %s\n", file, strerror(errno));
    else if (result > 0 && !reading.failed)
        fprintf(stderr, "azure-local: %s:%d: this is no INI line\n", reading.file, result);
    if (result == 0)
        close_section(&reading);
    seed_network_free(reading.network);
    seed_hub_free(reading.hub);
    json_decref(reading.fault);
    free(reading.section);
    free(reading.kind);
    free(reading.name);
    return result || reading.failed ? -1 : 0;
}

static void end_principals(struct principal *at)
{
    while (at) {
        struct principal *next = at->next;

        while (at->grants)
            access_revoke(at, at->grants->role, at->grants->scope);
        X509_free(at->certificate);
        free(at->name);
        free(at->client_id);
        free(at->object_id);
        free(at->tenant);
        free(at->secret);
        free(at);
        at = next;
    }
}

void world_end(struct world *world)
{
    end_principals(world->principals);
    devices_end(world);
    while (world->tenants) {
        struct tenant *next = world->tenants->next;

        free(world->tenants->name);
        free(world->tenants->id);
        free(world->tenants);
        world->tenants = next;
    }
    while (world->subscriptions) {
        struct subscription *next = world->subscriptions->next;

        free(world->subscriptions->name);
        free(world->subscriptions->id);
        free(world->subscriptions->tenant);
        free(world->subscriptions);
        world->subscriptions = next;
    }
    while (world->quotas) {
        struct quota *next = world->quotas->next;

        free(world->quotas->region);
        free(world->quotas->name);
        free(world->quotas);
        world->quotas = next;
    }
    while (world->capacities) {
        struct capacity *next = world->capacities->next;

        free(world->capacities->region);
        free(world->capacities->zone);
        free(world->capacities->size);
        free(world->capacities);
        world->capacities = next;
    }
    free(world);
}
