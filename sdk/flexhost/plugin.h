/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flexhost/plugin.h: everything that a flexhost plugin needs.
 *
 * A plugin is a shared object that exports one function, fh_plugin_entry(), and nothing else. It
 * declares its fields, checks a request and plans it. It never sends a request that changes
 * anything: it emits a graph of steps, and the host runs that graph, so that dry run, progress,
 * retries, resume after a crash, change and teardown come for free.
 *
 * Rules that hold for everything below:
 *   - Text is UTF-8 and NUL-terminated. Structured values are JSON texts.
 *   - Everything passed in either direction is borrowed for the call. What the host hands out lives
 *     in the call's arena and is freed by the host after the call; a plugin frees nothing of it.
 *   - Functions return FH_OK or a negative FH_E... code. After fh_fail() return its result.
 *   - `plan` is pure: the same request gives the same steps. The host may call it twice, in
 *     another process, after a restart. No clock, no chance, no network, no files.
 *   - A handle (struct fh_call) is used on the thread and during the call that it was given to.
 *
 * The ABI's history:
 *   1.0  the first: kinds connection, image and action.
 *   1.1  connections that change after creation: fh_arm_query(), fh_ntp_query(), fh_document();
 *        acknowledgement of a field, FH_FIELD_AT_FIRST_CATALOG; list_path of a step; failures,
 *        updates and checks of what exists in the request; well-known fields of a connection.
 *   1.2  images that are made: the method COPY, FH_CONTAINER, steps on a key vault; fields that
 *        name connections, images, keys and sizes; shared_list of a step; fh_learn(), fh_url(),
 *        fh_due(), secrets in fh_http_range(); verbs that lead from one phase to another; outputs
 *        of steps that failed.
 */
#ifndef FLEXHOST_PLUGIN_H
#define FLEXHOST_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "FLXH": the first thing that a host reads. */
#define FH_MAGIC     UINT32_C(0x464c5848)
#define FH_ABI_MAJOR 1
#define FH_ABI_MINOR 2

/* Results. A host maps them to its exit status; unknown negative ones count as FH_EFAILED. */
#define FH_OK           0
#define FH_EFAILED      (-1) /* something went wrong that is nobody's input */
#define FH_EINVAL       (-2) /* a field is wrong: name it */
#define FH_EDENIED      (-3) /* credentials or a permission are missing */
#define FH_ENOTFOUND    (-4) /* what a field names does not exist */
#define FH_ECONFLICT    (-5) /* it collides with something that exists */
#define FH_ENOTREADY    (-6) /* the same request may go through later */
#define FH_EUNSUPPORTED (-7) /* the host is too old for what was asked of it */

/* Flags of a field. */
#define FH_FIELD_REQUIRED UINT32_C(0x01)
/* Cannot change after creation; `immutable_advice` says what to do instead. */
#define FH_FIELD_IMMUTABLE UINT32_C(0x02)
/* Given repeatedly, or with commas between; the request has a JSON array. */
#define FH_FIELD_LIST UINT32_C(0x04)
/* Type "cidr": the subject occupies these addresses. The host refuses an overlap with any other
 * occupied range of the installation, with the declared on-premises ranges and with what `check`
 * reports by fh_claim(), all conflicts at once. */
#define FH_FIELD_OCCUPIES UINT32_C(0x08)
/* Shown by --help --all only. */
#define FH_FIELD_ADVANCED UINT32_C(0x10)
/* connection, with a default: it stays absent at creation unless given, and takes its default when
 * the first catalog comes to the connection; the connection is then applied again before the
 * catalog is made. A vWAN spoke gets its NAT gateway so. since 1.1 */
#define FH_FIELD_AT_FIRST_CATALOG UINT32_C(0x20)

/* clang-format off */
/*
 * A value that an operator gives. Its type is a text, so that a newer plugin may name one that an
 * older host does not know; such a plugin is refused with that reason. What a request holds:
 *
 *   string name enum cidr ipv4 guid region url fqdn email resource-id path
 *                a string in canonical form
 *   int port     a number
 *   duration     a number of seconds
 *   bool         true or false
 *   credential   the name of a [credential "NAME"] of the INI
 *   secret       "${secret:FIELD}", never the value
 *   object       an object of the sub-fields
 *   connection image key
 *                the name of such a subject of this installation, ready and of the request's
 *                subscription; "references" of the request tells what it offers. It cannot be
 *                deleted while this subject names it. since 1.2
 *   size         a machine size, "Standard_D4s_v5"; before creation Azure is asked whether the
 *                region has it and the quota takes one more. since 1.2
 */
/* clang-format on */
struct fh_field {
    /* Kebab-case: "address-range" is the option --address-range. */
    const char *name;
    const char *type;
    uint32_t flags;
    uint32_t reserved; /* 0 */
    /* One line, no full stop. */
    const char *help;
    /* As an operator would type it; NULL: none. */
    const char *default_value;
    /* enum: "a|b|c"; NULL otherwise. */
    const char *values;
    /* Bounds of each value. int: the number; duration: seconds; string, secret: the length in
     * characters; cidr: the prefix length. Both 0: none. A required list has one value at least. */
    int64_t min;
    int64_t max;
    /* string, secret: a POSIX extended regular expression for the whole value, and what it asks for
     * in words: "letters, digits, '-' and '_'". NULL: any. */
    const char *pattern;
    const char *pattern_help;
    /* "create another connection for another region"; NULL: the host's own sentence. */
    const char *immutable_advice;
    /* object: the sub-fields, given as name=value,name=value or as JSON. No objects, lists or
     * secrets among them. */
    const struct fh_field *fields;
    uint32_t field_count;
    /* list: the greatest number of values; 0: no bound. */
    uint32_t max_count;
    /* What changing it with `set` may break, in a sentence that the operator must acknowledge
     * (--yes or a prompt): "machines lose the routes that the gateway taught them."; NULL: nothing.
     * Commands for a well-known field ask in their own words. since 1.1 */
    const char *acknowledgement;
};

/*
 * Fields of a connection with these names mean the same in every plugin, and commands of the host
 * edit them (since 1.1):
 *
 *   address-range     cidr, or a list of them: the machines' addresses  connection range
 *   dns-server        list of ipv4, the preferred one first             connection dns
 *   route             list of object with a sub-field "name", and       connection route
 *                     "enabled" (bool) where a route can be switched off
 *   nat-idle-timeout  int, minutes: a NAT gateway while it is set       connection nat
 *
 * All others that may change are set with `connection set`.
 */

/*
 * Fields of an image with these names mean the same in every plugin (since 1.2):
 *
 *   connection        connection: where the machine that makes it stands; the image has its region
 *   image             image: what it is made of
 *   key               key: its disks and those of its machines are encrypted with it
 *   notes             string: image set
 *   replica-region    list of region: where else it can be had; a catalog of another region adds it
 *
 * and so do these verbs: finish, power-on, power-off, rdp, check, set-password (`flexhost image
 * VERB NAME`).
 */

/* Who a step's resource belongs to. */

/* Removed at teardown, or when a later plan no longer has the step. */
#define FH_OWNED 0
/* Somebody else's: a customer's network that is read or amended. Never removed. */
#define FH_FOREIGN 1
/* Removed when the operation ends, whatever its result. */
#define FH_TEMPORARY 2
/* As FH_OWNED, but removed, too, at the end of an operation when nothing lasting that comes after
 * it is there: the resource group of something whose creation has failed. since 1.2 */
#define FH_CONTAINER 3

/* Flags of a step. */

/* A PUT of a type that takes tags: the host adds its own (installation, subject). */
#define FH_STEP_TAGS UINT32_C(0x01)
/* The step does something rather than describing a resource (a POST, a run): it is carried out once
 * for a digest, has no undo, and vanishing from the plan means nothing. When the answer to a POST
 * is lost, it is repeated only if its `until_...` shows that it did not happen; a POST without this
 * flag is repeated. One that ended by its `until_failures` has been carried out as well: a later
 * operation with the same digest lets it and its outputs stand, and what comes after it goes on;
 * only the operation in which it failed, resumed, does it again. */
#define FH_STEP_ACTION UINT32_C(0x02)
/* Its failure does not fail the operation; it is reported. Steps after it still wait for its end.
 */
#define FH_STEP_OPTIONAL UINT32_C(0x04)

/* Flags of an output. */

/* Kept in memory only; after a crash the step is carried out again to get it. */
#define FH_OUTPUT_SECRET UINT32_C(0x01)

/* A value taken from the answer of a step, for later steps: "${STEP.NAME}". */
struct fh_output {
    /* [A-Za-z0-9_-]+, but not "alternative", which is the host's own. */
    const char *name;
    /* JSON pointer (RFC 6901) into the final answer: "/properties/subnets/0/id". */
    const char *pointer;
    uint32_t flags;
    uint32_t reserved; /* 0 */
};

/*
 * A step: one resource, or one request, of the plan. Zero-initialise it and set struct_size.
 *
 * Late binding: in `path`, `source`, `body`, `alternatives` and `collection`, "${STEP.OUTPUT}"
 * stands for an output of a step (which must be among those it comes after, directly or not); in
 * `source`, `body`, `alternatives` and the URL of a FETCH or COPY, "${secret:FIELD}" stands for a
 * secret field of the request. A string that is nothing else takes the value's own JSON type. "$${"
 * is a literal "${". Secrets appear in no journal, log or dry run.
 */
struct fh_step {
    uint32_t struct_size; /* sizeof(struct fh_step) */
    uint32_t flags;       /* FH_STEP_... */
    /* Stable and unique in the plan, [A-Za-z0-9][A-Za-z0-9/._-]*: what resume and change go by. */
    const char *key;
    /* For people: "peering corp-vnet to flexhost". */
    const char *title;
    /* "PUT" (NULL means it, too), "POST", "PATCH", "DELETE", "GET" (watch), "FETCH" (save what a
     * URL holds), "COPY" (the pages of one page blob into another, see `source`). */
    const char *method;
    /* An ARM path, "/subscriptions/...". FETCH, COPY: an absolute https URL. With `service`: see
     * there. */
    const char *path;
    const char *api_version;
    /* JSON text; NULL: none. */
    const char *body;
    /* Keys of the steps that must have ended well before this one starts. */
    const char *const *after;
    uint32_t after_count;
    uint32_t ownership; /* FH_OWNED, FH_FOREIGN, FH_TEMPORARY, FH_CONTAINER */
    /* A [credential] name; NULL: that of the request's subscription. */
    const char *credential;
    /* Credentials whose tokens go into x-ms-authorization-auxiliary; at most 3. */
    const char *const *auxiliary;
    uint32_t auxiliary_count;
    uint32_t output_count;
    const struct fh_output *outputs;
    uint32_t output_size; /* sizeof(struct fh_output) */
    /* How long Azure usually takes, for progress and "longer than expected"; 0: unknown. */
    uint32_t expected_seconds;
    /* Steps of one part fail and are retried together, apart from other parts; NULL: the main one.
     */
    const char *part;
    /* The subject's status when this step fails for good: "VWanConnectionFailed"; NULL: "Failed".
     */
    const char *failed_status;
    /* JSON array of objects, each merged into body (RFC 7396), tried one after another when Azure
     * answers with an error of its capacity class: [{"zones":["2"]},{"zones":["3"]}]. What was used
     * becomes the output "alternative" (0: the body as it is). */
    const char *alternatives;
    /* The list by which many resources like this one are watched together, an ARM path; NULL: one
     * by one. */
    const char *collection;
    /* GET, and what must follow an accepted PUT or POST beyond Azure's own "Succeeded": asked again
     * until the value at until_pointer is one of until_values ("Connected|Succeeded"); one of
     * until_failures fails the step. NULL: as soon as Azure reports success. */
    const char *until_pointer;
    const char *until_values;
    const char *until_failures;
    uint32_t until_interval_seconds; /* 0: the host's own pace */
    uint32_t until_timeout_seconds;  /* 0: the host's default */
    /* How to undo it, when that is not DELETE of `path`. Method "NONE": nothing to do. */
    const char *undo_method;
    const char *undo_path;
    const char *undo_body;
    /* FETCH: the name under which the host keeps the file: "log". */
    const char *artifact;
    /* Added to the GETs of `until_...`: "$expand=instanceView"; NULL: none. */
    const char *until_url_query;
    /* An ARM list (a path, asked with api_version) that shows the resource as a GET of `path`
     * would, at the top or nested in another: `refresh` reads it once for all subjects instead of
     * each resource by itself. Unlike `collection` it does not change how the step is carried out.
     * NULL: read by itself. since 1.1 */
    const char *list_path;
    /* COPY: the URL of the page blob whose pages go to the one at `path`, which exists, is as
     * large and is empty; Azure moves them, range by range, only those that hold data, each checked
     * by its MD5. It may be a secret, "${secret:sas-url}". A copy that broke off goes on with the
     * ranges that the target lacks. Outputs: /bytes (copied in all), /ranges. since 1.2 */
    const char *source;
    /* COPY: the ETag that the source must still have; NULL: the one that it has when the copy
     * begins. When it changes meanwhile, the step fails. since 1.2 */
    const char *source_etag;
    /* NULL: the resource manager. "key-vault": the data plane of a vault of Azure; `path` is a URL
     * that begins with the vault's own, from an output: "${vault.uri}keys/NAME/create", and the
     * token is one for vaults. A POST whose answer is lost is not repeated if its `until_...` shows
     * that it happened: a key tells by a tag which request made its newest version. since 1.2 */
    const char *service;
    /* PUT: a JSON pointer to a list in `body` to which other subjects add elements of their own, as
     * child resources: "/properties/securityRules". A PUT replaces the list as a whole; so before
     * it is sent to a resource that may be there, the host reads that and sends along the elements
     * whose names begin with "fh-", as those of fh_resource_name() do, and drift does not count
     * them. All others are this step's, whose own names must not begin so. NULL: none.
     * since 1.2 */
    const char *shared_list;
};

/* Findings of a check. */
#define FH_PASS    0
#define FH_WARNING 1
#define FH_FAIL    2

/* Log levels. */
#define FH_LOG_DEBUG 0
#define FH_LOG_INFO  1
#define FH_LOG_WARN  2

struct fh_call; /* a call in progress: opaque */

/*
 * What the host lends to a plugin. Never call these directly: use the fh_... functions below. One
 * that came after 1.0 looks first whether this host has it and returns FH_EUNSUPPORTED (or NULL)
 * if not.
 */
struct fh_host {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    /* since 1.0 */
    void *(*alloc)(struct fh_call *call, size_t size);
    char *(*format)(struct fh_call *call, const char *format, va_list args);
    const char *(*request)(struct fh_call *call);
    const char *(*value)(struct fh_call *call, const char *pointer);
    int32_t (*fail)(struct fh_call *call, int32_t code, const char *field, const char *message);
    int32_t (*finding)(struct fh_call *call, int32_t severity, const char *rule, const char *field,
                       const char *message, const char *mend);
    int32_t (*claim)(struct fh_call *call, const char *cidr, const char *owner);
    const char *(*resource_name)(struct fh_call *call, const char *suffix, uint32_t max_length,
                                 const char *alphabet);
    const char *(*arm_get)(struct fh_call *call, const char *credential, const char *path,
                           const char *api_version, int32_t *status);
    const char *(*dns_query)(struct fh_call *call, const char *server, const char *name,
                             const char *type, uint32_t timeout_ms);
    const char *(*http_range)(struct fh_call *call, const char *url, uint64_t offset,
                              uint32_t length, int32_t *status);
    const char *(*tcp_probe)(struct fh_call *call, const char *host, uint16_t port,
                             uint32_t timeout_ms);
    int32_t (*step)(struct fh_call *call, const struct fh_step *step);
    int32_t (*export_value)(struct fh_call *call, const char *name, const char *value);
    int32_t (*status)(struct fh_call *call, const char *status, const char *label,
                      const char *message);
    int32_t (*detail)(struct fh_call *call, const char *name, const char *label, const char *value);
    int32_t (*log)(struct fh_call *call, int32_t level, const char *message);
    int32_t (*refused)(struct fh_call *call);
    /* since 1.1 */
    const char *(*arm_query)(struct fh_call *call, const char *credential, const char *path,
                             const char *api_version, const char *body, int32_t *status);
    const char *(*ntp_query)(struct fh_call *call, const char *server, uint32_t timeout_ms);
    int32_t (*document)(struct fh_call *call, const char *name, const char *text);
    /* since 1.2 */
    int32_t (*learn)(struct fh_call *call, const char *name, const char *value);
    const char *(*url)(struct fh_call *call, const char *url);
    int32_t (*due)(struct fh_call *call, const char *verb, uint32_t seconds);
};

/* The start of a call is frozen; the rest is the host's. */
struct fh_call {
    const struct fh_host *host;
};

/* Flags of a verb. */

/* Changes nothing: no plan, only the questions of a check, and details. */
#define FH_VERB_READ UINT32_C(0x01)

/* Something that can be done to a subject beyond create, change and delete: "reset", "finish". */
struct fh_verb {
    const char *name; /* kebab-case */
    const char *help; /* one line */
    uint32_t flags;   /* FH_VERB_... */
    uint32_t field_count;
    const struct fh_field *fields;
    /* What the operator must acknowledge (--yes or a prompt): "the tunnel drops"; NULL: nothing. */
    const char *acknowledgement;
    /* May be NULL, unless the verb only reads. */
    int32_t (*check)(struct fh_call *call);
    /* Its steps join the subject's; NULL with FH_VERB_READ. */
    int32_t (*plan)(struct fh_call *call);
    /* The subject's status while it runs: "BuilderVerifying"; NULL: the kind's own. since 1.2 */
    const char *under_way;
    /* What the subject is once it has ended well: "finished". Requests have it as "phase" from then
     * on. NULL: it stays what it was. since 1.2 */
    const char *phase;
};

/* Flags of a plugin. */

/* connection: machines on it can join a domain. */
#define FH_PLUGIN_DOMAIN_JOIN UINT32_C(0x01)
/* connection: takes a NAT gateway. */
#define FH_PLUGIN_NAT UINT32_C(0x02)

/*
 * A plugin. The first 16 bytes are frozen for ever; a host reads them before anything else.
 */
struct fh_plugin {
    /* frozen */
    uint32_t magic;       /* FH_MAGIC */
    uint32_t struct_size; /* sizeof(struct fh_plugin) */
    /* The header that it was compiled with, and the oldest host that will do: lower when what is
     * newer is optional to it. */
    uint16_t built_major;
    uint16_t built_minor;
    uint16_t needs_major;
    uint16_t needs_minor;
    /* since 1.0 */
    const char *kind; /* "connection", "image", "action" */
    /* Kebab-case, unique within the kind; the INI section is [plugin "KIND/NAME"]. */
    const char *name;
    /* The plugin's own, for people. */
    const char *version;
    /* One line. */
    const char *summary;
    /* Longer, for `plugin show` and --help; may be NULL. */
    const char *description;
    uint32_t flags;      /* FH_PLUGIN_... */
    uint32_t field_size; /* sizeof(struct fh_field) */
    /* What `create` takes beyond name, subscription and region. */
    const struct fh_field *fields;
    uint32_t field_count;
    uint32_t option_count;
    /* What the INI section takes beyond `enabled` and `file`. */
    const struct fh_field *options;
    const struct fh_verb *verbs;
    uint32_t verb_count;
    uint32_t verb_size; /* sizeof(struct fh_verb) */
    /* Read-only questions before anything is sent: reports findings and claims, or fails. May be
     * NULL. */
    int32_t (*check)(struct fh_call *call);
    /* Emits the steps of the desired state. For a deletion the host needs no plan. */
    int32_t (*plan)(struct fh_call *call);
    /* Maps what Azure reports (request: "/outputs", "/resources") to a status and details. May be
     * NULL. */
    int32_t (*observe)(struct fh_call *call);
    /* The Azure roles that it needs, for people; may be NULL. */
    const char *required_roles;
    /* The subject's status while it is created: "Importing"; NULL: the kind's own. since 1.2 */
    const char *under_way;
};

/* The one exported symbol. The plugin it returns is static and never changes. */
#if defined(__GNUC__)
#define FH_EXPORT                __attribute__((visibility("default")))
#define FH_PRINTF_(text, values) __attribute__((format(printf, text, values)))
#else
#define FH_EXPORT
#define FH_PRINTF_(text, values)
#endif
FH_EXPORT const struct fh_plugin *fh_plugin_entry(void);

/* The frozen prefix, first among a plugin's initialisers: { FH_PLUGIN_HEAD, .kind = "action", ...
 * }. A plugin that can do without what a newer header brought writes the six values itself, with
 * the oldest minor that will do as the last. */
#define FH_PLUGIN_HEAD                                                                             \
    FH_MAGIC, (uint32_t)sizeof(struct fh_plugin), FH_ABI_MAJOR, FH_ABI_MINOR, FH_ABI_MAJOR,        \
        FH_ABI_MINOR

#ifdef __cplusplus
/* C++ allows no designators behind FH_PLUGIN_HEAD: begin with a copy of this and set the rest. */
static inline struct fh_plugin fh_plugin_head(void)
{
    struct fh_plugin plugin = {};
    plugin.magic = FH_MAGIC;
    plugin.struct_size = sizeof plugin;
    plugin.built_major = plugin.needs_major = FH_ABI_MAJOR;
    plugin.built_minor = plugin.needs_minor = FH_ABI_MINOR;
    return plugin;
}
#endif

#ifdef __cplusplus
}
#endif

#include <flexhost/calls.h>

#endif
