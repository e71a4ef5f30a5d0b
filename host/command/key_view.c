/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a key: from what was applied, and from the vault when it is asked. */
#include "command/key_view.h"

#include "azure/rsa_key.h"
#include "azure/sync.h"
#include "base/text.h"
#include "command/change.h"
#include "command/key.h"
#include "command/key_request.h"
#include "command/listing.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define KEY_API "7.5"

/* ---- what a key is ---- */

static void set_time(json_t *data, const char *name, int64_t ms)
{
    if (ms)
        json_object_set_new(data, name, json_integer(ms));
    else
        json_object_del(data, name);
}

/* When the version that is there is to be rotated. */
static int take_policy(json_t *data)
{
    struct key_policy policy = key_policy_of(json_object_get(data, "rotationPolicy"));
    int64_t created = json_integer_value(json_object_get(data, "versionCreatedMs"));
    int64_t expires = json_integer_value(json_object_get(data, "expiresMs"));
    set_time(data, "rotateAtMs", created ? key_policy_due(&policy, created, expires) : 0);
    return 0;
}

/* A version as the vault shows it: its URL, its public part, and when it was made and expires (in
 * seconds). */
struct shown {
    const char *kid;
    const char *n;
    const char *e;
    json_int_t created;
    json_int_t expires;
};

static int take_shown(json_t *data, const struct shown *shown, struct error *err)
{
    char fingerprint[RSA_FINGERPRINT];
    const char *slash = shown->kid ? strrchr(shown->kid, '/') : NULL;
    if (!slash || rsa_key_fingerprint(shown->n, shown->e, fingerprint, err) < 0)
        return slash ? -1 : error_set(err, ERROR_AZURE, NULL, "the vault's answer holds no key");
    json_object_set_new(data, "keyUri", json_string(shown->kid));
    json_object_set_new(data, "keyVersion", json_string(slash + 1));
    json_object_set_new(data, "fingerprint", json_string(fingerprint));
    set_time(data, "versionCreatedMs", (int64_t)shown->created * 1000);
    set_time(data, "expiresMs", (int64_t)shown->expires * 1000);
    return take_policy(data);
}

/* ---- after an operation ---- */

/* What the journal says of a key. */
struct applied {
    const char *operation;
    json_t *key; /* outputs */
    json_t *set;
    bool by_this; /* the key's version is of this operation */
};

static bool take_step(void *context, const struct journal_step *step)
{
    struct applied *applied = context;
    bool is_key = strcmp(step->key, "key") == 0;
    if (!step->outputs || (!is_key && strcmp(step->key, "encryption-set") != 0))
        return true;
    json_t *outputs = json_loads(step->outputs, 0, NULL);
    if (is_key)
        applied->by_this = step->operation && applied->operation &&
                           strcmp(step->operation, applied->operation) == 0 &&
                           strcmp(step->state, "done") == 0;
    *(is_key ? &applied->key : &applied->set) = outputs;
    return true;
}

/* Azure has said yes to the set: whether it has that version too. */
static void verify_set(json_t *data, const struct applied *applied)
{
    const char *used = text_at(applied->set, "keyUrl"), *kid = text_at(applied->key, "kid");
    if (applied->by_this && used && kid && strcasecmp(used, kid) != 0)
        json_object_set_new(data, "message",
                            json_sprintf("the disk encryption set uses another version, %s", used));
    else
        json_object_del(data, "message");
}

/* What the vault has done by itself since is newer than the journal. */
static int take_applied(json_t *data, const struct applied *applied, const json_t *version,
                        struct error *err)
{
    const json_t *key = applied->key;
    bool is_new = applied->by_this || !json_object_get(data, "keyUri");
    const struct shown shown = {.kid = text_at(key, "kid"),
                                .n = text_at(key, "n"),
                                .e = text_at(key, "e"),
                                .created = json_integer_value(json_object_get(key, "created")),
                                .expires = json_integer_value(json_object_get(key, "expires"))};
    if (!is_new || !shown.kid) /* nothing came of it, and the error says so */
        return take_policy(data);
    json_object_set(data, "keySource", json_object_get(version, "source"));
    json_object_set(data, "bits", json_object_get(version, "bits"));
    return take_shown(data, &shown, err);
}

int key_settle(struct context *context, struct subject *subject, const json_t *request,
               struct error *err)
{
    struct store *store = context_store(context, err);
    struct applied applied = {.operation = text_at(request, "transactionId")};
    struct journal_filter filter = {.subject_id = subject->record.id};
    int result = store ? store->ops->journal_each(store, &filter, take_step, &applied, err) : -1;
    if (result == 0)
        result = take_applied(subject->data, &applied,
                              json_object_get(json_object_get(request, "key"), "version"), err);
    verify_set(subject->data, &applied);
    json_decref(applied.key);
    json_decref(applied.set);
    return result;
}

/* ---- when the vault is asked ---- */

/* Unless somebody has changed the key while the vault was asked. */
static int check_unchanged(struct store *store, const struct subject *key, struct error *err)
{
    const struct record *record = &key->record;
    struct subject now;
    if (subject_load(store, "key", record->id, &now, err) < 0)
        return -1;
    bool same = now.record.updated_ms == record->updated_ms;
    subject_clear(&now);
    return same ? 0
                : error_set(err, ERROR_RETRY, "/name",
                            "the key \"%s\" has just been changed by somebody else: give the "
                            "command again",
                            record->name);
}

static int write_back(struct context *context, struct subject *key, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store || store->ops->begin(store, err) < 0)
        return -1;
    int result = check_unchanged(store, key, err);
    key->record.updated_ms = clock_wall(clock_system());
    if (result == 0 && subject_put(store, key, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int refuse_status(const struct subject *key, int status, const json_t *body,
                         struct error *err)
{
    const char *message = text_at(json_object_get(body, "error"), "message");
    bool denied = status == 401 || status == 403;
    return error_set(err, denied ? ERROR_CREDENTIALS : ERROR_AZURE, "/name",
                     "the vault \"%s\" does not show the key \"%s\" (it answers %d): %s",
                     text_at(key->data, "vault"), key->record.name, status,
                     message ? message : "no reason given");
}

int key_refresh(struct context *context, struct subject *key, struct error *err)
{
    const char *uri = text_at(key->data, "keyUri");
    const char *slash = uri ? strrchr(uri, '/') : NULL;
    struct arm *arm = slash ? context_arm(context, err) : NULL;
    if (!slash)
        return error_set(err, ERROR_USAGE, "/name",
                         "the key \"%s\" is in no vault yet (status %s): `flexhost key show %s` "
                         "says why",
                         key->record.name, status_label("key", key->record.status),
                         key->record.name);
    char *url = strndup(uri, (size_t)(slash - uri));
    json_t *body = NULL;
    int status = 0;
    int result = arm && url
                     ? arm_vault_get_wait(
                           arm, text_at(json_object_get(key->data, "subscription"), "credential"),
                           url, KEY_API, &status, &body, err)
                     : -1;
    const json_t *shown = json_object_get(body, "key");
    const json_t *attributes = json_object_get(body, "attributes");
    struct shown now = {.kid = text_at(shown, "kid"),
                        .n = text_at(shown, "n"),
                        .e = text_at(shown, "e"),
                        .created = json_integer_value(json_object_get(attributes, "created")),
                        .expires = json_integer_value(json_object_get(attributes, "exp"))};
    if (result == 0)
        result = status == 200 ? take_shown(key->data, &now, err)
                               : refuse_status(key, status, body, err);
    if (result == 0)
        result = write_back(context, key, err);
    json_decref(body);
    free(url);
    return result;
}

/* ---- for people ---- */

static bool is_due(const json_t *data)
{
    json_int_t at = json_integer_value(json_object_get(data, "rotateAtMs"));
    return at && at <= (json_int_t)clock_wall(clock_system());
}

/* "2026-01-31"; NULL without a time. */
static json_t *date_json(const json_t *ms)
{
    time_t seconds = (time_t)(json_integer_value(ms) / 1000);
    struct tm parts;
    char text[32];
    if (!ms || !gmtime_r(&seconds, &parts) || !strftime(text, sizeof text, "%Y-%m-%d", &parts))
        return NULL;
    return json_string(text);
}

static json_t *due_text(const json_t *data, const char *name)
{
    json_t *date = date_json(json_object_get(data, "rotateAtMs"));
    json_t *text = json_sprintf("rotation was due on %s: flexhost key rotate %s (or flexhost key "
                                "refresh %s, if the vault has rotated it)",
                                json_string_value(date), name, name);
    json_decref(date);
    return text;
}

json_t *key_json(const struct subject *subject)
{
    json_t *json = subject_json(subject);
    if (is_due(subject->data) && !json_object_get(json, "message"))
        json_object_set_new(json, "message", due_text(subject->data, subject->record.name));
    return json;
}

struct warning {
    struct context *context;
    const json_t *names;      /* NULL: all */
    const char *subscription; /* NULL: all */
};

static bool is_among(const json_t *names, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)names, i, one)
    {
        if (json_is_string(one) && strcasecmp(json_string_value(one), name) == 0)
            return true;
    }
    return !names;
}

static bool warn(void *context, const struct record *record)
{
    const struct warning *warning = context;
    const char *wanted = warning->subscription, *own = record->subscription;
    if (!is_among(warning->names, record->name) ||
        (wanted && (!own || strcasecmp(wanted, own) != 0)))
        return true;
    json_t *data = record->data ? json_loads(record->data, 0, NULL) : NULL;
    if (is_due(data)) {
        json_t *text = due_text(data, record->name);
        context_warn(warning->context, "the key \"%s\": %s", record->name, json_string_value(text));
        json_decref(text);
    }
    json_decref(data);
    return true;
}

static int warn_all(struct warning *warning, struct error *err)
{
    struct store *store = context_store(warning->context, err);
    struct record_filter filter = {.kind = "key"};
    return store ? store->ops->record_each(store, &filter, warn, warning, err) : -1;
}

int key_warn_due(struct context *context, const json_t *names, struct error *err)
{
    struct warning warning = {.context = context, .names = names};
    return warn_all(&warning, err);
}

int key_warn_due_in(struct context *context, const char *subscription, struct error *err)
{
    struct warning warning = {.context = context, .subscription = subscription};
    return warn_all(&warning, err);
}

/* ---- who uses it ---- */

struct users {
    const char *key;
    json_t *names;
};

static bool add_user(void *context, const struct record *record)
{
    struct users *users = context;
    json_t *data = record->data ? json_loads(record->data, 0, NULL) : NULL;
    const char *own = text_at(data, "key");
    const char *field = text_at(json_object_get(data, "fields"), "key");
    if ((own && strcasecmp(own, users->key) == 0) || (field && strcasecmp(field, users->key) == 0))
        json_array_append_new(users->names, json_string(record->name));
    json_decref(data);
    return true;
}

json_t *key_users(struct store *store, const char *key, const char *kind, struct error *err)
{
    struct users users = {key, json_array()};
    struct record_filter filter = {.kind = kind};
    if (users.names && store->ops->record_each(store, &filter, add_user, &users, err) == 0)
        return users.names;
    json_decref(users.names);
    return NULL;
}

int refuse_used_key(struct store *store, const struct subject *key, struct error *err)
{
    static const char *const kinds[] = {"catalog", "image"};
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        json_t *names = key_users(store, key->record.name, kinds[i], err);
        result = names ? refuse_while_used(&key->record, names, kinds[i], err) : -1;
        json_decref(names);
    }
    return result;
}

int key_admit(struct context *context, const struct subject *subject, const char *action,
              struct error *err)
{
    if (strcmp(action, "delete") != 0)
        return 0;
    return refuse_used_key(context_store(context, err), subject, err);
}
