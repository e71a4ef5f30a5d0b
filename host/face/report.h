/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to standard error: errors, warnings, notices, all in one style. */
#ifndef FLEXHOST_FACE_REPORT_H
#define FLEXHOST_FACE_REPORT_H

#include "base/error.h"
#include "base/text.h"
#include "face/globals.h"

#include <stdbool.h>

struct progress_view;

struct report {
    const struct globals *globals;
    bool color;                 /* on standard error */
    struct progress_view *live; /* steps aside for every message; NULL: there is none */
};

/* transaction and hint may be NULL. */
void report_error(struct report *report, const struct error *err, const char *transaction,
                  const char *hint);
/* The text of report_error(), for tests. */
void report_format(struct text *out, const struct report *report, const struct error *err,
                   const char *transaction, const char *hint);

void report_warning(struct report *report, const char *message);
void report_notice(struct report *report, const char *message);
void report_trace(struct report *report, const char *line);
/* Neither error nor warning: "nothing to show"; not with -q. */
void report_remark(struct report *report, const char *message);
/* Also with -q: nothing goes on before somebody has read it. */
void report_instruction(struct report *report, const char *message);

#endif
