/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers for text that grows. */
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A secret's old memory is wiped, which realloc() would not do. */
static char *grow(const struct text *text, size_t room)
{
    if (!text->secret)
        return realloc(text->data, room);
    char *grown = malloc(room);
    if (grown && text->data) {
        memcpy(grown, text->data, text->length);
        OPENSSL_cleanse(text->data, text->room);
        free(text->data);
    }
    return grown;
}

static bool reserve(struct text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t wanted = text->length + more + 1;
    if (wanted <= text->room)
        return true;
    size_t room = text->room ? text->room : 64;
    while (room < wanted)
        room *= 2;
    char *grown = grow(text, room);
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->data = grown;
    text->room = room;
    return true;
}

void text_append(struct text *text, const char *data, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length)
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
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        text->failed = true;
        return;
    }
    if (!reserve(text, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
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
    if (text->secret && text->data)
        OPENSSL_cleanse(text->data, text->room);
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

char *text_lower(const char *string)
{
    char *copy = strdup(string);
    for (char *c = copy; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return copy;
}
