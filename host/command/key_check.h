/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure is asked before a key is added: whether there is a vault, and who may do what. */
#ifndef FLEXHOST_COMMAND_KEY_CHECK_H
#define FLEXHOST_COMMAND_KEY_CHECK_H

#include "base/error.h"
#include "command/context.h"

#include <jansson.h>

#define KEY_VAULT_API "2023-07-01"

enum vault_state {
    VAULT_ABSENT,  /* nobody has a vault of this name */
    VAULT_THERE,   /* ours, and fit for disks */
    VAULT_DELETED, /* ours, and can be recovered */
};

struct key_place {
    const json_t *subscription; /* as requests have it */
    const char *region;
    const char *vault; /* its name */
    char *path;        /* of the vault */
    bool known;        /* another key is in it */
};

/* Refuses a name that is in somebody else's hands, and a vault that Azure takes no disk's key from.
 */
int key_find_vault(struct context *context, const struct key_place *place, enum vault_state *state,
                   struct error *err);

/* In which tenant the subscription is, by the configuration or by Azure; the caller frees. */
char *key_find_tenant(struct context *context, const json_t *subscription, struct error *err);

struct key_rights {
    const char *credential;
    /* Who lets the set use the key; may be the same. NULL: nobody has to. */
    const char *role_credential;
    bool imports;
    bool has_policy;
};

/* What Azure does not tell is left to the doing. */
int key_check_rights(struct context *context, const struct key_place *place,
                     const struct key_rights *rights, struct error *err);

#endif
