/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a plugin's INI section, held against what the plugin declares. */
#ifndef FLEXHOST_PLUGIN_OPTIONS_H
#define FLEXHOST_PLUGIN_OPTIONS_H

#include "config/ini.h"

#include <flexhost/plugin.h>

/* The validated options as a JSON text (the caller frees), with defaults. NULL and *refusal (the
 * caller frees; NULL without memory): what is wrong, each with file and line. section NULL: the
 * defaults alone. */
char *plugin_options(const struct fh_plugin *entry, const struct ini_section *section,
                     char **refusal);

#endif
