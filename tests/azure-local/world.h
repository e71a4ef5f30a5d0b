/* SPDX-License-Identifier: Apache-2.0 */
/* The world that the simulation starts with: who there is, and what they own and may do. */
#ifndef AZURE_LOCAL_WORLD_H
#define AZURE_LOCAL_WORLD_H

#include "sim.h"

#include <openssl/x509.h>

struct region {
    const char *name, *display, *geography, *pair;
    bool zones;
};

struct size {
    const char *name, *family;
    int cores, memory_gb, disks;
    bool premium, generation1;
};

struct grant {
    char *role;
    char *scope; /* lower case, no slash at the end; "" is everything */
    struct grant *next;
};

struct principal {
    char *name, *client_id, *object_id, *tenant, *secret;
    X509 *certificate;
    bool managed_identity;
    bool person; /* signs in by a device code; has no secret */
    struct grant *grants;
    struct principal *next;
};

struct subscription {
    char *name, *id, *tenant;
    long long cores;
    struct subscription *next;
};

/* How many machines of a size a zone can hold; -1 without a limit. */
struct capacity {
    char *region, *zone, *size; /* zone "" is no zone; "*" any size */
    long long most;
    bool refused_at_once; /* SkuNotAvailable instead of an allocation failure */
    bool restricted;      /* and the list of SKUs says so */
    struct capacity *next;
};

/* How much of something a region grants. */
struct quota {
    char *region, *name;      /* cores, virtualMachines, or a family */
    const char *subscription; /* its id; NULL: every one */
    long long most;
    struct quota *next;
};

struct tenant {
    char *name, *id;
    struct tenant *next;
};

struct device;

struct world {
    struct tenant *tenants;
    struct principal *principals;
    struct subscription *subscriptions;
    struct capacity *capacities;
    struct quota *quotas;
    struct device *devices; /* tunnel.c */
    size_t page_size;
    long long token_lifetime;  /* the client's seconds */
    long long device_interval; /* the client's seconds between two questions for a device code */
    long long run_seconds;     /* Azure's seconds that a script takes; 0: drawn */
    long long vm_low, vm_high;
};

/* Reads the file, or without one the sample. 0, or -1 after printing why. */
int world_load(struct sim *sim, const char *file);
void world_end(struct world *world);

/* By client or object id; one application can be in several tenants. NULL is any tenant. */
const struct principal *world_principal(const struct world *world, const char *id,
                                        const char *tenant);
const struct subscription *world_subscription(const struct world *world, const char *id);
const char *world_tenant(const struct world *world, const char *name_or_id);

/* regions.c */
const struct region *region_find(const char *name);
const struct region *region_at(size_t index); /* NULL past the end */
const char *region_names(void);
const struct size *size_find(const char *name);
const struct size *size_at(size_t index);

/* access.c: what the caller may do. */
bool access_allows(const struct principal *who, const char *action, const char *scope);
/* The same for the data plane's actions. */
bool access_allows_data(const struct principal *who, const char *action, const char *scope);
/* Refuses with 403 when the caller may not. */
int access_check(struct exchange *x, const char *action, const char *scope);
/* The same for what a body refers to, perhaps in another subscription or tenant. */
int access_linked(struct exchange *x, const char *action, const char *linked);
/* GET SCOPE/providers/Microsoft.Authorization/permissions: the caller's own. */
int access_permissions(struct exchange *x);
void access_grant(struct principal *who, const char *role, const char *scope);
void access_revoke(struct principal *who, const char *role, const char *scope);
const char *role_name(const char *definition_id); /* NULL when unknown */
const char *role_definition(const char *name);    /* its guid */

/* token.c */
void token_issue(struct exchange *x, const char *tenant); /* POST …/oauth2/v2.0/token */
void token_metadata(struct exchange *x);                  /* GET /metadata/identity/oauth2/token */
void token_discovery(struct exchange *x, const char *tenant);
/* A new access token of `who`, got by the application `client`. */
char *token_grant(struct exchange *x, const struct principal *who, const char *client,
                  const char *audience, long long *lifetime);
/* Whom a token is for, by the scope or resource that was asked: the resource manager unless it
 * names another service. */
const char *token_audience(const char *asked);
/* Sets the caller and the token's audience; NULL, or what is wrong, as key vaults say it. */
const char *token_fault(struct exchange *x, const char **audience);
/* Refuses as the authority words its errors; returns -1. */
int token_refuse(struct exchange *x, int status, const char *error, int code, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));
void token_form(struct exchange *x, struct pairs *form);
/* Sets the caller, or refuses with 401. */
int token_check(struct exchange *x, const char *subscription_tenant);
/* The principal of an auxiliary token of that tenant; NULL when none came. */
const struct principal *token_auxiliary(struct exchange *x, const char *tenant);
void token_expire(struct exchange *x); /* the one of this request */
void tokens_end(struct tokens *tokens);
struct tokens *tokens_new(void);

/* signin.c: how people sign in */
struct signins *signins_new(void);
void signins_end(struct signins *signins);
void signin_start(struct exchange *x, const char *tenant); /* POST …/oauth2/v2.0/devicecode */
void signin_poll(struct exchange *x, const struct pairs *form, const char *tenant);
void signin_refresh(struct exchange *x, const struct pairs *form, const char *tenant);
/* The control plane: GET, POST /_local/devicecode and POST /_local/signout. */
int signins_show(struct exchange *x);
int signin_decide(struct exchange *x);
int signin_out(struct exchange *x);

#endif
