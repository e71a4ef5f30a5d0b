/* SPDX-License-Identifier: Apache-2.0 */
/* Managed disks and snapshots: what they contain, and who may read and write it over HTTP. */
#ifndef AZURE_LOCAL_DISK_H
#define AZURE_LOCAL_DISK_H

#include "compute.h"
#include "content.h"

/* disk-data.c */
/* The pages of a disk, snapshot, image or gallery version with the footer of a VHD, or NULL as long
 * as nobody wrote or asked. `make` makes an empty one of the disk's size. */
struct content *disk_content(struct sim *sim, const struct resource *of, bool make);
/* Shares the pages of `from`; nothing when there are none. */
void disk_share(struct sim *sim, const struct resource *to, const struct content *from);
char *disk_account(struct sim *sim, struct pool *pool, const struct resource *of);
char *disk_container(struct sim *sim, struct pool *pool, const struct resource *of);
void disk_forget(struct sim *sim, const struct resource *of);
/* Checks that a blob of an account is a fixed VHD; its pages, or NULL after refusing. */
struct content *disk_blob(struct exchange *x, const char *url, const char *account_id);

/* disk-access.c */
/* The state now: a signature may have run out. */
const char *disk_state(struct sim *sim, struct resource *disk);
bool disk_is_open(struct sim *sim, struct resource *disk); /* a signature holds */

#endif
