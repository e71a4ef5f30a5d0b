/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of one page blob into another: Azure moves them, range by range. Only ranges that hold
 * data are moved, only those that the target lacks, and of a source that stays as it is. */
#ifndef FLEXHOST_AZURE_COPY_H
#define FLEXHOST_AZURE_COPY_H

#include "azure/arm.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum copy_end {
    COPY_DONE,   /* the target holds what the source holds */
    COPY_FAILED, /* for good */
    COPY_STOPPED /* as copy_stop wanted: another copy goes on where this one ended */
};

struct copy_result {
    enum copy_end end;
    int64_t bytes;  /* that the source holds */
    int64_t ranges; /* in which it holds them */
    const struct error *error;
};

struct copy;

/* Texts are copied. */
struct copy_call {
    const char *source; /* a URL, perhaps signed; so is the target */
    const char *target; /* exists, is as large as the source, and holds nothing yet */
    const char *etag;   /* that the source must have; NULL: any */
    /* What the target holds was taken from a source with this ETag by an earlier copy; NULL: by
     * none. */
    const char *begun_etag;
    /* The source was found to have this ETag. Nothing is moved before copy_go. */
    void (*found)(void *context, const char *etag);
    void (*moved)(void *context, int64_t bytes, int64_t total);
    /* The last that is heard of the copy; it may be freed from here. Not called by copy_start. */
    void (*done)(void *context, const struct copy_result *result);
    void *context;
};

/* NULL without memory. */
struct copy *copy_start(struct arm *arm, const struct copy_call *call);
void copy_go(struct copy *copy);
/* Nothing new is begun; done is called when what is under way has come home, perhaps at once. */
void copy_stop(struct copy *copy);
/* Forgets it. */
void copy_free(struct copy *copy);

#endif
