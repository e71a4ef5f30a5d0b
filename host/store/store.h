/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives the process: records, operations, the journal of steps, leases, secrets, audit. */
#ifndef FLEXHOST_STORE_STORE_H
#define FLEXHOST_STORE_STORE_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A subject as the operator knows it. Texts that the store hands out are borrowed for the callback.
 */
struct record {
    const char *kind; /* "connection", "image", "catalog", "key", "activity", "subscription" */
    const char *id;   /* a UUID, for ever */
    const char *name; /* unique within the kind, without case (of ASCII letters) */
    const char *type; /* the plugin's name, or NULL */
    const char *subscription;
    const char *region;
    const char *status;    /* the published model's code */
    const char *operation; /* id of its last operation, or NULL */
    const char *data;      /* JSON object: fields, exports, details, error …; NULL: {} */
    int64_t created_ms;
    int64_t updated_ms;
};

/* One change of one subject: create, update, delete or a verb. */
struct operation {
    const char *id; /* UUIDv7: the transaction id */
    const char *subject_kind;
    const char *subject_id;
    const char *subject_name;
    const char *action;    /* "create", "update", "delete" or a verb's name */
    const char *request;   /* JSON: all that planning needs; secrets by reference */
    const char *status;    /* "Running", "Succeeded", "Failed", "PartlySucceeded", "Cancelled",
                              "Interrupted" */
    const char *error;     /* JSON {code,field,message,azureCode} or NULL */
    const char *principal; /* who asked */
    const char *counts;    /* JSON: requests sent, by class */
    int64_t started_ms;
    int64_t finished_ms; /* 0 while it runs */
    int64_t steps_total;
    int64_t steps_done;
    bool cancel_requested;
};

/* One step as journaled: an intent before its request leaves, then what Azure said, then what is
 * there. */
struct journal_step {
    const char *subject_id;
    const char *key;
    int64_t sequence;  /* order within the subject's plan; undo goes the other way */
    const char *state; /* see plan/journal.h */
    const char *digest;
    const char *method;
    const char *path; /* resolved */
    const char *api_version;
    const char *credential;
    const char *undo;    /* JSON {method,path,body}; NULL: DELETE of path */
    const char *after;   /* JSON array of keys */
    const char *outputs; /* JSON object, secrets left out */
    const char *poll;    /* JSON of struct arm_poll, or NULL */
    const char *error;   /* JSON, or NULL */
    const char *title;
    const char *part;
    const char *operation; /* that touched it last */
    int64_t ownership;
    int64_t flags;
    int64_t alternative;
    int64_t attempts;
    int64_t updated_ms;
};

struct audit_entry {
    int64_t at_ms;
    const char *principal;
    const char *command; /* the command line without secrets */
    const char *subject; /* "connection corp" or NULL */
    const char *result;  /* "done", "refused", "failed" … */
    const char *operation;
};

struct lease_holder {
    char operation[40];
    char host[65];
    int64_t pid;
    int64_t expires_ms;
};

/* Returns false to stop early (not an error). A visitor may ask the store again, but not begin a
 * transaction or call what commits by itself. */
typedef bool record_fn(void *context, const struct record *record);
typedef bool operation_fn(void *context, const struct operation *operation);
typedef bool journal_fn(void *context, const struct journal_step *step);
typedef bool audit_fn(void *context, const struct audit_entry *entry);

/* NULL members match everything. */
struct record_filter {
    const char *kind;
    const char *name;
    const char *id;
    const char *subscription;
};
struct operation_filter {
    const char *id; /* whole, or its first 8 characters or more */
    const char *subject_id;
    const char *status;
    int64_t limit; /* newest first; 0: all */
};
struct journal_filter {
    const char *subject_id;
    const char *key_prefix; /* "machine/" over all subjects when subject_id is NULL */
};

struct store;

/*
 * The interface. Every call returns 0, or -1 with err set. What is not there is no error: visitors
 * are simply not called. Mutations need a transaction (begin … commit) and are durable when commit
 * returned 0; a failed commit leaves the store as it was before begin, and usable. After a failed
 * mutation call rollback, unless it was a name that is taken. What commits by itself takes part in
 * the caller's transaction if one is open. After a fork the child must open a store of its own.
 */
struct store_ops {
    int (*begin)(struct store *, struct error *); /* waits 5 s for another's, then ERROR_RETRY */
    int (*commit)(struct store *, struct error *);
    void (*rollback)(struct store *); /* nothing when none is open */

    int (*record_put)(struct store *, const struct record *,
                      struct error *); /* by id; a name taken by another id is refused */
    int (*record_delete)(struct store *, const char *kind, const char *id, struct error *);
    int (*record_each)(struct store *, const struct record_filter *, record_fn *, void *,
                       struct error *); /* by name */

    int (*operation_put)(struct store *, const struct operation *, struct error *);
    int (*operation_each)(struct store *, const struct operation_filter *, operation_fn *, void *,
                          struct error *);
    /* The two below are committed by themselves: another process asks, the runner looks once a
     * second. A request sticks, whatever operation_put writes, until the operation has finished. */
    int (*operation_request_cancel)(struct store *, const char *id, struct error *);
    int (*operation_cancel_requested)(struct store *, const char *id, bool *requested,
                                      struct error *);

    int (*journal_put)(struct store *, const struct journal_step *, struct error *);
    int (*journal_delete)(struct store *, const char *subject_id, const char *key, struct error *);
    int (*journal_each)(struct store *, const struct journal_filter *, journal_fn *, void *,
                        struct error *); /* by subject, sequence */

    /* One operation at a time per subject, across processes and hosts. Committed by itself. Taken
     * over when it has expired, or at once when its process on this host is gone. Refused
     * (ERROR_RETRY) with *holder filled. The holder itself (operation and process) may call again;
     * a child process is another one. */
    int (*lease_acquire)(struct store *, const char *subject_id, const char *operation,
                         int64_t ttl_ms, struct lease_holder *holder, struct error *);
    int (*lease_renew)(struct store *, const char *subject_id, const char *operation,
                       int64_t ttl_ms, struct error *); /* ERROR_RETRY when lost */
    int (*lease_release)(struct store *, const char *subject_id, const char *operation,
                         struct error *);
    /* *held says whether a living process holds it. */
    int (*lease_query)(struct store *, const char *subject_id, bool *held,
                       struct lease_holder *holder, struct error *);

    /* AES-256-GCM at rest, 1 MiB at most. A put raises the version, which never comes back, not
     * even after a delete. get: *value is the caller's, to be given to secret_wipe(). *version 0:
     * there is none. */
    int (*secret_put)(struct store *, const char *owner, const char *name, const char *value,
                      size_t length, struct error *);
    int (*secret_get)(struct store *, const char *owner, const char *name, char **value,
                      size_t *length, int64_t *version, struct error *);
    int (*secret_version)(struct store *, const char *owner, const char *name, int64_t *version,
                          struct error *);
    int (*secret_delete_all)(struct store *, const char *owner, struct error *);

    int (*audit_append)(struct store *, const struct audit_entry *,
                        struct error *); /* committed by itself */
    int (*audit_each)(struct store *, int64_t limit, audit_fn *, void *,
                      struct error *); /* newest first */

    const char *(*installation)(
        struct store *); /* a short text made when the store was, e.g. "k3f9x2" */
    void (*close)(struct store *);
    /* A good moment for work that can wait: nothing has to be committed now. May be NULL. */
    void (*tidy)(struct store *);
};

struct store {
    const struct store_ops *ops;
};

/* Opens DIR/flexhost.db (made at need, 0600 in a folder of 0700) with the key of secrets in
 * DIR/secret.key. */
struct store *store_open(const char *folder, struct clock *clock, struct error *err);
/* In memory, for tests and the simulator: the same code, nothing on disk. */
struct store *store_open_memory(struct clock *clock, struct error *err);
/* Wipes and frees a secret's value; NULL is fine. */
void secret_wipe(char *value, size_t length);

#endif
