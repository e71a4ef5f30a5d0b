/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft.Compute: the checks and effects behind its rows in the table of kinds. */
#ifndef AZURE_LOCAL_COMPUTE_H
#define AZURE_LOCAL_COMPUTE_H

#include "kind.h"

/* vm.c */
int vm_accept(struct exchange *x, struct resource *old, json_t *wanted);
void vm_stored(struct exchange *x, struct resource *resource, json_t *asked);
void vm_settled(struct sim *sim, struct resource *resource);
void vm_show(struct exchange *x, const struct resource *resource, json_t *answer);
void vm_gone(struct sim *sim, struct resource *resource);

/* vm-check.c: the rules of a machine's body */
int vm_check_body(struct exchange *x, struct resource *old, json_t *wanted);

/* vm-parts.c: the interfaces and disks that come and go with a machine */
int vm_check_network(struct exchange *x, struct resource *old, json_t *wanted);
void vm_make_parts(struct exchange *x, struct resource *machine, const json_t *asked);
void vm_drop_parts(struct sim *sim, struct resource *machine);
char *vm_part_name(struct exchange *x, const struct resource *machine, const char *stem,
                   int digits);
char *vm_sibling_id(struct exchange *x, const struct resource *machine, const char *type,
                    const char *name);

/* vm-disks.c */
struct image;
/* An OS disk that is there already: refuses, or tells what is on it. */
int vm_check_attach(struct exchange *x, const json_t *wanted, struct image *image);
/* The name of a disk to be made, or NULL: it must be free. */
int vm_check_new_name(struct exchange *x, const char *name);
int vm_check_swap(struct exchange *x, const struct resource *old, json_t *wanted);
int vm_check_data_disks(struct exchange *x, const json_t *wanted);
void vm_make_disks(struct exchange *x, struct resource *machine);
void vm_let_go(struct sim *sim, const char *id, bool removed);

/* vm-view.c */
json_t *vm_instance_view(struct exchange *x, const struct resource *machine);
void vm_set_power(struct sim *sim, struct resource *machine, const char *power);
const char *vm_power(const struct resource *machine);
int vm_get_view(struct exchange *x);

/* vm-power.c: start, powerOff, deallocate, restart … */
int vm_action(struct exchange *x);

/* capacity.c */
/* Before anything is stored: quota, and sizes that are refused at once. */
int capacity_check(struct exchange *x, struct resource *old, const json_t *wanted);
struct size;
/* Refuses when the quota has no room for one more of the size; `had` are cores that it gives up. */
int capacity_quota(struct exchange *x, const char *location, const struct size *size,
                   long long had);
/* Of a size in a region, as the list of SKUs has them. */
json_t *capacity_restrictions(struct exchange *x, const char *size, const char *location);
/* Takes cores and room; NULL, or the code that the allocation fails with. */
const char *capacity_take(struct sim *sim, struct resource *machine);
void capacity_release(struct sim *sim, struct resource *machine);
/* The quotas of a region and what is used of them. */
json_t *capacity_usages(struct exchange *x, const char *subscription, const char *location);

/* image.c */
struct image {
    const char *os; /* Windows or Linux */
    const char *generation;
    const char *exact; /* version; NULL for other than marketplace images */
    bool specialized;
    const char *location;       /* given: where it is wanted */
    unsigned long long size_gb; /* 0: unknown */
    struct resource *source;    /* with the pages of its disk; NULL for the marketplace's */
    bool trusted;               /* machines of it may be of the security type TrustedLaunch */
    bool only_trusted;          /* and of no other */
};
/* Refuses when it isn't there, or not for out->location. */
int image_find(struct exchange *x, const json_t *reference, struct image *out);
int image_versions(struct exchange *x);
int image_version(struct exchange *x);
int image_publishers(struct exchange *x);
int image_offers(struct exchange *x);
int image_skus(struct exchange *x);
int image_publish(struct exchange *x); /* POST /_local/images */

/* gallery.c */
int gallery_accept(struct exchange *x, struct resource *old, json_t *wanted);
int gallery_image_accept(struct exchange *x, struct resource *old, json_t *wanted);
int gallery_version_accept(struct exchange *x, struct resource *old, json_t *wanted);
void gallery_version_stored(struct exchange *x, struct resource *resource, json_t *asked);
void gallery_version_show(struct exchange *x, const struct resource *resource, json_t *answer);
void gallery_version_gone(struct sim *sim, struct resource *resource);
int gallery_spare(struct exchange *x, struct resource *resource);

/* image-source.c: managed images, and what images are made of */
int image_find_id(struct exchange *x, const char *id, struct image *out);
/* The source of a gallery version: refuses, or completes the body. */
int image_source_check(struct exchange *x, json_t *wanted);
/* What it was made of; NULL: that is gone, or it was made of a blob. */
struct resource *image_origin(struct exchange *x, const json_t *body);
/* What has the pages; NULL when nothing does. */
struct resource *image_source(struct exchange *x, const json_t *body);
int managed_image_accept(struct exchange *x, struct resource *old, json_t *wanted);
void managed_image_stored(struct exchange *x, struct resource *resource, json_t *asked);

/* disk.c */
int disk_accept(struct exchange *x, struct resource *old, json_t *wanted);
int disk_spare(struct exchange *x, struct resource *resource);
int snapshot_accept(struct exchange *x, struct resource *old, json_t *wanted);
void disk_stored(struct exchange *x, struct resource *resource, json_t *asked);
void disk_gone(struct sim *sim, struct resource *resource);
void disk_show(struct exchange *x, const struct resource *resource, json_t *answer);

/* disk-access.c */
int disk_begin_access(struct exchange *x);
int disk_end_access(struct exchange *x);
struct sas_ask;
/* The same as sas_check(), for the URLs that beginGetAccess gives. */
const char *disk_access_check(struct sim *sim, const struct pairs *query, const struct sas_ask *ask,
                              const char **detail);

/* encryption.c: disk encryption sets */
int encryption_check(struct exchange *x, const json_t *wanted);
int encryption_check_set(struct exchange *x, const char *id, const char *location);
/* The sets of a target region of a gallery version. */
int encryption_check_region(struct exchange *x, const json_t *target, const char *location);

/* run.c: extensions and run commands */
int extension_accept(struct exchange *x, struct resource *old, json_t *wanted);
int run_accept(struct exchange *x, struct resource *old, json_t *wanted);
/* The names of what was run on a disk go with it: into a version, and onto a machine of that. */
void run_keep(struct resource *to, const struct resource *from, bool machine);
void run_stored(struct exchange *x, struct resource *resource, json_t *asked);
bool run_unready(struct sim *sim, struct resource *resource);
void run_gone(struct sim *sim, struct resource *resource);
void run_settled(struct sim *sim, struct resource *resource);
void run_show(struct exchange *x, const struct resource *resource, json_t *answer);

/* sku.c */
int compute_skus(struct exchange *x);
int compute_usages(struct exchange *x);
int compute_sizes(struct exchange *x);

#endif
