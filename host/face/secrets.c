/* SPDX-License-Identifier: Apache-2.0 */
/* Secret fields get their value from a file, the environment or a prompt. */
#include "face/secrets.h"

#include "base/file.h"
#include "face/prompt.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_SECRET = 64 * 1024 };

static int read_standard_input(char **value, struct error *err)
{
    char *buffer = malloc(LARGEST_SECRET + 1);
    if (!buffer)
        return error_no_memory(err);
    size_t length = 0;
    while (length < LARGEST_SECRET) {
        ssize_t got = read(STDIN_FILENO, buffer + length, LARGEST_SECRET - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    buffer[length] = '\0';
    *value = buffer;
    return 0;
}

/* An editor ends the last line; that newline is no part of the secret. */
static void drop_last_newline(char *value)
{
    size_t length = strlen(value);
    if (length && value[length - 1] == '\n')
        value[--length] = '\0';
    if (length && value[length - 1] == '\r')
        value[--length] = '\0';
}

static int read_source(const struct secret_source *source, char **value, struct error *err)
{
    const char *name = source->field->name;
    if (source->from == SECRET_ENVIRONMENT) {
        const char *found = getenv(source->value);
        if (!found || !*found)
            return error_set(err, ERROR_USAGE, name,
                             "--%s-env names the variable %s, which is %s: set it, or name another",
                             name, source->value, found ? "empty" : "not set");
        *value = strdup(found);
        return *value ? 0 : error_no_memory(err);
    }
    size_t length;
    int result = strcmp(source->value, "-") == 0
                     ? read_standard_input(value, err)
                     : file_read_private(source->value, LARGEST_SECRET, value, &length, err);
    if (result < 0)
        return error_prefix(err, "--%s-file", name);
    drop_last_newline(*value);
    if (**value)
        return 0;
    return error_set(err, ERROR_USAGE, name, "--%s-file: %s is empty, and an empty secret is none",
                     name, source->value);
}

static void wipe_text(char *value)
{
    if (!value)
        return;
    OPENSSL_cleanse(value, strlen(value));
    free(value);
}

static int put(struct arguments *arguments, const struct fh_field *field, const char *value,
               struct error *err)
{
    json_t *text = json_string(value);
    if (!text)
        return error_set(err, ERROR_USAGE, field->name,
                         "the secret --%s is not UTF-8 text: encode it, for example as base64",
                         field->name);
    if (json_object_set_new(arguments->raw, field->name, text) < 0)
        return error_no_memory(err);
    return 0;
}

static bool is_word(const char *words, size_t index, const char *word)
{
    while (index--)
        words += strcspn(words, " ") + 1;
    size_t length = strcspn(words, " ");
    return strlen(word) == length && strncmp(words, word, length) == 0;
}

/* Without a terminal the command itself says what is missing, after all that is wrong besides. */
static bool is_needed(const struct arguments *arguments, const struct fh_field *field)
{
    if (field->flags & FH_FIELD_REQUIRED)
        return true;
    const char *need = arguments->command->secret_at_need;
    if (!need || !is_word(need, 0, field->name) || !prompt_possible())
        return false;
    const char *name;
    json_t *value;
    if (is_word(need, 2, "-")) {
        json_object_foreach(arguments->raw, name, value) if (is_word(need, 1, name)) return false;
        return true;
    }
    json_object_foreach(arguments->raw, name, value) if (is_word(need, 1, name)) return is_word(
        need, 2, json_is_string(value) ? json_string_value(value) : "");
    return false;
}

static int ask_for_missing(struct arguments *arguments, const struct fh_field *fields, size_t count,
                           struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct fh_field *field = &fields[i];
        if (!field_is(field, "secret") || !is_needed(arguments, field) ||
            json_object_get(arguments->raw, field->name))
            continue;
        char *value = NULL;
        int result = -1;
        if (!prompt_possible())
            error_set(err, ERROR_USAGE, field->name,
                      "--%s is required, and there is no terminal to ask at: give --%s-file FILE "
                      "(mode 0600, - for standard input) or --%s-env VARIABLE",
                      field->name, field->name, field->name);
        else if (prompt_secret(field->name, &value, err) == 0)
            result = put(arguments, field, value, err);
        wipe_text(value);
        if (result < 0)
            return -1;
    }
    return 0;
}

int secrets_collect(struct arguments *arguments, struct error *err)
{
    for (size_t i = 0; i < arguments->secret_count; i++) {
        const struct secret_source *source = &arguments->secrets[i];
        char *value = NULL;
        int result = read_source(source, &value, err);
        if (result == 0)
            result = put(arguments, source->field, value, err);
        wipe_text(value);
        if (result < 0)
            return -1;
    }
    const struct command *row = arguments->command;
    const struct plugin *plugin = arguments->plugin;
    if (ask_for_missing(arguments, row->fields, row->field_count, err) < 0)
        return -1;
    if (!plugin || row->plugin_subject) /* what exists has its secrets */
        return 0;
    return ask_for_missing(arguments, plugin->entry.fields, plugin->entry.field_count, err);
}

static void wipe_fields(json_t *raw, const struct fh_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!field_is(&fields[i], "secret"))
            continue;
        json_t *value = json_object_get(raw, fields[i].name);
        /* Jansson has no way to wipe; the text is ours alone. */
        if (json_is_string(value))
            OPENSSL_cleanse((char *)json_string_value(value), json_string_length(value));
    }
}

void secrets_wipe(struct arguments *arguments)
{
    if (arguments->command)
        wipe_fields(arguments->raw, arguments->command->fields, arguments->command->field_count);
    if (arguments->plugin)
        wipe_fields(arguments->raw, arguments->plugin->entry.fields,
                    arguments->plugin->entry.field_count);
}
