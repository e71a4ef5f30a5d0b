/* SPDX-License-Identifier: Apache-2.0 */
/* config check: all that is wrong with the configuration, before anything else notices. */
#include "command/nouns.h"

#include "base/text.h"
#include "config/secret_reference.h"

#include <stdlib.h>

static json_t *problems_json(const struct ini_problems *problems, struct text *lines)
{
    struct arena arena = {0};
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count; i++) {
        const struct ini_problem *problem = &problems->items[i];
        const char *text = ini_problem_text(problem, &arena);
        text_printf(lines, "%s%s", i ? "\n" : "", text ? text : problem->message);
        json_array_append_new(list, json_pack("{s:s*, s:i, s:s*, s:s*, s:s}", "file", problem->file,
                                              "line", problem->line, "section", problem->section,
                                              "key", problem->key, "message", problem->message));
    }
    arena_free(&arena);
    return list;
}

/* A reference that leads nowhere would otherwise show when the first token is needed. */
static void check_secrets(const struct config *config, struct text *lines)
{
    for (size_t i = 0; i < config->credential_count; i++) {
        const struct credential_config *credential = &config->credentials[i];
        if (!credential->client_secret)
            continue;
        struct error err = ERROR_INIT;
        char *value = NULL;
        size_t length = 0;
        if (secret_resolve(credential->client_secret, &value, &length, &err) < 0)
            text_printf(lines, "%s%s: [credential \"%s\"] client-secret: %s",
                        lines->length ? "\n" : "", credential->source, credential->name,
                        error_text(&err));
        secret_free(value, length);
        error_clear(&err);
    }
}

/* Only a plugin knows its options, so they are wrong or right once it is loaded. */
static void check_plugins(struct context *context, const struct config *config, struct text *lines)
{
    if (config->plugin_count == 0)
        return;
    struct error err = ERROR_INIT;
    const struct registry *registry = context_registry(context, &err);
    if (!registry)
        text_printf(lines, "%s%s", lines->length ? "\n" : "", error_text(&err));
    for (size_t i = 0; registry && i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        if (plugin->enabled && plugin->refusal)
            text_printf(lines, "%s%s", lines->length ? "\n" : "", plugin->refusal);
    }
    error_clear(&err);
}

static int check_loaded(struct context *context, const struct config *config, const char *path,
                        const char *why, struct command_output *output, struct error *err)
{
    struct text lines = {0};
    json_t *problems = problems_json(&config->problems, &lines);
    check_secrets(config, &lines);
    if (config->problems.count == 0)
        check_plugins(context, config, &lines);
    int result = 0;
    if (lines.length)
        result = error_set(err, ERROR_USAGE, NULL, "%s", text_get(&lines));
    else
        output->result =
            json_pack("{s:s, s:s, s:O, s:I, s:I, s:I, s:I}", "path", path, "foundBy", why,
                      "problems", problems, "credentials", (json_int_t)config->credential_count,
                      "subscriptions", (json_int_t)config->subscription_count, "plugins",
                      (json_int_t)config->plugin_count, "images", (json_int_t)config->image_count);
    json_decref(problems);
    text_free(&lines);
    return result;
}

static int check(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    char *path = NULL;
    const char *why = NULL;
    if (config_locate(context_config_option(context), &path, &why, err) < 0)
        return -1;
    struct config *config = NULL;
    int result = config_load(path, &config, err);
    if (config)
        result = check_loaded(context, config, path, why, output, err);
    config_free(config);
    free(path);
    return result;
}

static const struct column columns[] = {{"path", "FILE"},
                                        {"foundBy", "FOUND BY"},
                                        {"credentials", "CREDENTIALS"},
                                        {"subscriptions", "SUBSCRIPTIONS"},
                                        {"plugins", "PLUGINS"},
                                        {"images", "IMAGES"}};
static const struct command commands[] = {
    {.noun = "config",
     .verb = "check",
     .summary = "Check the configuration and name every problem with its file and line",
     .description =
         "Reads the INI file and the tables that it names, and resolves every secret reference. "
         "Asks Azure nothing: `flexhost doctor` does.",
     .permission = "config/read",
     .flags = COMMAND_NO_CONFIG,
     .columns = columns,
     .column_count = 6,
     .example = "flexhost config check --config flexhost.ini",
     .run = check},
};

struct noun noun_config(void)
{
    return (struct noun){"config", "The configuration file", commands,
                         sizeof commands / sizeof *commands};
}
