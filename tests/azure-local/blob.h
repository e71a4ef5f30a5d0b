/* SPDX-License-Identifier: Apache-2.0 */
/* The blob service's data plane, path-style under /_blob/ACCOUNT/CONTAINER/BLOB. */
#ifndef AZURE_LOCAL_BLOB_H
#define AZURE_LOCAL_BLOB_H

#include "content.h"
#include "sim.h"

struct blobs;

struct blobs *blobs_new(void);
void blobs_end(struct blobs *blobs);
void blob_handle(struct exchange *x);
json_t *blobs_show(const struct sim *sim);
/* Forgets every blob of an account, or of one container. */
void blobs_drop(struct sim *sim, const char *account, const char *container);
/* Appends as a machine would, with the URL's signature. 0, or -1 with a sentence. */
int blob_append_by_url(struct sim *sim, const char *url, const char *text, char *why, size_t size);
/* The pages of a page blob of this server, found by its URL without a signature; NULL when there is
 * none. What is read must be open to the caller otherwise. */
struct content *blob_pages_at(struct sim *sim, const char *url);
/* The content of a page blob, made if need be. */
struct content *blob_pages(struct sim *sim, const char *account, const char *container,
                           const char *name, bool make);

#endif
