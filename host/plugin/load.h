/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a plugin that has been held against every rule. */
#ifndef FLEXHOST_PLUGIN_LOAD_H
#define FLEXHOST_PLUGIN_LOAD_H

#include "plugin/inspect.h"

/* Trust, exports, loading, then the plugin's own description; each finding is reported. Returns 0
 * when the plugin can serve. A module stays loaded until the process ends, whatever comes of it:
 * its code may have left pointers behind. */
int plugin_load(const char *file, struct inspection *inspection, struct fh_plugin *entry);

#endif
