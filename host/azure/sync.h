/* SPDX-License-Identifier: Apache-2.0 */
/* One question and its answer, for commands that read and checks that ask: the loop turns
 * meanwhile. Not from within a callback of the loop. */
#ifndef FLEXHOST_AZURE_SYNC_H
#define FLEXHOST_AZURE_SYNC_H

#include "azure/arm.h"
#include "base/error.h"
#include "base/transport.h"

#include <jansson.h>
#include <signal.h>

/* From now on the waits below end with ERROR_INTERRUPTED when the flag is set (by a signal's
 * handler; NULL: never). They only read: nothing is left half done. */
void arm_heed(struct arm *arm, const volatile sig_atomic_t *interrupted);
/* What arm_heed() was given; NULL if nothing, or without a client. */
const volatile sig_atomic_t *arm_heeds(const struct arm *arm);

/* 0 when Azure answered, whatever it said: *status, and *body (to be freed; NULL: no JSON). -1 when
 * no answer came. */
int arm_get_wait(struct arm *arm, const char *credential, const char *path, const char *api_version,
                 int *status, json_t **body, struct error *err);

/* The same from the data plane of a vault: an absolute URL. */
int arm_vault_get_wait(struct arm *arm, const char *credential, const char *url,
                       const char *api_version, int *status, json_t **body, struct error *err);

/* A person signs in anew with this credential of kind ARM_PERSON, and what Azure gives is kept. */
int arm_sign_in_wait(struct arm *arm, const char *credential, struct error *err);

/* A POST that only reads, as arm_get_wait; when Azure works on it for a while, its end is awaited.
 */
int arm_query_wait(struct arm *arm, const char *credential, const char *path,
                   const char *api_version, const json_t *question, int *status, json_t **body,
                   struct error *err);

/* As arm_get_wait, but what is not 2xx is an error too, with Azure's code and text. */
int arm_read_wait(struct arm *arm, const char *credential, const char *path,
                  const char *api_version, json_t **body, struct error *err);

/* The pages one after another, each gone when the next comes: for long lists of which little is
 * wanted. *status: of the last answer; 0 when none came. */
int arm_pages_wait(struct arm *arm, const char *credential, const char *path,
                   const char *api_version, arm_page *on_page, void *context, int *status,
                   struct error *err);

/* All pages in one array. */
int arm_list_wait(struct arm *arm, const char *credential, const char *path,
                  const char *api_version, json_t **values, struct error *err);

/* An exchange without a token; done has been called when it returns 0. */
int http_wait(struct arm *arm, const struct http_request *request, http_done *done, void *context,
              struct error *err);

#endif
