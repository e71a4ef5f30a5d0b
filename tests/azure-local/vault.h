/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key vaults. What a vault holds is in sim->vaults, by its name, and outlives the resource as Azure
 * keeps deleted vaults:
 * {"id","location","tags","body","deleted": ms,"keys": {NAME: KEY},"deletedKeys": {NAME: KEY}}
 * KEY: {"versions": [BUNDLE, …], "policy", "deleted": ms}
 */
#ifndef AZURE_LOCAL_VAULT_H
#define AZURE_LOCAL_VAULT_H

#include "kind.h"

/* vault.c */
int vault_accept(struct exchange *x, struct resource *old, json_t *wanted);
void vault_stored(struct exchange *x, struct resource *resource, json_t *asked);
void vault_gone(struct sim *sim, struct resource *resource);
int vault_check_name(struct exchange *x);
int vault_policies(struct exchange *x);
int vaults_deleted(struct exchange *x);
int vault_deleted(struct exchange *x);
int vault_purge(struct exchange *x);
/* The ARM side of keys. */
int vault_key_put(struct exchange *x);
int vault_key_get(struct exchange *x);
int vault_keys_list(struct exchange *x);
/* By name; NULL when there is none, or when it is deleted. */
json_t *vault_of(const struct sim *sim, const char *name);
/* {VAULT: [VERSIONS, …]}: how many versions each key has, the fewest first. */
json_t *vaults_show(const struct sim *sim);

/* vault-data.c: /_vault/NAME/… */
void vault_handle(struct exchange *x);
/* {"error":{"code","message"}} with the inner code or NULL; returns -1. */
int vault_refuse(struct exchange *x, int status, const char *code, const char *inner,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* May somebody do that, by roles or by access policies as the vault has it? */
bool vault_allows(struct exchange *x, const json_t *vault, const struct principal *who,
                  const char *action, const char *permission);
/* What a request is about. */
struct vault_ask {
    json_t *vault;
    const char *vault_name, *name, *version; /* NULL when not given */
};

/* vault-keys.c */
int key_import(struct exchange *x, const struct vault_ask *ask);
int key_create(struct exchange *x, const struct vault_ask *ask);
int key_rotate(struct exchange *x, const struct vault_ask *ask);
int key_get(struct exchange *x, const struct vault_ask *ask);
int key_update(struct exchange *x, const struct vault_ask *ask);
int key_list(struct exchange *x, const struct vault_ask *ask);
int key_versions(struct exchange *x, const struct vault_ask *ask);
json_t *key_find(const json_t *vault, const char *name);
/* The bundle of a version, NULL for the newest. */
json_t *key_version(const json_t *key, const char *version);
json_t *key_new_bundle(struct exchange *x, const struct vault_ask *ask, int bits);
void key_add(struct exchange *x, const struct vault_ask *ask, json_t *bundle);

/* vault-trash.c: deleted keys, and rotation policies */
int key_delete(struct exchange *x, const struct vault_ask *ask);
int trash_list(struct exchange *x, const struct vault_ask *ask);
int trash_get(struct exchange *x, const struct vault_ask *ask);
int trash_recover(struct exchange *x, const struct vault_ask *ask);
int trash_purge(struct exchange *x, const struct vault_ask *ask);
int policy_get(struct exchange *x, const struct vault_ask *ask);
int policy_put(struct exchange *x, const struct vault_ask *ask);
/* Days of P1Y2M3D, months as 30 and years as 365; -1 when it is none. */
long iso_days(const char *text);

/* encryption.c */
int encryption_set_accept(struct exchange *x, struct resource *old, json_t *wanted);
int encryption_set_spare(struct exchange *x, struct resource *resource);
int encryption_set_users(struct exchange *x);
/* A key has a new version: the sets that follow it take it within the hour. */
void encryption_sets_follow(struct sim *sim, const char *key_url);

#endif
