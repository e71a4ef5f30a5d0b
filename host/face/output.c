/* SPDX-License-Identifier: Apache-2.0 */
/* Data goes to standard output, in the form that was asked for. */
#include "face/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* DEL and U+0080 to U+009F drive some terminals; in JSON text they stand in strings only, where an
 * escape means the same. */
static void append_harmless(struct text *out, const char *json)
{
    const char *start = json;
    for (const char *c = json; *c; c++) {
        unsigned code = 0;
        if (*c == 0x7f)
            code = 0x7f;
        else if ((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] >= 0x80 &&
                 (unsigned char)c[1] < 0xa0)
            code = (unsigned char)c[1];
        if (!code)
            continue;
        text_append(out, start, (size_t)(c - start));
        text_printf(out, "\\u%04X", code);
        c += code != 0x7f;
        start = c + 1;
    }
    text_add(out, start);
}

void output_json(struct text *out, const json_t *value, bool compact)
{
    size_t flags = JSON_ENCODE_ANY | (compact ? JSON_COMPACT : JSON_INDENT(2));
    char *json = json_dumps(value, flags);
    if (!json) {
        out->failed = 1;
        return;
    }
    append_harmless(out, json);
    text_add(out, "\n");
    free(json);
}

/* ---- tab-separated values -------------------------------------------------------------------- */

static void tsv_cell(struct text *out, const char *key, const json_t *value)
{
    struct text plain = {0};
    if (value && !json_is_null(value) && !(json_is_string(value) && !*json_string_value(value)))
        cell_text(&plain, key, value);
    for (const char *c = text_get(&plain); *c; c++) {
        const char *escaped = *c == '\t'   ? "\\t"
                              : *c == '\n' ? "\\n"
                              : *c == '\r' ? "\\r"
                              : *c == '\\' ? "\\\\"
                                           : NULL;
        if (escaped)
            text_add(out, escaped);
        else
            text_append(out, c, 1);
    }
    text_free(&plain);
}

static void tsv_row(struct text *out, const json_t *row, struct columns columns)
{
    if (!json_is_object(row)) {
        tsv_cell(out, "", row);
    } else if (columns.items) {
        for (size_t i = 0; i < columns.count; i++) {
            text_add(out, i ? "\t" : "");
            tsv_cell(out, columns.items[i].key, cell_value(row, columns.items[i].key));
        }
    } else {
        const char *key, *separator = "";
        json_t *value;
        json_object_foreach((json_t *)row, key, value)
        {
            text_add(out, separator);
            tsv_cell(out, key, value);
            separator = "\t";
        }
    }
    text_add(out, "\n");
}

void output_render(struct text *out, const json_t *result, struct columns columns,
                   enum output_format format, bool color)
{
    size_t index;
    const json_t *row;
    if (format == OUTPUT_JSON) {
        output_json(out, result, false);
    } else if (format == OUTPUT_TSV) {
        if (json_is_array(result))
            json_array_foreach(result, index, row) tsv_row(out, row, columns);
        else
            tsv_row(out, result, columns);
    } else if (json_is_array(result)) {
        table_list(out, result, columns, color);
    } else if (json_is_object(result)) {
        table_object(out, result, columns, color);
    } else {
        tsv_row(out, result, columns);
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

/* An earlier write may have failed, and errno with it be long gone. */
static bool reader_is_gone(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

static int write_failed(int code, struct error *err)
{
    if (code == EPIPE || reader_is_gone())
        return 0;
    return error_set(err, ERROR_FAILED, NULL, "cannot write to standard output: %s",
                     strerror(code ? code : EIO));
}

int output_finish(struct error *err)
{
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        return write_failed(errno, err);
    return 0;
}

int output_write(const struct text *text, struct error *err)
{
    if (text->failed)
        return error_no_memory(err);
    errno = 0;
    if (text->length && fwrite(text->data, 1, text->length, stdout) != text->length)
        return write_failed(errno, err);
    return output_finish(err); /* before what goes to standard error next */
}
