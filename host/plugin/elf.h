/* SPDX-License-Identifier: Apache-2.0 */
/* What a shared object exports, read from the file: nothing of it is run. */
#ifndef FLEXHOST_PLUGIN_ELF_H
#define FLEXHOST_PLUGIN_ELF_H

#include "base/error.h"

#include <stddef.h>

typedef void elf_symbol_fn(void *context, const char *name);

/* Calls `each` for every symbol that the file defines for others. The image is hostile: every
 * offset is held against its length. Refuses what this machine could not load. */
int elf_exports(const char *image, size_t length, elf_symbol_fn *each, void *context,
                struct error *err);

#endif
