/* SPDX-License-Identifier: Apache-2.0 */
/* The real store behind a thin wall that fails, and that a dead host cannot reach through. */
#include "sim.h"

#include <string.h>

static struct sim *of_store(struct store *store)
{
    return (struct sim *)((char *)store - offsetof(struct sim, flaky));
}

static int refuse(struct error *err)
{
    return error_set(err, ERROR_FAILED, NULL, "no space left on device");
}

static bool fails(struct sim *sim)
{
    if (sim->dead)
        return true;
    if (!chance_of(&sim->chance, sim->faults.write_failed))
        return false;
    sim_log(sim, "a write fails");
    return true;
}

/* ---- what is durable of the journal, kept beside it: asked at every request ---- */

static void note(struct sim *sim, const char *key, json_t *row)
{
    json_array_append_new(sim->noted, json_pack("[s, o]", key, row));
}

static void keep_notes(struct sim *sim)
{
    size_t i;
    json_t *entry;
    json_array_foreach(sim->noted, i, entry) json_object_set(
        sim->rows, json_string_value(json_array_get(entry, 0)), json_array_get(entry, 1));
    json_array_clear(sim->noted);
}

bool flaky_has_intent(const struct sim *sim, const char *path, size_t length)
{
    const char *key;
    json_t *row;
    json_object_foreach(sim->rows, key, row)
    {
        const char *state = json_string_value(json_array_get(row, 0));
        const char *at = json_string_value(json_array_get(row, 1));
        if (at && (strcmp(state, "intent") == 0 || strcmp(state, "undo-intent") == 0) &&
            strlen(at) == length && strncmp(at, path, length) == 0)
            return true;
    }
    return false;
}

static int flaky_begin(struct store *store, struct error *err)
{
    struct sim *sim = of_store(store);
    if (fails(sim))
        return refuse(err);
    sim->in_transaction = true;
    return sim->store->ops->begin(sim->store, err);
}

static void flaky_rollback(struct store *store)
{
    struct sim *sim = of_store(store);
    if (sim->in_transaction)
        sim->store->ops->rollback(sim->store);
    json_array_clear(sim->noted);
    sim->in_transaction = false;
}

/* The host may die just before it is durable, or just after. */
static int flaky_commit(struct store *store, struct error *err)
{
    struct sim *sim = of_store(store);
    sim->commits++;
    if (chance_of(&sim->chance, sim->faults.crash)) {
        sim_log(sim, "crash before the commit");
        sim->crashes++;
        sim->dead = true;
    }
    if (fails(sim)) {
        flaky_rollback(store);
        return refuse(err);
    }
    sim->in_transaction = false;
    if (sim->store->ops->commit(sim->store, err) != 0)
        return -1;
    keep_notes(sim);
    if (chance_of(&sim->chance, sim->faults.crash)) {
        sim_log(sim, "crash after the commit");
        sim->crashes++;
        sim->dead = true;
    }
    return 0;
}

static int flaky_operation_put(struct store *store, const struct operation *operation,
                               struct error *err)
{
    struct sim *sim = of_store(store);
    return fails(sim) ? refuse(err) : sim->store->ops->operation_put(sim->store, operation, err);
}

static int flaky_operation_each(struct store *store, const struct operation_filter *filter,
                                operation_fn *fn, void *context, struct error *err)
{
    struct sim *sim = of_store(store);
    return sim->dead ? refuse(err)
                     : sim->store->ops->operation_each(sim->store, filter, fn, context, err);
}

static int flaky_cancel_requested(struct store *store, const char *id, bool *requested,
                                  struct error *err)
{
    struct sim *sim = of_store(store);
    return sim->dead ? refuse(err)
                     : sim->store->ops->operation_cancel_requested(sim->store, id, requested, err);
}

static int flaky_journal_put(struct store *store, const struct journal_step *step,
                             struct error *err)
{
    struct sim *sim = of_store(store);
    if (fails(sim))
        return refuse(err);
    note(sim, step->key, json_pack("[s, s]", step->state, step->path));
    return sim->store->ops->journal_put(sim->store, step, err);
}

static int flaky_journal_delete(struct store *store, const char *subject, const char *key,
                                struct error *err)
{
    struct sim *sim = of_store(store);
    if (fails(sim))
        return refuse(err);
    note(sim, key, json_null());
    return sim->store->ops->journal_delete(sim->store, subject, key, err);
}

static int flaky_journal_each(struct store *store, const struct journal_filter *filter,
                              journal_fn *fn, void *context, struct error *err)
{
    struct sim *sim = of_store(store);
    return sim->dead ? refuse(err)
                     : sim->store->ops->journal_each(sim->store, filter, fn, context, err);
}

static int flaky_lease_renew(struct store *store, const char *subject, const char *operation,
                             int64_t ttl_ms, struct error *err)
{
    struct sim *sim = of_store(store);
    sim->commits++;
    return fails(sim) ? refuse(err)
                      : sim->store->ops->lease_renew(sim->store, subject, operation, ttl_ms, err);
}

static int flaky_secret_get(struct store *store, const char *owner, const char *name, char **value,
                            size_t *length, int64_t *version, struct error *err)
{
    struct sim *sim = of_store(store);
    return sim->dead
               ? refuse(err)
               : sim->store->ops->secret_get(sim->store, owner, name, value, length, version, err);
}

static int flaky_secret_version(struct store *store, const char *owner, const char *name,
                                int64_t *version, struct error *err)
{
    struct sim *sim = of_store(store);
    return sim->dead ? refuse(err)
                     : sim->store->ops->secret_version(sim->store, owner, name, version, err);
}

void flaky_open(struct sim *sim)
{
    static const struct store_ops ops = {
        .begin = flaky_begin,
        .commit = flaky_commit,
        .rollback = flaky_rollback,
        .operation_put = flaky_operation_put,
        .operation_each = flaky_operation_each,
        .operation_cancel_requested = flaky_cancel_requested,
        .journal_put = flaky_journal_put,
        .journal_delete = flaky_journal_delete,
        .journal_each = flaky_journal_each,
        .lease_renew = flaky_lease_renew,
        .secret_get = flaky_secret_get,
        .secret_version = flaky_secret_version,
    };
    sim->flaky.ops = &ops;
}

void flaky_reset(struct sim *sim)
{
    flaky_rollback(&sim->flaky);
}
