/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running operations. */
#ifndef AZURE_LOCAL_OP_H
#define AZURE_LOCAL_OP_H

#include "kind.h"

enum op_verb { OP_CREATE, OP_UPDATE, OP_REMOVE, OP_ACTION };

typedef void op_end_fn(struct sim *sim, struct resource *resource, const char *what);

struct op {
    struct sim *sim;
    char *id;
    enum op_verb verb;
    enum watch watch;
    char *subscription, *location, *key; /* of the resource */
    char *what;                          /* the action's name */
    const struct principal *starter;
    op_end_fn *end;     /* of an action */
    int64_t start, due; /* Azure's milliseconds */
    int64_t calendar, ended;
    const char *status;
    char *code, *message; /* to fail with */
    int64_t late; /* after a failure, so many Azure's milliseconds later it is done all the same */
    bool done, late_done;
    json_t *output; /* the final answer to a POST */
};

struct op *op_start(struct exchange *x, struct resource *resource, enum op_verb verb,
                    struct span span);
struct op *op_action(struct exchange *x, struct resource *resource, const char *what,
                     struct span span, op_end_fn *end);
void op_fail_later(struct op *op, const char *code, const char *message);
/* Ends it now: it was overtaken by another. */
void op_overtaken(struct op *op);
/* Whole seconds of the client. On a faster clock less than half of one counts as none. */
int64_t op_wait(const struct op *op);
/* Azure-AsyncOperation, Location, Retry-After. */
void op_headers(struct exchange *x, const struct op *op, bool location);
/* Did the caller start it? Then it may be watched, with a right to no more than the resource. */
bool op_is_own(struct exchange *x, const char *id);
/* GET on one of its URLs. */
int op_answer_status(struct exchange *x, const char *id);
int op_answer_result(struct exchange *x, const char *id);
void op_release(void *op);

#endif
