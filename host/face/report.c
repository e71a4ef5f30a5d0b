/* SPDX-License-Identifier: Apache-2.0 */
/* What goes to standard error. */
#include "face/report.h"

#include "face/output.h"
#include "face/progress.h"
#include "face/screen.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void write_out(struct report *report, struct text *text)
{
    if (report->live)
        progress_step_aside(report->live);
    fputs(text_get(text), stderr);
    text_free(text);
    if (report->live)
        progress_come_back(report->live);
}

static void add_line(struct text *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    text_printf(out, "  %s", name);
    screen_escape(out, value, false);
    text_add(out, "\n");
}

/* "/address-range", "--address-range" and "address-range" are one field to the reader. */
static bool mentions(const char *message, const char *field)
{
    return strstr(message, field + strspn(field, "/-")) != NULL;
}

static void format_json(struct text *out, const struct error *err, const char *transaction)
{
    json_t *object =
        json_pack("{s:{s:i, s:s?, s:s, s:s?, s:s*, s:s?}}", "error", "code", err->code, "field",
                  err->field, "message", error_text(err), "azureCode", err->azure_code, "subState",
                  err->sub_state, "transactionId", transaction);
    if (!object) /* the message is not UTF-8 */
        object = json_pack("{s:{s:i, s:s}}", "error", "code", err->code, "message",
                           "an error whose message is not UTF-8");
    output_json(out, object, true);
    json_decref(object);
}

void report_format(struct text *out, const struct report *report, const struct error *err,
                   const char *transaction, const char *hint)
{
    if (!transaction)
        transaction = err->transaction;
    if (report->globals->format == OUTPUT_JSON) {
        format_json(out, err, transaction);
        return;
    }
    const char *message = error_text(err);
    text_add(out, report->color ? "flexhost: \033[1;31merror:\033[0m " : "flexhost: error: ");
    screen_escape(out, message, true);
    text_add(out, "\n");
    if (err->field && *err->field && !mentions(message, err->field))
        add_line(out, "field: ", err->field);
    add_line(out, "Azure's code: ", err->azure_code);
    add_line(out, "code: ", err->sub_state);
    add_line(out, "transaction: ", transaction);
    add_line(out, "", hint);
}

void report_error(struct report *report, const struct error *err, const char *transaction,
                  const char *hint)
{
    struct text out = {0};
    report_format(&out, report, err, transaction, hint);
    write_out(report, &out);
}

static void say(struct report *report, const char *kind, const char *color, const char *message)
{
    struct text out = {0};
    if (report->color && *color)
        text_printf(&out, "flexhost: %s%s\033[0m", color, kind);
    else
        text_printf(&out, "flexhost: %s", kind);
    screen_escape(&out, message, true);
    text_add(&out, "\n");
    write_out(report, &out);
}

void report_warning(struct report *report, const char *message)
{
    if (!report->globals->quiet)
        say(report, "warning: ", "\033[1;33m", message);
}

void report_notice(struct report *report, const char *message)
{
    if (report->globals->verbose || report->globals->debug)
        say(report, "", "", message);
}

void report_trace(struct report *report, const char *line)
{
    if (report->globals->debug)
        say(report, "debug: ", "\033[2m", line);
}

void report_remark(struct report *report, const char *message)
{
    if (!report->globals->quiet)
        say(report, "", "", message);
}

void report_instruction(struct report *report, const char *message)
{
    say(report, "", "", message);
}
