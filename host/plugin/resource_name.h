/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Azure resources: derived, never random, so that a second run finds the first one's. */
#ifndef FLEXHOST_PLUGIN_RESOURCE_NAME_H
#define FLEXHOST_PLUGIN_RESOURCE_NAME_H

#include "base/error.h"

#include <stddef.h>

enum { RESOURCE_NAME_TEXT = 128, RESOURCE_NAME_SHORTEST = 16 };

/* "fh-SUFFIX-…" with 13 characters that installation, subject's id and suffix give; no hyphens when
 * alphabet is "a-z0-9". The suffix is cut to keep within max_length (0: 63). */
int resource_name(const char *installation, const char *subject_id, const char *suffix,
                  size_t max_length, const char *alphabet, char name[RESOURCE_NAME_TEXT],
                  struct error *err);

#endif
