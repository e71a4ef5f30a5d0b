/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void error_clear(struct error *err)
{
    if (!err)
        return;
    free(err->field);
    free(err->message);
    free(err->azure_code);
    free(err->transaction);
    free(err->sub_state);
    memset(err, 0, sizeof *err);
}

int error_set(struct error *err, int code, const char *field, const char *format, ...)
{
    if (!err)
        return -1;
    /* Formatted before the old error is freed: it may be among the arguments. */
    char *message = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = NULL;
    va_end(args);
    char *field_copy = field ? strdup(field) : NULL;
    error_clear(err);
    err->code = code;
    err->field = field_copy;
    err->message = message;
    return -1;
}

int error_no_memory(struct error *err)
{
    return error_set(err, ERROR_FAILED, NULL, "out of memory");
}

int error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char *prefix = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&prefix, format, args) < 0)
        prefix = NULL;
    va_end(args);
    char *joined = NULL;
    if (prefix && asprintf(&joined, "%s: %s", prefix, error_text(err)) >= 0) {
        free(err->message);
        err->message = joined;
    }
    free(prefix);
    return -1;
}

int error_set_field(struct error *err, const char *field)
{
    if (!err || !field)
        return -1;
    char *copy = strdup(field);
    if (copy) {
        free(err->field);
        err->field = copy;
    }
    return -1;
}

int error_set_transaction(struct error *err, const char *operation_id)
{
    if (!err)
        return -1;
    char *copy = strdup(operation_id);
    free(err->transaction);
    err->transaction = copy;
    return -1;
}

int error_set_sub_state(struct error *err, const char *sub_state)
{
    if (!err || !sub_state)
        return -1;
    char *copy = strdup(sub_state);
    free(err->sub_state);
    err->sub_state = copy;
    return -1;
}

int error_copy(struct error *to, const struct error *from)
{
    if (to == from)
        return -1;
    error_set(to, from->code, from->field, "%s", error_text(from));
    if (to && from->azure_code)
        to->azure_code = strdup(from->azure_code);
    if (to && from->transaction)
        error_set_transaction(to, from->transaction);
    if (to && from->sub_state)
        error_set_sub_state(to, from->sub_state);
    return -1;
}

void error_move(struct error *to, struct error *from)
{
    if (to == from)
        return;
    if (to) {
        error_clear(to);
        *to = *from;
    } else {
        error_clear(from);
    }
    memset(from, 0, sizeof *from);
}

const char *error_text(const struct error *err)
{
    if (!err || err->code == ERROR_NONE)
        return "no error";
    return err->message ? err->message : "out of memory";
}
