/* SPDX-License-Identifier: Apache-2.0 */
/* Holds what a plugin says of itself against the SDK's rules, and turns it into this host's shape.
 */
#ifndef FLEXHOST_PLUGIN_INSPECT_H
#define FLEXHOST_PLUGIN_INSPECT_H

#include "base/arena.h"
#include "plugin/registry.h"

#include <flexhost/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* The size of struct fh_plugin, fh_field and fh_verb in ABI 1.0: nothing smaller was ever built. */
enum {
    PLUGIN_SIZE_1_0 = offsetof(struct fh_plugin, required_roles) + sizeof(char *),
    FIELD_SIZE_1_0 = offsetof(struct fh_field, max_count) + sizeof(uint32_t),
    VERB_SIZE_1_0 = offsetof(struct fh_verb, plan) + sizeof(void (*)(void))
};

struct inspection {
    struct arena *arena; /* for the copies of fields and verbs */
    plugin_finding_fn *report;
    void *context;
    unsigned failures;
};

/* Reports one finding; mend NULL for a pass. */
void inspection_report(struct inspection *inspection, int severity, const char *rule,
                       const char *mend, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A text of a plugin: present, UTF-8, without control characters, not endless. */
bool inspection_text(struct inspection *inspection, const char *what, const char *text,
                     bool required, bool lines_allowed);

/* All rules; *entry has our sizes, members that an older plugin does not have are zero. Returns 0
 * when the plugin can serve. */
int plugin_inspect(struct inspection *inspection, const struct fh_plugin *raw,
                   struct fh_plugin *entry);

/* Of one table of fields (inspect_fields.c). Copies it; NULL when it is wrong or empty. */
const struct fh_field *inspect_fields(struct inspection *inspection, const char *what,
                                      const struct fh_field *raw, size_t count, size_t size,
                                      bool newer, const char *const *taken);

bool inspect_is_kebab(const char *text);

#endif
