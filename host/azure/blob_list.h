/* SPDX-License-Identifier: Apache-2.0 */
/* What List Blobs answers. */
#ifndef FLEXHOST_AZURE_BLOB_LIST_H
#define FLEXHOST_AZURE_BLOB_LIST_H

#include "azure/arm.h"
#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/* Adds what the XML lists to `list`: {"name", "type": "PageBlob", "bytes", "lastModified"}, and for
 * a folder {"name": "a/", "type": "folder"}. *next: the marker of the page that follows, "" if
 * none; the caller frees it. */
int blob_list_read(const char *text, size_t length, json_t *list, char **next, struct error *err);

/* All of a container from `prefix` on, down to the next '/'; url: the container's, with a signature
 * that may list. NULL: err. The caller decrefs. */
json_t *blob_list_wait(struct arm *arm, const char *url, const char *prefix, struct error *err);

#endif
