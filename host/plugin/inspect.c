/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's own description: prefix, texts, verbs, functions. */
#include "plugin/inspect.h"

#include "base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_TEXT = 16 * 1024,
    MOST_VERBS = 64,
    LARGEST_STRUCT = 64 * 1024, /* a size beyond this is not a size */
    MOST_REPORTED = 100
};

static const char *const kinds[] = {"connection", "image", "action"};

/* Names that `create` and every command take for themselves. */
static const char *const taken_by_commands[] = {
    "name",    "type",    "subscription", "region", "help",     "yes",   "output", "config",
    "no-wait", "dry-run", "debug",        "quiet",  "no-color", "query", NULL};
static const char *const taken_by_ini[] = {"enabled", "file", NULL};

void inspection_report(struct inspection *inspection, int severity, const char *rule,
                       const char *mend, const char *format, ...)
{
    if (severity == FH_FAIL && inspection->failures++ >= MOST_REPORTED)
        return;
    va_list args;
    va_start(args, format);
    char *message = arena_vprintf(inspection->arena, format, args);
    va_end(args);
    inspection->report(inspection->context, severity, rule, message ? message : "out of memory",
                       mend);
}

bool inspect_is_kebab(const char *text)
{
    if (*text < 'a' || *text > 'z')
        return false;
    for (const char *c = text; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
              (*c == '-' && c[1] && c[1] != '-')))
            return false;
    return true;
}

static const char *text_fault(const char *text, bool lines_allowed)
{
    size_t length = strnlen(text, LONGEST_TEXT + 1);
    if (length > LONGEST_TEXT)
        return "is longer than 16 KiB";
    json_t *copy = json_stringn(text, length);
    json_decref(copy);
    if (!copy)
        return "is not UTF-8";
    for (const char *c = text; *c; c++)
        if (((unsigned char)*c < ' ' && !(lines_allowed && *c == '\n')) || *c == 0x7f)
            return "has control characters";
    return NULL;
}

bool inspection_text(struct inspection *inspection, const char *what, const char *text,
                     bool required, bool lines_allowed)
{
    if (!text || !*text) {
        if (required)
            inspection_report(inspection, FH_FAIL, "texts", "fill it in", "%s is %s", what,
                              text ? "empty" : "NULL");
        return !required;
    }
    const char *fault = text_fault(text, lines_allowed);
    if (fault)
        inspection_report(inspection, FH_FAIL, "texts", "write a short text in UTF-8", "%s %s",
                          what, fault);
    return !fault;
}

/* The frozen 16 bytes: nothing else is read before they are right. */
static bool inspect_prefix(struct inspection *inspection, const struct fh_plugin *raw)
{
    if (raw->magic != FH_MAGIC) {
        inspection_report(
            inspection, FH_FAIL, "magic", "begin struct fh_plugin with FH_PLUGIN_HEAD",
            "the magic number should be 0x%08" PRIx32 " and is 0x%08" PRIx32, FH_MAGIC, raw->magic);
        return false;
    }
    if (raw->struct_size < PLUGIN_SIZE_1_0 || raw->struct_size > LARGEST_STRUCT) {
        inspection_report(inspection, FH_FAIL, "struct-size",
                          "begin struct fh_plugin with FH_PLUGIN_HEAD",
                          "struct fh_plugin should have %u bytes or more and has %" PRIu32,
                          (unsigned)PLUGIN_SIZE_1_0, raw->struct_size);
        return false;
    }
    if (raw->built_major != FH_ABI_MAJOR || raw->needs_major != FH_ABI_MAJOR) {
        inspection_report(inspection, FH_FAIL, "abi",
                          "build the plugin against this host's flexhost-sdk, or use a host of "
                          "the plugin's major version",
                          "it wants plugin ABI %u.%u (built with %u.%u), this host has %u.%u",
                          raw->needs_major, raw->needs_minor, raw->built_major, raw->built_minor,
                          FH_ABI_MAJOR, FH_ABI_MINOR);
        return false;
    }
    if (raw->needs_minor > FH_ABI_MINOR) {
        inspection_report(inspection, FH_FAIL, "abi",
                          "upgrade flexhost, or build the plugin against this host's flexhost-sdk",
                          "it needs plugin ABI %u.%u, this host has %u.%u", raw->needs_major,
                          raw->needs_minor, FH_ABI_MAJOR, FH_ABI_MINOR);
        return false;
    }
    if (raw->needs_minor > raw->built_minor) {
        inspection_report(inspection, FH_FAIL, "abi", "begin struct fh_plugin with FH_PLUGIN_HEAD",
                          "it needs plugin ABI %u.%u and was built with %u.%u, which is older",
                          raw->needs_major, raw->needs_minor, raw->built_major, raw->built_minor);
        return false;
    }
    inspection_report(inspection, FH_PASS, "abi", NULL,
                      "built with plugin ABI %u.%u, needs %u.%u, this host has %u.%u",
                      raw->built_major, raw->built_minor, raw->needs_major, raw->needs_minor,
                      FH_ABI_MAJOR, FH_ABI_MINOR);
    return true;
}

static bool is_kind(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static void inspect_texts(struct inspection *inspection, const struct fh_plugin *entry)
{
    if (inspection_text(inspection, "the plugin's kind", entry->kind, true, false) &&
        !is_kind(entry->kind))
        inspection_report(inspection, FH_FAIL, "kind", "write connection, image or action",
                          "this host knows no plugins of kind \"%s\"", entry->kind);
    if (inspection_text(inspection, "the plugin's name", entry->name, true, false) &&
        (!inspect_is_kebab(entry->name) || strlen(entry->name) > 40))
        inspection_report(inspection, FH_FAIL, "name",
                          "write at most 40 small letters, digits and single '-'",
                          "the plugin's name \"%s\" is not in kebab-case", entry->name);
    inspection_text(inspection, "the plugin's version", entry->version, true, false);
    inspection_text(inspection, "the plugin's summary", entry->summary, true, false);
    inspection_text(inspection, "the plugin's description", entry->description, false, true);
    inspection_text(inspection, "the plugin's required_roles", entry->required_roles, false, true);
    inspection_text(inspection, "the plugin's under_way", entry->under_way, false, false);
}

/* A table's element size: ours, smaller by nothing (1.0 is the first), larger when newer. */
static bool inspect_size(struct inspection *inspection, const char *what, uint32_t size,
                         uint32_t least, uint32_t count, uint32_t most)
{
    if (count > most) {
        inspection_report(inspection, FH_FAIL, "tables", "give the number of elements",
                          "%s has %" PRIu32 " elements, %" PRIu32 " are allowed", what, count,
                          most);
        return false;
    }
    if (count && (size < least || size > LARGEST_STRUCT || size % _Alignof(max_align_t) % 8)) {
        inspection_report(inspection, FH_FAIL, "struct-size",
                          "set field_size to sizeof(struct fh_field) and verb_size to "
                          "sizeof(struct fh_verb)",
                          "an element of %s should have %" PRIu32
                          " bytes or more and is said to have %" PRIu32,
                          what, least, size);
        return false;
    }
    return true;
}

static void inspect_verb(struct inspection *inspection, struct fh_verb *verb,
                         const struct fh_plugin *raw, bool newer)
{
    bool named = inspection_text(inspection, "a verb's name", verb->name, true, false);
    const char *name = named ? verb->name : "?";
    if (named && !inspect_is_kebab(name))
        inspection_report(inspection, FH_FAIL, "verbs", "write small letters, digits and '-'",
                          "the verb \"%s\" is not in kebab-case", name);
    char *what = arena_printf(inspection->arena, "the verb %s", name);
    if (!what)
        return;
    inspection_text(inspection, what, verb->help, true, false);
    inspection_text(inspection, what, verb->acknowledgement, false, false);
    inspection_text(inspection, what, verb->under_way, false, false);
    inspection_text(inspection, what, verb->phase, false, false);
    bool reads = verb->flags & FH_VERB_READ;
    if (reads ? !verb->check : !verb->plan)
        inspection_report(inspection, FH_FAIL, "verbs",
                          reads ? "give it a check function" : "give it a plan function",
                          "%s has no %s function, so it does nothing", what,
                          reads ? "check" : "plan");
    if (reads && verb->plan)
        inspection_report(inspection, FH_FAIL, "verbs", "leave out plan or FH_VERB_READ",
                          "%s says that it changes nothing, but has a plan", what);
    verb->fields = inspect_fields(inspection, what, verb->fields, verb->field_count,
                                  raw->field_size, newer, taken_by_commands);
}

static void inspect_verbs(struct inspection *inspection, const struct fh_plugin *raw,
                          struct fh_plugin *entry, bool newer)
{
    const char *table = (const char *)entry->verbs;
    entry->verbs = NULL;
    if (!entry->verb_count)
        return;
    if (!inspect_size(inspection, "the table of verbs", raw->verb_size, VERB_SIZE_1_0,
                      entry->verb_count, MOST_VERBS))
        return;
    if (!table) {
        inspection_report(inspection, FH_FAIL, "tables", "set verbs, or verb_count to 0",
                          "the table of verbs is NULL but has %" PRIu32 " elements",
                          entry->verb_count);
        return;
    }
    struct fh_verb *verbs = arena_alloc(inspection->arena, entry->verb_count * sizeof *verbs);
    if (!verbs) {
        inspection_report(inspection, FH_FAIL, "memory", NULL, "out of memory");
        return;
    }
    size_t size = raw->verb_size < sizeof *verbs ? raw->verb_size : sizeof *verbs;
    for (uint32_t i = 0; i < entry->verb_count; i++) {
        memcpy(&verbs[i], table + (size_t)i * raw->verb_size, size);
        inspect_verb(inspection, &verbs[i], raw, newer);
        for (uint32_t j = 0; j < i; j++)
            if (verbs[i].name && verbs[j].name && strcmp(verbs[i].name, verbs[j].name) == 0)
                inspection_report(inspection, FH_FAIL, "verbs", "rename one of them",
                                  "the verb %s is declared twice", verbs[i].name);
    }
    entry->verbs = verbs;
}

static bool has_field(const struct fh_plugin *entry, const char *name)
{
    for (uint32_t i = 0; entry->fields && i < entry->field_count; i++)
        if (strcmp(entry->fields[i].name, name) == 0)
            return true;
    return false;
}

/* A connection that takes a NAT gateway is told by the field that switches it. 1.0 did not ask for
 * one. */
static void inspect_plugin_flags(struct inspection *inspection, const struct fh_plugin *entry)
{
    bool takes = entry->flags & FH_PLUGIN_NAT;
    if (entry->built_minor >= 1 && takes != has_field(entry, "nat-idle-timeout"))
        inspection_report(inspection, FH_FAIL, "flags",
                          "set FH_PLUGIN_NAT and declare the field nat-idle-timeout, or neither",
                          takes ? "it says that it takes a NAT gateway, but has no field "
                                  "nat-idle-timeout"
                                : "it has the field nat-idle-timeout, but does not say that it "
                                  "takes a NAT gateway");
}

static void inspect_functions(struct inspection *inspection, const struct fh_plugin *entry)
{
    if (!entry->plan)
        inspection_report(inspection, FH_FAIL, "functions", "give it a plan function",
                          "the plugin has no plan function, so it can create nothing");
    if (!entry->observe)
        inspection_report(inspection, FH_WARNING, "functions",
                          "give it an observe function that maps what Azure reports",
                          "the plugin has no observe function: its subjects show no details");
}

int plugin_inspect(struct inspection *inspection, const struct fh_plugin *raw,
                   struct fh_plugin *entry)
{
    memset(entry, 0, sizeof *entry);
    if (!inspect_prefix(inspection, raw))
        return -1;
    memcpy(entry, raw, raw->struct_size < sizeof *entry ? raw->struct_size : sizeof *entry);
    bool newer = raw->built_minor > FH_ABI_MINOR;
    inspect_texts(inspection, entry);
    bool sized = inspect_size(inspection, "the table of fields", raw->field_size, FIELD_SIZE_1_0,
                              entry->field_count | entry->option_count | entry->verb_count, 255);
    entry->fields =
        sized ? inspect_fields(inspection, "the table of fields", entry->fields, entry->field_count,
                               raw->field_size, newer, taken_by_commands)
              : NULL;
    entry->options = sized
                         ? inspect_fields(inspection, "the table of options", entry->options,
                                          entry->option_count, raw->field_size, newer, taken_by_ini)
                         : NULL;
    if (sized)
        inspect_verbs(inspection, raw, entry, newer);
    if (!inspection->failures)
        inspect_plugin_flags(inspection, entry);
    inspect_functions(inspection, entry);
    entry->field_size = sizeof(struct fh_field);
    entry->verb_size = sizeof(struct fh_verb);
    if (inspection->failures)
        return -1;
    inspection_report(inspection, FH_PASS, "description", NULL,
                      "%s/%s %s: %" PRIu32 " fields, %" PRIu32 " options, %" PRIu32 " verbs",
                      entry->kind, entry->name, entry->version, entry->field_count,
                      entry->option_count, entry->verb_count);
    return 0;
}
