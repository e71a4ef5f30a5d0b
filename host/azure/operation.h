/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's rules for long-running operations. Pure: what an answer means, not what to do next. */
#ifndef FLEXHOST_AZURE_OPERATION_H
#define FLEXHOST_AZURE_OPERATION_H

#include "azure/answer.h"
#include "azure/arm.h"

enum operation_phase {
    OPERATION_ENDED,
    OPERATION_RUNS,
    OPERATION_FAILED,
    OPERATION_STRANGER, /* its status URL is not Azure Resource Manager's */
    OPERATION_NO_MEMORY
};

/* What the first answer to `method` on `url` says; with OPERATION_RUNS *poll is malloced, with
 * OPERATION_STRANGER *stranger is the host. */
enum operation_phase operation_begun(const char *method, const char *url, const char *base,
                                     const struct arm_parsed *parsed, struct arm_poll *poll,
                                     char **stranger);

enum operation_reading {
    READING_RUNS,
    READING_SUCCEEDED,
    READING_FAILED, /* the operation failed or was cancelled */
    READING_LOST    /* this says nothing about the operation: ask again */
};

/* What an answer at the poll URL says. method: of the request that began the operation. */
enum operation_reading operation_read(const char *kind, const char *method,
                                      const struct arm_parsed *parsed);

#endif
