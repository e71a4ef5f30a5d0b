/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and loading plugins: every broken one is refused with its reason, the others serve. */
#include "plugin/registry.h"

#include "base/file.h"
#include "plugin/elf.h"
#include "plugin/inspect.h"
#include "tap_main.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char folder[] = "tests/plugins/bad";

struct refused {
    const char *file, *words, *mend;
};

static const struct refused refused[] = {
    {"MAGIC", "0x464c5848 and is 0x12345678", "FH_PLUGIN_HEAD"},
    {"SMALL_STRUCT", "bytes or more and has 24", "FH_PLUGIN_HEAD"},
    {"MAJOR", "wants plugin ABI 2.0 (built with 2.0), this host has 1.2", "flexhost-sdk"},
    {"NEWER_MINOR", "needs plugin ABI 1.7, this host has 1.2", "upgrade flexhost"},
    {"NULL_NAME", "the plugin's name is NULL", "fill it in"},
    {"OTHER_NAME", "should be the plugin connection/bad and says that it is connection/good",
     "[plugin \"connection/good\"]"},
    {"SUMMARY_UTF8", "summary is not UTF-8", "UTF-8"},
    {"CONTROL", "summary has control characters", "short text"},
    {"ONE_MEGABYTE", "summary is longer than 16 KiB", "short text"},
    {"FIELD_SIZE", "an element of the table of fields should have", "sizeof(struct fh_field)"},
    {"NULL_OPTIONS", "the table of options is NULL but has 3 elements", "set it"},
    {"VERB", "has no plan function", "give it a plan function"},
    {"NO_PLAN", "has no plan function", "give it a plan function"},
    {"UNKNOWN_TYPE", "has the type \"colour\", which this host does not know", "upgrade"},
    {"DEFAULT", "the default of the field \"size\" of the table of fields is refused", "default"},
    {"PATTERN", "has a pattern that cannot be compiled", "regular expression"},
    {"DUPLICATE_FIELD", "the field \"size\" of the table of fields is declared twice", "rename"},
    {"TAKEN_NAME", "the field \"subscription\" of the table of fields has a name that flexhost",
     "another name"},
    {"ENUM", "is an enum without values", "list them"},
    {"NO_ENTRY", "does not export fh_plugin_entry", "define it"},
    {"NULL_ENTRY", "fh_plugin_entry returned NULL", "static struct"},
    {"WRITABLE", "others can write to", "To mend it: chmod go-w"},
    {"TEXT", "not a shared object", "template"},
    {"ABSENT", "cannot be found", "install the plugin"},
};

struct fixture {
    struct config config;
    struct plugin_config plugins[4];
    struct ini_section sections[4];
    struct ini_entry entries[4];
    char file[200];
    const char *folders[1];
};

/* One [plugin "connection/NAME"] with a file of its own. */
static void enable(struct fixture *fixture, const char *kind, const char *name, const char *file)
{
    size_t at = fixture->config.plugin_count++;
    struct ini_section *section = &fixture->sections[at];
    *section = (struct ini_section){
        .kind = "plugin", .name = name, .file = "flexhost.ini", .line = 10 * (int)(at + 1)};
    fixture->plugins[at] = (struct plugin_config){
        .kind = kind, .name = name, .enabled = true, .file = file, .section = section};
    fixture->config.plugins = fixture->plugins;
}

static void use_folder(struct fixture *fixture, const char *path)
{
    fixture->folders[0] = path;
    fixture->config.host.plugin_folders = (struct config_list){fixture->folders, 1};
}

static struct registry *open_registry(struct fixture *fixture)
{
    struct error err = ERROR_INIT;
    struct registry *registry = registry_open(&fixture->config, &err);
    ck_assert_msg(registry != NULL, "%s", error_text(&err));
    return registry;
}

START_TEST(broken_one_is_refused_and_others_serve)
{
    const struct refused *row = &refused[_i];
    struct fixture fixture = {0};
    struct error err = ERROR_INIT;
    snprintf(fixture.file, sizeof fixture.file, "%s/%s.so", folder, row->file);
    enable(&fixture, "connection", "bad", fixture.file);
    enable(&fixture, "connection", "none", "plugins/.libs/connection-none.so");
    struct registry *registry = open_registry(&fixture);
    ck_assert_ptr_null(registry_find(registry, "connection", "bad", &err));
    const char *told = error_text(&err);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_msg(strstr(told, row->words) != NULL, "%s: \"%s\" lacks \"%s\"", row->file, told,
                  row->words);
    ck_assert_msg(strstr(told, row->mend) != NULL, "%s: \"%s\" lacks \"%s\"", row->file, told,
                  row->mend);
    ck_assert_msg(strstr(told, fixture.file) && strstr(told, "flexhost.ini:10"),
                  "\"%s\" names no place", told);
    error_clear(&err);
    ck_assert_ptr_nonnull(registry_find(registry, "connection", "none", NULL));
    ck_assert_uint_eq(registry_count(registry), 2);
    ck_assert_ptr_nonnull(registry_at(registry, 0)->refusal);
    ck_assert_ptr_null(registry_at(registry, 1)->refusal);
    ck_assert_ptr_null(registry_at(registry, 2));
    registry_free(registry);
}
END_TEST

START_TEST(good_one_serves)
{
    struct fixture fixture = {0};
    struct error err = ERROR_INIT;
    snprintf(fixture.file, sizeof fixture.file, "%s/GOOD.so", folder);
    enable(&fixture, "connection", "bad", fixture.file);
    struct registry *registry = open_registry(&fixture);
    const struct plugin *plugin = registry_find(registry, "connection", "bad", &err);
    ck_assert_msg(plugin != NULL, "%s", error_text(&err));
    ck_assert_str_eq(plugin->built, "1.2");
    ck_assert_str_eq(plugin->needs, "1.2");
    ck_assert_str_eq(plugin->options, "{}");
    ck_assert_uint_eq(plugin->entry.field_count, 1);
    ck_assert_str_eq(plugin->entry.fields[0].name, "size");
    registry_free(registry);
}
END_TEST

START_TEST(folder_is_searched)
{
    struct fixture fixture = {0};
    struct error err = ERROR_INIT;
    use_folder(&fixture, "plugins/.libs");
    enable(&fixture, "connection", "none", NULL);
    struct registry *registry = open_registry(&fixture);
    ck_assert_msg(registry_find(registry, "connection", "none", &err) != NULL, "%s",
                  error_text(&err));
    /* In the folder, but the INI does not name it. */
    ck_assert_ptr_null(registry_find(registry, "image", "prepared", &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "[plugin \"image/prepared\"]"));
    ck_assert_ptr_null(registry_find(registry, "connection", "non", &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "did you mean \"none\""));
    ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
    registry_free(registry);
}
END_TEST

START_TEST(missing_file_and_folder)
{
    struct fixture fixture = {0};
    struct error err = ERROR_INIT;
    use_folder(&fixture, "plugins/.libs");
    enable(&fixture, "connection", "absent", NULL);
    struct registry *registry = open_registry(&fixture);
    ck_assert_ptr_null(registry_find(registry, "connection", "absent", &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "no connection-absent.so"));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "plugins/.libs"));
    registry_free(registry);
    use_folder(&fixture, "no/such/folder");
    ck_assert_ptr_null(registry_open(&fixture.config, &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "no/such/folder"));
    error_clear(&err);
}
END_TEST

START_TEST(options_are_held_against_the_declaration)
{
    struct fixture fixture = {0};
    struct error err = ERROR_INIT;
    enable(&fixture, "connection", "none", "plugins/.libs/connection-none.so");
    fixture.entries[0] = (struct ini_entry){"enabled", "yes", 11};
    fixture.entries[1] = (struct ini_entry){"address-pol", "10.0.0.0/8", 12};
    fixture.sections[0].entries = fixture.entries;
    fixture.sections[0].entry_count = 2;
    struct registry *registry = open_registry(&fixture);
    ck_assert_ptr_null(registry_find(registry, "connection", "none", &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "flexhost.ini:12: address-pol"));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "did you mean \"address-pool\""));
    error_clear(&err);
    registry_free(registry);
    fixture.entries[1] = (struct ini_entry){"frobnicate", "1", 12};
    registry = open_registry(&fixture);
    ck_assert_ptr_null(registry_find(registry, "connection", "none", &err));
    ck_assert_msg(strstr(error_text(&err), "frobnicate: there is no such option: the plugin's "
                                           "options are \"address-pool\"") != NULL,
                  "%s", error_text(&err));
    error_clear(&err);
    registry_free(registry);
    fixture.entries[1] = (struct ini_entry){"address-pool", "10.0.0.0/8", 12};
    registry = open_registry(&fixture);
    const struct plugin *plugin = registry_find(registry, "connection", "none", &err);
    ck_assert_msg(plugin != NULL, "%s", error_text(&err));
    ck_assert_str_eq(plugin->options, "{\"address-pool\":\"10.0.0.0/8\"}");
    registry_free(registry);
}
END_TEST

struct seen {
    const char *rule;
    int severity;
    char message[300];
};

static void look_for(void *context, int severity, const char *rule, const char *message,
                     const char *mend)
{
    struct seen *seen = context;
    if (strcmp(rule, seen->rule) != 0)
        return;
    seen->severity = severity;
    snprintf(seen->message, sizeof seen->message, "%s", message);
}

static const struct {
    const char *file, *rule;
    int severity;
    const char *words;
} checked[] = {
    {"GOOD", "abi", FH_PASS, "1.2"},
    {"GOOD", "exports", FH_PASS, "nothing else"},
    {"GOOD", "file-name", FH_WARNING, "connection-bad.so"},
    {"TWO_EXPORTS", "exports", FH_WARNING, "another_symbol"},
    {"CRASH", "crash", FH_FAIL, "crashed"},
    {"EXIT", "crash", FH_FAIL, "status 3"},
    {"MAJOR", "abi", FH_FAIL, "2.0"},
};

START_TEST(a_file_is_checked_in_a_child)
{
    struct error err = ERROR_INIT;
    struct seen seen = {.rule = checked[_i].rule, .severity = -1};
    char file[200];
    snprintf(file, sizeof file, "%s/%s.so", folder, checked[_i].file);
    ck_assert_int_eq(plugin_check_file(file, look_for, &seen, &err), 0);
    ck_assert_int_eq(seen.severity, checked[_i].severity);
#ifndef TAP_SANITIZED /* there a crash ends as an exit */
    ck_assert_msg(strstr(seen.message, checked[_i].words) != NULL, "%s", seen.message);
#endif
}
END_TEST

/* What a header of 1.3 may look like: structs with more at their end. */
struct newer_field {
    struct fh_field field;
    const char *unknown;
    uint64_t more;
};

struct newer_plugin {
    struct fh_plugin plugin;
    int32_t (*unknown)(struct fh_call *call);
};

static int32_t plan_nothing(struct fh_call *call)
{
    return FH_OK;
}

static void ignore(void *context, int severity, const char *rule, const char *message,
                   const char *mend)
{
}

START_TEST(newer_plugin_serves)
{
    static const struct newer_field fields[] = {
        {{.name = "one", .type = "int", .flags = 0x80000000, .help = "first"}, "x", 1},
        {{.name = "two", .type = "string", .help = "second"}, "y", 2},
    };
    static const struct newer_plugin newer = {
        {FH_MAGIC, sizeof(struct newer_plugin), 1, 3, 1, 0, .kind = "action", .name = "newer",
         .version = "2", .summary = "built with a newer header",
         .field_size = sizeof(struct newer_field), .fields = &fields[0].field, .field_count = 2,
         .plan = plan_nothing},
        plan_nothing};
    struct arena arena = {0};
    struct inspection inspection = {.arena = &arena, .report = ignore};
    struct fh_plugin entry;
    ck_assert_int_eq(plugin_inspect(&inspection, &newer.plugin, &entry), 0);
    ck_assert_uint_eq(entry.field_count, 2);
    ck_assert_str_eq(entry.fields[1].name, "two");
    ck_assert_uint_eq(entry.field_size, sizeof(struct fh_field));
    arena_free(&arena);
}
END_TEST

/* The structs of 1.0, as its header had them. */
struct field_1_0 {
    const char *name, *type;
    uint32_t flags, reserved;
    const char *help, *default_value, *values;
    int64_t min, max;
    const char *pattern, *pattern_help, *immutable_advice;
    const struct fh_field *fields;
    uint32_t field_count, max_count;
};

START_TEST(plugin_of_1_0_serves)
{
    static const struct field_1_0 fields[] = {
        {.name = "one", .type = "int", .help = "first", .max = 9},
        {.name = "two", .type = "string", .help = "second"},
    };
    static const struct fh_plugin old = {FH_MAGIC,
                                         sizeof old,
                                         1,
                                         0,
                                         1,
                                         0,
                                         .kind = "connection",
                                         .name = "old",
                                         .version = "1",
                                         .summary = "built with the first header",
                                         .flags = FH_PLUGIN_NAT,
                                         .field_size = sizeof(struct field_1_0),
                                         .fields = (const struct fh_field *)fields,
                                         .field_count = 2,
                                         .plan = plan_nothing};
    struct arena arena = {0};
    struct inspection inspection = {.arena = &arena, .report = ignore};
    struct fh_plugin entry;
    ck_assert_int_eq(plugin_inspect(&inspection, &old, &entry), 0);
    ck_assert_int_eq(entry.fields[0].max, 9);
    ck_assert_str_eq(entry.fields[1].name, "two");
    ck_assert_ptr_null(entry.fields[0].acknowledgement);
    ck_assert_ptr_null(entry.fields[1].acknowledgement);
    arena_free(&arena);
}
END_TEST

/* The structs of 1.1 that have grown since, as its header had them. */
struct verb_1_1 {
    const char *name, *help;
    uint32_t flags, field_count;
    const struct fh_field *fields;
    const char *acknowledgement;
    int32_t (*check)(struct fh_call *call);
    int32_t (*plan)(struct fh_call *call);
};

struct plugin_1_1 {
    uint32_t magic, struct_size;
    uint16_t built_major, built_minor, needs_major, needs_minor;
    const char *kind, *name, *version, *summary, *description;
    uint32_t flags, field_size;
    const struct fh_field *fields;
    uint32_t field_count, option_count;
    const struct fh_field *options;
    const struct verb_1_1 *verbs;
    uint32_t verb_count, verb_size;
    int32_t (*check)(struct fh_call *call);
    int32_t (*plan)(struct fh_call *call);
    int32_t (*observe)(struct fh_call *call);
    const char *required_roles;
};

static_assert(sizeof(struct verb_1_1) == offsetof(struct fh_verb, under_way), "verb of 1.1");
static_assert(sizeof(struct plugin_1_1) == offsetof(struct fh_plugin, under_way), "plugin of 1.1");

/* What 1.2 brought is absent, and nothing behind an element is taken for it. */
START_TEST(plugin_of_1_1_serves)
{
    static const struct fh_field fields[] = {{.name = "one", .type = "int", .help = "first"}};
    static const struct verb_1_1 verbs[] = {
        {.name = "reset", .help = "resets", .plan = plan_nothing},
        {.name = "look", .help = "looks", .flags = FH_VERB_READ, .check = plan_nothing},
    };
    static const struct {
        struct plugin_1_1 plugin;
        const char *behind;
    } old = {{.magic = FH_MAGIC,
              .struct_size = sizeof(struct plugin_1_1),
              .built_major = 1,
              .built_minor = 1,
              .needs_major = 1,
              .needs_minor = 1,
              .kind = "image",
              .name = "old",
              .version = "1",
              .summary = "built with the second header",
              .field_size = sizeof(struct fh_field),
              .fields = fields,
              .field_count = 1,
              .verbs = verbs,
              .verb_count = 2,
              .verb_size = sizeof(struct verb_1_1),
              .plan = plan_nothing,
              .required_roles = "Contributor"},
             "behind"};
    struct arena arena = {0};
    struct inspection inspection = {.arena = &arena, .report = ignore};
    struct fh_plugin entry;
    ck_assert_int_eq(plugin_inspect(&inspection, (const struct fh_plugin *)&old, &entry), 0);
    ck_assert_str_eq(entry.required_roles, "Contributor");
    ck_assert_ptr_null(entry.under_way);
    ck_assert_uint_eq(entry.verb_size, sizeof(struct fh_verb));
    ck_assert_str_eq(entry.verbs[1].name, "look");
    ck_assert(entry.verbs[0].plan == plan_nothing && entry.verbs[1].check == plan_nothing);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_null(entry.verbs[i].under_way);
        ck_assert_ptr_null(entry.verbs[i].phase);
    }
    arena_free(&arena);
}
END_TEST

static void count_symbol(void *context, const char *name)
{
    *(size_t *)context += strlen(name) + 1;
}

/* Cut anywhere, and with bytes changed in its tables: never a read outside of it. */
START_TEST(damaged_module_is_read_safely)
{
    struct error err = ERROR_INIT;
    char file[200], *image;
    size_t length, seen = 0;
    snprintf(file, sizeof file, "%s/GOOD.so", folder);
    ck_assert_int_eq(file_read(file, 1 << 24, &image, &length, &err), 0);
    ck_assert_int_eq(elf_exports(image, length, count_symbol, &seen, &err), 0);
    ck_assert_uint_gt(seen, 0);
    for (size_t cut = 0; cut < length; cut += 61) {
        char *part = malloc(cut + 1);
        memcpy(part, image, cut);
        elf_exports(part, cut, count_symbol, &seen, &err);
        error_clear(&err);
        free(part);
    }
    uint64_t state = 1;
    for (int i = 0; i < 4000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t region = state & 1 ? 64 : 2048; /* the header, or the sections at the end */
        size_t at = state & 1 ? (state >> 33) % region : length - 1 - (state >> 33) % region;
        char kept = image[at];
        image[at] = (char)(state >> 8);
        elf_exports(image, length, count_symbol, &seen, &err);
        error_clear(&err);
        image[at] = kept;
    }
    free(image);
}
END_TEST

static Suite *suite(void)
{
    Suite *whole = suite_create("plugin registry");
    TCase *tests = tcase_create("registry");
    tcase_add_loop_test(tests, broken_one_is_refused_and_others_serve, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tests, good_one_serves);
    tcase_add_test(tests, folder_is_searched);
    tcase_add_test(tests, missing_file_and_folder);
    tcase_add_test(tests, options_are_held_against_the_declaration);
    tcase_add_loop_test(tests, a_file_is_checked_in_a_child, 0, sizeof checked / sizeof *checked);
    tcase_add_test(tests, newer_plugin_serves);
    tcase_add_test(tests, plugin_of_1_0_serves);
    tcase_add_test(tests, plugin_of_1_1_serves);
    tcase_add_test(tests, damaged_module_is_read_safely);
    suite_add_tcase(whole, tests);
    return whole;
}

int main(void)
{
    return tap_main(suite());
}
