/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are ours alone: 0600 in folders of 0700, replaced at once or not at all. */
#ifndef FLEXHOST_BASE_FILE_H
#define FLEXHOST_BASE_FILE_H

#include "base/error.h"

#include <stddef.h>

/* Makes the folder and its parents (0700); refuses one that others own or can write to. */
int file_make_private_folder(const char *path, struct error *err);
/* Reads a whole regular file of at most limit bytes; *data is NUL-terminated, the caller frees it.
 */
int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *err);
/* As file_read, but refuses what file_check_private() refuses. For secrets: wipe *data after use.
 */
int file_read_private(const char *path, size_t limit, char **data, size_t *length,
                      struct error *err);
/* Writes beside the file, fsyncs, renames: the old content or the new one, never half of it. */
int file_replace(const char *path, const char *data, size_t length, struct error *err);
/* Makes the file with all of its content (0600), safe on the disk; one that is there already stays
 * as it is, and that is no error: read it afterwards. */
int file_create(const char *path, const char *data, size_t length, struct error *err);
/* Refuses what is not a regular file of this user or root, or is open to group or others. */
int file_check_private(const char *path, struct error *err);
/* Refuses (with the reason) a path that is not a regular file or folder of this user or root, or
 * that others can write to. *mend: what to do about it, allocated; NULL with 0 and without memory.
 */
int file_check_trusted(const char *path, char **mend, struct error *err);

#endif
