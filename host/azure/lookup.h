/* SPDX-License-Identifier: Apache-2.0 */
/* Reads many resources: by the lists that hold several of them, else one by one. */
#ifndef FLEXHOST_AZURE_LOOKUP_H
#define FLEXHOST_AZURE_LOOKUP_H

#include "azure/arm.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct lookup {
    const char *path;
    const char *api_version;
    const char *credential;
    const char *list_path; /* shows it as a GET would, at the top or nested; NULL: none does */
    /* The resource, null when it is gone; NULL: Azure may not tell, and `reason` says why. The
     * caller decrefs and frees. */
    json_t *found;
    char *reason;
    bool listed; /* its list was asked for already */
};

/* A list that two or more would be found in is read once, whole; what Azure refuses to list is read
 * one by one. Returns -1 when no answer comes at all. */
int lookup_all(struct arm *arm, struct lookup *lookups, size_t count, struct error *err);
void lookup_clear(struct lookup *lookup);

#endif
