/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that is wrong in one way, chosen when it is compiled: -DBAD_... */
#include <flexhost/plugin.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#if defined BAD_ONE_MEGABYTE
static char endless[1024 * 1024 + 1];
#endif

static const struct fh_field fields[] = {
    {.name = "size",
#if defined BAD_UNKNOWN_TYPE
     .type = "colour",
#else
     .type = "int",
#endif
#if defined BAD_DEFAULT
     .default_value = "many",
#endif
#if defined BAD_PATTERN
     .pattern = "([a-z",
     .pattern_help = "letters",
#endif
     .help = "how large"},
#if defined BAD_DUPLICATE_FIELD
    {.name = "size", .type = "int", .help = "how large"},
#endif
#if defined BAD_TAKEN_NAME
    {.name = "subscription", .type = "string", .help = "which"},
#endif
#if defined BAD_ENUM
    {.name = "shape", .type = "enum", .help = "which"},
#endif
};

static const struct fh_verb verbs[] = {
    {.name = "reset", .help = "resets it"},
};

static int32_t add(struct fh_call *call, const char *key, const char *after, const char *body)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .key = key,
                           .title = "a group",
                           .path = "/subscriptions/x/resourceGroups/y",
                           .api_version = "2024-07-01",
                           .after = &after,
                           .after_count = after ? 1 : 0,
                           .body = body};
    return fh_step(call, &step);
}

static int32_t plan(struct fh_call *call)
{
#if defined BAD_IMPURE
    static int calls;
    return add(call, "one", NULL, fh_printf(call, "{\"location\":\"%d\"}", calls++));
#elif defined BAD_CIRCLE
    add(call, "one", "two", "{}");
    return add(call, "two", "one", "{}");
#elif defined BAD_JSON
    return add(call, "one", NULL, "{\"location\":");
#elif defined BAD_UTF8
    return add(call, "one", NULL, "{\"location\":\"\xff\xfe\"}");
#elif defined BAD_UTF8_SOURCE
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "one",
                           .title = "a copy",
                           .method = "COPY",
                           .path = "https://a.example/b",
                           .source = "https://a.example/\xff"};
    return fh_step(call, &step);
#elif defined BAD_LONG_STEP
    char *body = fh_alloc(call, 5 * 1024 * 1024);
    memset(body, ' ', 5 * 1024 * 1024 - 1);
    return add(call, "one", NULL, body);
#elif defined BAD_TWICE
    add(call, "one", NULL, "{}");
    return add(call, "one", NULL, "{}");
#elif defined BAD_NO_SIZE
    struct fh_step step = {.key = "one", .path = "/subscriptions/x"};
    return fh_step(call, &step);
#elif defined BAD_NULL_AFTER
    static const char *const after[2];
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "one",
                           .path = "/subscriptions/x",
                           .after = after,
                           .after_count = 2};
    return fh_step(call, &step);
#elif defined BAD_MANY_OUTPUTS
    static const struct fh_output output = {.name = "id", .pointer = "/id"};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "one",
                           .path = "/subscriptions/x",
                           .outputs = &output,
                           .output_count = UINT32_MAX,
                           .output_size = sizeof output};
    return fh_step(call, &step);
#elif defined BAD_ASKS
    int32_t status;
    fh_arm_get(call, NULL, "/subscriptions/x", "2022-12-01", &status);
    return FH_OK;
#elif defined BAD_SILENT
    return FH_EFAILED;
#elif defined BAD_UNKNOWN_CODE
    return -77;
#elif defined BAD_UNKNOWN_OUTPUT
    return add(call, "one", NULL, "{\"id\":\"${two.id}\"}");
#elif defined BAD_MEMORY
    fh_alloc(call, SIZE_MAX / 2);
    return FH_OK;
#else
    return add(call, "one", NULL, "{\"location\":\"westus3\"}");
#endif
}

static const struct fh_plugin plugin = {
#if defined BAD_MAGIC
    0x12345678,
    sizeof(struct fh_plugin),
    1,
    0,
    1,
    0,
#elif defined BAD_SMALL_STRUCT
    FH_MAGIC,
    24,
    1,
    0,
    1,
    0,
#elif defined BAD_MAJOR
    FH_MAGIC,
    sizeof(struct fh_plugin),
    2,
    0,
    2,
    0,
#elif defined BAD_NEWER_MINOR
    FH_MAGIC,
    sizeof(struct fh_plugin),
    1,
    9,
    1,
    7,
#else
    FH_PLUGIN_HEAD,
#endif
    .kind = "connection",
#if defined BAD_NULL_NAME
    .name = NULL,
#elif defined BAD_OTHER_NAME
    .name = "good",
#else
    .name = "bad",
#endif
    .version = "1.0",
#if defined BAD_SUMMARY_UTF8
    .summary = "caf\xe9",
#elif defined BAD_CONTROL
    .summary = "clean \x1b[2J",
#elif defined BAD_ONE_MEGABYTE
    .summary = endless,
#else
    .summary = "A plugin for tests",
#endif
#if defined BAD_FIELD_SIZE
    .field_size = 8,
#else
    .field_size = sizeof(struct fh_field),
#endif
    .fields = fields,
    .field_count = COUNT(fields),
#if defined BAD_NULL_OPTIONS
    .option_count = 3,
#endif
#if defined BAD_VERB
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .verb_size = sizeof(struct fh_verb),
#endif
#if !defined BAD_NO_PLAN
    .plan = plan,
#endif
};

#if defined BAD_TWO_EXPORTS
FH_EXPORT int another_symbol(void);
int another_symbol(void)
{
    return 1;
}
#endif

#if defined BAD_CRASH
__attribute__((constructor)) static void crash(void)
{
    raise(SIGSEGV);
}
#elif defined BAD_EXIT
__attribute__((constructor)) static void leave(void)
{
    _Exit(3);
}
#endif

#if defined BAD_NO_ENTRY
FH_EXPORT int something_else(void);
int something_else(void)
{
    return plugin.magic != verbs[0].flags;
}
#else
const struct fh_plugin *fh_plugin_entry(void)
{
#if defined BAD_ONE_MEGABYTE
    memset(endless, 'x', sizeof endless - 1);
#endif
#if defined BAD_NULL_ENTRY
    return verbs[0].flags ? &plugin : NULL;
#else
    (void)verbs;
    return &plugin;
#endif
}
#endif
