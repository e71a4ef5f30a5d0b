/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers for text that grows. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_append(struct text *text, const char *data, size_t length)
{
    if (text->failed)
        return;
    if (text->length + length + 1 > text->room) {
        size_t room = text->room ? text->room : 64;
        while (room < text->length + length + 1)
            room *= 2;
        char *grown = realloc(text->data, room);
        if (!grown) {
            text->failed = 1;
            return;
        }
        text->data = grown;
        text->room = room;
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
    char *piece = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&piece, format, args);
    va_end(args);
    if (length < 0) {
        text->failed = 1;
        return;
    }
    text_append(text, piece, (size_t)length);
    free(piece);
}

const char *text_get(const struct text *text)
{
    return text->data ? text->data : "";
}

char *text_take(struct text *text)
{
    char *data = text->data;
    if (text->failed) {
        text_free(text);
        return NULL;
    }
    memset(text, 0, sizeof *text);
    return data ? data : strdup("");
}

void text_free(struct text *text)
{
    free(text->data);
    memset(text, 0, sizeof *text);
}

char *text_format(const char *format, ...)
{
    char *formatted = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&formatted, format, args);
    va_end(args);
    return length < 0 ? NULL : formatted;
}
