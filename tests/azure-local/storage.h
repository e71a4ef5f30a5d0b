/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft.Storage and Microsoft.Authorization: what is behind their rows in the table of kinds.
 */
#ifndef AZURE_LOCAL_STORAGE_H
#define AZURE_LOCAL_STORAGE_H

#include "kind.h"

/* account.c */
int account_accept(struct exchange *x, struct resource *old, json_t *wanted);
void account_settled(struct sim *sim, struct resource *resource);
void account_show(struct exchange *x, const struct resource *resource, json_t *answer);
void account_gone(struct sim *sim, struct resource *resource);
int container_accept(struct exchange *x, struct resource *old, json_t *wanted);
void container_gone(struct sim *sim, struct resource *resource);
int account_keys(struct exchange *x);
int account_new_key(struct exchange *x);
int account_blob_service(struct exchange *x);
int account_check_name(struct exchange *x);
/* The account of that name, anywhere. */
struct resource *account_find(const struct sim *sim, const char *name);
/* Its key, of two; NULL when there is none. */
const char *account_key(const struct resource *account, int index);

/* sas.c */
int account_sas(struct exchange *x);
int account_service_sas(struct exchange *x);
struct sas_ask {
    const char *account, *container, *blob; /* blob NULL: the container */
    char permission;                        /* one of these letters is wanted, see `also` */
    char also;                              /* or this one; 0 for none */
    char type;                              /* the letter of srt: s, c or o */
    bool account_only;                      /* a signature of the service opens it never */
    const char **detail;                    /* why the authentication failed; may be NULL */
};
/* HMAC-SHA256 of the text with a key in base64, in base64. */
char *storage_sign(struct pool *pool, const char *key, const char *text);
/* NULL when the query's signature allows it; else the storage error code. */
const char *sas_check(struct sim *sim, struct pool *pool, const struct pairs *query,
                      const struct sas_ask *ask);

/* assignment.c */
int assignment_accept(struct exchange *x, struct resource *old, json_t *wanted);
void assignment_settled(struct sim *sim, struct resource *resource);
void assignment_gone(struct sim *sim, struct resource *resource);

#endif
