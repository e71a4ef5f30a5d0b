/* SPDX-License-Identifier: Apache-2.0 */
/* key add, list, show, rotate, set, refresh, delete. */
#include "command/key.h"

#include "command/change.h"
#include "command/key_request.h"
#include "command/key_view.h"
#include "command/nouns.h"
#include "command/text_at.h"

#include <string.h>

/* Whether the request brings a version, and not only a policy. */
static bool brings_version(const struct key_parts *parts)
{
    const json_t *version = json_object_get(json_object_get(parts->request, "key"), "version");
    const char *operation = text_at(version, "operation");
    return operation && strcmp(operation, text_at(parts->request, "transactionId")) == 0;
}

static int start(struct context *context, const struct command_input *input, const char *action,
                 const struct subject *existing, const struct key_parts *parts,
                 struct command_output *output, struct error *err)
{
    struct change_request change = {.kind = subject_kind_find("key"),
                                    .action = action,
                                    .request = parts->request,
                                    .data = parts->data,
                                    .unkept = parts->unkept,
                                    .existing = existing ? &existing->record : NULL};
    if (change_start(context, input, &change, output, err) < 0)
        return -1;
    /* Of a dry run there is nothing, and of one that goes on elsewhere only the operation. */
    if (!output->result || input->no_wait)
        return 0;
    struct subject subject;
    if (subject_load(context_store(context, err), "key", text_at(parts->request, "id"), &subject,
                     err) < 0)
        return -1;
    json_decref(output->result);
    output->result = key_json(&subject);
    const char *source = text_at(subject.data, "keySource");
    const char *fingerprint = text_at(subject.data, "fingerprint");
    if (source && strcmp(source, "Generate") == 0 && fingerprint && brings_version(parts))
        context_remark(context, "the vault has made it: its fingerprint is %s", fingerprint);
    subject_clear(&subject);
    return 0;
}

static int add(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    struct key_parts parts = {0};
    int result = key_request_add(context, input, &parts, err);
    if (result == 0)
        result = start(context, input, "create", NULL, &parts, output, err);
    key_parts_clear(&parts);
    return result;
}

static int load(struct context *context, const struct command_input *input, struct subject *key,
                struct error *err)
{
    struct store *store = context_store(context, err);
    return store ? subject_load(store, "key", text_at(input->fields, "name"), key, err) : -1;
}

typedef int request_fn(struct context *context, const struct command_input *input,
                       const struct subject *key, struct key_parts *parts, struct error *err);

static int change(struct context *context, const struct command_input *input, request_fn *make,
                  struct command_output *output, struct error *err)
{
    struct key_parts parts = {0};
    struct subject key;
    if (load(context, input, &key, err) < 0)
        return -1;
    int result = make(context, input, &key, &parts, err);
    if (result == 0)
        result = start(context, input, "update", &key, &parts, output, err);
    key_parts_clear(&parts);
    subject_clear(&key);
    return result;
}

static int rotate(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    return change(context, input, key_request_rotate, output, err);
}

static int set(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    return change(context, input, key_request_set, output, err);
}

static bool add_listed(void *context, const struct record *record)
{
    struct subject subject = {.record = *record, .data = json_loads(record->data, 0, NULL)};
    json_array_append_new(context, key_json(&subject));
    json_decref(subject.data);
    return true;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct record_filter filter = {.kind = "key"};
    output->result = json_array();
    if (!store || store->ops->record_each(store, &filter, add_listed, output->result, err) < 0)
        return -1;
    return key_warn_due(context, NULL, err);
}

static int show_key(struct context *context, const struct subject *key,
                    struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *images = key_users(store, key->record.name, "image", err);
    json_t *catalogs = images ? key_users(store, key->record.name, "catalog", err) : NULL;
    int result = catalogs ? 0 : -1;
    output->result = key_json(key);
    json_object_set(output->result, "usedByImages", images);
    json_object_set(output->result, "usedByCatalogs", catalogs);
    json_decref(images);
    json_decref(catalogs);
    json_t *names = json_pack("[s]", key->record.name);
    if (result == 0)
        result = key_warn_due(context, names, err);
    json_decref(names);
    return result;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct subject key;
    if (load(context, input, &key, err) < 0)
        return -1;
    int result = show_key(context, &key, output, err);
    subject_clear(&key);
    return result;
}

static int refresh(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    struct subject key;
    if (load(context, input, &key, err) < 0)
        return -1;
    int result = key_refresh(context, &key, err);
    if (result == 0)
        result = show_key(context, &key, output, err);
    subject_clear(&key);
    return result;
}

static int delete_key(struct context *context, const struct command_input *input,
                      struct command_output *output, struct error *err)
{
    struct subject key;
    if (load(context, input, &key, err) < 0)
        return -1;
    int result = refuse_used_key(context_store(context, err), &key, err);
    if (result == 0)
        result = change_delete(context, input, &key, output, err);
    subject_clear(&key);
    return result;
}

/* ---- rows ---- */

#define SECRET_HELP                                                                                \
    "an RSA key of 2048, 3072 or 4096 bits in PEM, unencrypted; it goes to the vault and is kept " \
    "nowhere else"
#define TYPE_HELP   "what the rotation time is counted from (default: time-after-create)"
#define TIME_HELP   "when the vault rotates the key by itself, in ISO 8601: P18M; at least P7D"
#define EXPIRY_HELP "how long a version of the key lives, in ISO 8601: P2Y; at least P28D"
#define TYPES       "time-after-create|time-before-expiry"
#define SIZES       "2048|3072|4096"

static const struct fh_field add_fields[] = {
    {.name = "name", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "what to call the key"},
    {.name = "subscription",
     .type = "string",
     .help = "the managed subscription (default: the only one there is)"},
    {.name = "region", .type = "region", .help = "the region (default: the subscription's)"},
    {.name = "private-key", .type = "secret", .help = SECRET_HELP},
    {.name = "generate",
     .type = "bool",
     .help = "the vault makes the key, and nobody ever has its private part"},
    {.name = "size", .type = "enum", .values = SIZES, .help = "generate: its bits (default: 3072)"},
    {.name = "rotation-type", .type = "enum", .values = TYPES, .help = TYPE_HELP},
    {.name = "rotation-time", .type = "string", .help = TIME_HELP},
    {.name = "expiry-time", .type = "string", .help = EXPIRY_HELP},
    {.name = "role-credential",
     .type = "credential",
     .help = "the credential that may assign roles, if the subscription's may not"},
    {.name = "vault",
     .type = "string",
     .flags = FH_FIELD_ADVANCED,
     .pattern = "[A-Za-z](-?[A-Za-z0-9])+",
     .pattern_help = "letters, digits and single '-', from a letter to a letter or digit",
     .min = 3,
     .max = 24,
     .help = "the name of the key vault, which no other customer of Azure may have (default: "
             "derived; one for each subscription and region)"},
};
static const struct fh_field rotate_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the key's name or id"},
    {.name = "private-key",
     .type = "secret",
     .help = "the new version, as for `key add` (default: the vault makes it)"},
    {.name = "size",
     .type = "enum",
     .values = SIZES,
     .help = "of a version that the vault makes: its bits (default: as before)"},
};
static const struct fh_field set_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the key's name or id"},
    {.name = "rotation", .type = "bool", .help = "whether the vault rotates the key by itself"},
    {.name = "rotation-type", .type = "enum", .values = TYPES, .help = TYPE_HELP},
    {.name = "rotation-time", .type = "string", .help = TIME_HELP},
    {.name = "expiry-time",
     .type = "string",
     .help = "how long versions live that come from now on, in ISO 8601: P2Y; at least P28D"},
};
static const struct fh_field name_field[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "the key's name or id"}};
static const struct column columns[] = {{"name", "NAME"},
                                        {"statusLabel", "STATUS"},
                                        {"subscription", "SUBSCRIPTION"},
                                        {"region", "REGION"},
                                        {"bits", "BITS"},
                                        {"keySource", "SOURCE"},
                                        {"expiresMs", "EXPIRES"},
                                        {"rotateAtMs", "ROTATION DUE"},
                                        {"message", "MESSAGE"}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct command commands[] = {
    {.noun = "key",
     .verb = "add",
     .summary = "Add a customer-managed key that disks are encrypted with",
     .description =
         "The key goes to a key vault of the subscription and region, which is made at need, and a "
         "disk encryption set uses it. Images that name the key have encrypted disks, and so have "
         "the machines that are made of them.\n"
         "A private key comes by --private-key-file or --private-key-env, or is typed twice at a "
         "terminal. It is held in memory until the vault has it, and kept nowhere else: not in "
         "the state folder, not in logs.",
     .permission = "key/create",
     .flags = COMMAND_CHANGES,
     .fields = add_fields,
     .field_count = sizeof add_fields / sizeof *add_fields,
     .positional = "name",
     .secret_at_need = "private-key generate -",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost key add finance --region eastus --private-key-file finance.pem "
                "--rotation-time P18M --expiry-time P2Y",
     .run = add},
    {.noun = "key",
     .verb = "list",
     .summary = "List the keys, with a warning for each whose rotation is due",
     .permission = "key/read",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost key list",
     .run = list},
    {.noun = "key",
     .verb = "show",
     .summary = "Show a key, its fingerprint and what uses it",
     .description = "The fingerprint is the SHA-256 of the public key, as `openssl pkey -in FILE "
                    "-pubout -outform DER | sha256sum` prints it.",
     .permission = "key/read",
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost key show finance",
     .run = show},
    {.noun = "key",
     .verb = "rotate",
     .summary = "Give a key a new version, and the disks that are encrypted with it",
     .description = "The vault makes the new version unless one is brought. The disk encryption "
                    "set uses it from then on; older versions stay in the vault. A key whose "
                    "private part was lost on its way to the vault is given again so.",
     .permission = "key/update",
     .flags = COMMAND_CHANGES,
     .fields = rotate_fields,
     .field_count = sizeof rotate_fields / sizeof *rotate_fields,
     .positional = "name",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost key rotate finance",
     .run = rotate},
    {.noun = "key",
     .verb = "set",
     .summary = "Change when the vault rotates a key by itself",
     .description = "What is not given stays as it is; --no-rotation ends it.",
     .permission = "key/update",
     .flags = COMMAND_CHANGES,
     .fields = set_fields,
     .field_count = sizeof set_fields / sizeof *set_fields,
     .positional = "name",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost key set finance --rotation-time P1Y",
     .run = set},
    {.noun = "key",
     .verb = "refresh",
     .summary = "Ask the vault which version of a key is the newest",
     .permission = "key/read",
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost key refresh finance",
     .run = refresh},
    {.noun = "key",
     .verb = "delete",
     .summary = "Delete a key and its disk encryption set",
     .description = "The vault stays, and keeps the key for 90 days, in which an administrator of "
                    "Azure can recover it.",
     .permission = "key/delete",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .acknowledgement = "disks that are still encrypted with the key can no longer be read.",
     .example = "flexhost key delete finance --yes",
     .run = delete_key},
};

struct noun noun_key(void)
{
    return (struct noun){"key", "Customer-managed keys that disks are encrypted with", commands,
                         sizeof commands / sizeof *commands};
}
