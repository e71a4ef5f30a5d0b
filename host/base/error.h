/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: what went wrong, in which field, and how to mend it. */
#ifndef FLEXHOST_BASE_ERROR_H
#define FLEXHOST_BASE_ERROR_H

/* A code is also the exit status of the command that ends with it. */
enum error_code {
    ERROR_NONE = 0,
    ERROR_FAILED = 1,       /* something failed here: disk, memory, a bug */
    ERROR_USAGE = 2,        /* arguments or configuration: nothing was sent */
    ERROR_CREDENTIALS = 3,  /* sign-in or permission */
    ERROR_AZURE = 4,        /* Azure refused, or an operation there failed */
    ERROR_PARTLY = 5,       /* some parts are done, others are not */
    ERROR_RETRY = 6,        /* the same call may go through later */
    ERROR_INTERRUPTED = 130 /* stopped by the operator; resumes */
};

struct error {
    int code;
    char *field;      /* "/address-range", "[azure] ca-file", NULL if no single field is to blame */
    char *message;    /* one sentence or two: the rule, the value, the mend */
    char *azure_code; /* Azure's error code, NULL if the error is our own */
    char *transaction; /* id of the operation that failed, NULL if there is none */
    char *sub_state;   /* the published model's code ("ErrorBuilderNoQuota"), NULL if it has none */
};

#define ERROR_INIT                                                                                 \
    {                                                                                              \
        0, 0, 0, 0, 0, 0                                                                           \
    }

/* Sets *err (freeing what it held) and returns -1, so that callers can `return error_set(...)`.
 * err may be NULL. Only the first error of a call matters: callers return at once. */
int error_set(struct error *err, int code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int error_no_memory(struct error *err);
/* Puts "prefix: " before the message. Returns -1. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says which field the error is about, where a callee could not know. Returns -1. */
int error_set_field(struct error *err, const char *field);
/* Says which operation the error belongs to. Returns -1. */
int error_set_transaction(struct error *err, const char *operation_id);
/* Says which code of the published model the error is. Returns -1. */
int error_set_sub_state(struct error *err, const char *sub_state);
int error_copy(struct error *to, const struct error *from);
void error_move(struct error *to, struct error *from);
void error_clear(struct error *err);
const char *error_text(const struct error *err); /* never NULL */

#endif
