/* SPDX-License-Identifier: Apache-2.0 */
/* What the simulation knows of each resource type; one table row a type. */
#ifndef AZURE_LOCAL_KIND_H
#define AZURE_LOCAL_KIND_H

#include "store.h"

struct span {
    int low, high; /* Azure's seconds */
};

/* How the answers to a change say where to watch it. */
enum watch {
    WATCH_NONE,      /* done at once */
    WATCH_NETWORK,   /* …/locations/L/operations/ID and operationResults/ID */
    WATCH_COMPUTE,   /* …/locations/L/operations/ID and ?monitor=true */
    WATCH_STORAGE,   /* Location to asyncoperations/ID, no Azure-AsyncOperation */
    WATCH_RESOURCES, /* Location to operationresults/ID, no Azure-AsyncOperation */
};

struct kind {
    const char *type;
    const char *inlined; /* the parent's property that holds it, or NULL */
    enum watch watch;
    int created, updated; /* first answers to a PUT */
    struct span create, update, remove;
    bool tracked;     /* has a location and tags */
    bool plain;       /* has no provisioningState */
    bool by_group;    /* no list of a subscription's */
    bool no_etag;     /* compute, storage and authorization show none */
    const char *busy; /* the provisioningState while it is created */

    /* Checks and completes the wanted body. `old` is NULL for a new one. Refuses by refuse(). */
    int (*accept)(struct exchange *x, struct resource *old, json_t *wanted);
    /* The body is in the store: make what comes with it. */
    void (*stored)(struct exchange *x, struct resource *resource, json_t *asked);
    /* Must its operation go on, though its time is over? */
    bool (*unready)(struct sim *sim, struct resource *resource);
    /* Its operation ended well. */
    void (*settled)(struct sim *sim, struct resource *resource);
    /* Completes the answer, a copy of the body. */
    void (*show)(struct exchange *x, const struct resource *resource, json_t *answer);
    /* May it be deleted? Refuses by refuse(). */
    int (*spare)(struct exchange *x, struct resource *resource);
    /* It leaves the store now. */
    void (*gone)(struct sim *sim, struct resource *resource);
};

const struct kind *kind_find(const char *type_key);
const struct kind *kind_at(size_t index); /* NULL past the end */

/* arm.c */
void arm_handle(struct exchange *x, const struct kind *kind);
/* The body for a client: a copy with children inlined. */
json_t *arm_show(struct exchange *x, const struct resource *resource);
/* Refuses: there is no such resource. */
int arm_absent(struct exchange *x, const struct kind *kind);
/* Refuses while it, its parent or one of its children is being changed. */
int arm_not_busy(struct exchange *x, struct resource *resource);
/* {"value":[…],"nextLink"}: those of a type in the scope of the path. */
int arm_list(struct exchange *x, const struct kind *kind, const char *subscription,
             const char *group, const struct resource *parent);
/* The same of what is made up for this answer; takes the reference. */
int arm_reply_page(struct exchange *x, json_t *all);
/* Makes a resource without a request of its own (an interface of a machine, a child given inline).
 */
struct resource *arm_make(struct exchange *x, const char *id, json_t *body);
void arm_touch(struct exchange *x, struct resource *resource); /* a new etag */
json_t *arm_envelope(struct exchange *x, const struct kind *kind, const struct arm_path *path,
                     json_t *body);
void set_state(struct resource *resource, const char *state);
const char *get_state(const struct resource *resource);

/* refs.c */
struct need {
    const char *type;   /* of the resource referred to */
    const char *where;  /* the path in the body, for messages */
    const char *action; /* what the caller must be allowed to do to it; NULL: nothing */
    const char *location;
    bool ready; /* must be Succeeded */
};
/* Finds what a body refers to, or refuses as Azure does; NULL then. */
struct resource *need_ref(struct exchange *x, const char *id, const struct need *need);

#endif
