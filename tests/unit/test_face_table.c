/* SPDX-License-Identifier: Apache-2.0 */
/* What the face relies on in every row of the real command table. */
#include "face/arguments.h"
#include "tap_main.h"

#include <ctype.h>
#include <string.h>

enum { MOST_WORDS = 32 };

static const struct rows all_rows = {command_count, command_at, command_noun_summary};

/* Any type is served, with the fields that the examples name: a plugin of theirs may not be built.
 */
static const struct fh_field any_fields[] = {
    {.name = "base-image", .type = "image"},
    {.name = "allowed-address", .type = "cidr", .flags = FH_FIELD_LIST},
    {.name = "administrator", .type = "string"},
    {.name = "administrator-password", .type = "secret"},
};
static const struct plugin any_plugin = {.entry = {.fields = any_fields, .field_count = 4}};

static const struct plugin *find_any(void *context, const char *kind, const char *name,
                                     struct error *err)
{
    return &any_plugin;
}

/* A subject has the fields that the examples of its rows name. */
static const struct fh_field hop_fields[] = {
    {.name = "destination", .type = "cidr"},
    {.name = "next-hop-type", .type = "enum", .values = "VirtualAppliance"},
    {.name = "next-hop-address", .type = "ipv4"},
};
static const struct fh_field subject_fields[] = {
    {.name = "gateway-route-propagation", .type = "bool"},
    {.name = "notes", .type = "string"},
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .fields = hop_fields,
     .field_count = 3},
};
static const struct plugin subject_plugin = {.entry = {.fields = subject_fields, .field_count = 3}};

static const struct plugin *find_subject(void *context, const char *kind, const char *name,
                                         struct error *err)
{
    return &subject_plugin;
}

static const struct plugin *none_at(void *context, size_t index)
{
    return NULL;
}

static const struct plugin_source any_source = {NULL, find_any, find_subject, none_at};

/* A field or a verb of the plugin says what it breaks. */
static bool asks_plugin(const struct command *row)
{
    static const char *const verbs[] = {"reset", "run", "power-off", "finish"};
    bool asks = row->plugin_kind != NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        asks |= strcmp(row->verb, verbs[i]) == 0;
    return asks;
}

START_TEST(test_words)
{
    const struct command *row = command_at((size_t)_i);
    ck_assert_msg(*command_noun_summary(row->noun), "%s has no summary", row->noun);
    ck_assert_msg(row->summary && isupper((unsigned char)*row->summary) &&
                      row->summary[strlen(row->summary) - 1] != '.',
                  "the summary of %s %s is no title", row->noun, row->verb);
    ck_assert_msg(!(row->flags & COMMAND_ACKNOWLEDGE) || row->acknowledgement || asks_plugin(row),
                  "%s %s does not say what is acknowledged", row->noun, row->verb);
    ck_assert_msg(!row->plugin_kind || row_type_field(row) || row_subject_field(row),
                  "%s %s has plugins, but no field that names one", row->noun, row->verb);
    ck_assert_ptr_eq(command_find(row->noun, row->verb), row);
}
END_TEST

static void check_field(const struct command *row, const struct fh_field *field)
{
    ck_assert_msg(!global_find(field->name, strlen(field->name)),
                  "%s %s: --%s is an option of every command", row->noun, row->verb, field->name);
    ck_assert_msg(field->help && *field->help, "%s %s: --%s has no help", row->noun, row->verb,
                  field->name);
    ck_assert_msg(!field_is(field, "enum") || field->values, "%s %s: --%s has no values", row->noun,
                  row->verb, field->name);
}

START_TEST(test_fields)
{
    const struct command *row = command_at((size_t)_i);
    for (size_t i = 0; i < row->field_count; i++)
        check_field(row, &row->fields[i]);
    size_t words = 0, found = 0;
    bool repeats = false;
    for (const char *c = row->positional; c && *c; words++) {
        c += strcspn(c, " ");
        c += strspn(c, " ");
    }
    while (found < words && row_positional(row, found, &repeats))
        found++;
    ck_assert_msg(found == words, "%s %s: \"%s\" names what is no field", row->noun, row->verb,
                  row->positional);
}
END_TEST

START_TEST(test_example)
{
    const struct command *row = command_at((size_t)_i);
    if (!row->example)
        return;
    char *copy = strdup(row->example), *rest = copy, *argv[MOST_WORDS];
    int argc = 0;
    for (char *word; (word = strsep(&rest, " ")) && argc < MOST_WORDS;)
        argv[argc++] = word;
    struct arguments arguments;
    struct error err = ERROR_INIT;
    int result = arguments_globals(&arguments, argc, argv, &err);
    if (result == 0)
        result = arguments_command(&arguments, &all_rows, &any_source, &err);
    ck_assert_msg(result == 0, "%s: %s", row->example, error_text(&err));
    ck_assert_str_eq(argv[0], "flexhost");
    ck_assert_msg(arguments.command == row, "%s is an example of another command", row->example);
    arguments_clear(&arguments);
    free(copy);
}
END_TEST

int main(void)
{
    int rows = (int)command_count();
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");
    tcase_add_loop_test(tests, test_words, 0, rows);
    tcase_add_loop_test(tests, test_fields, 0, rows);
    tcase_add_loop_test(tests, test_example, 0, rows);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
