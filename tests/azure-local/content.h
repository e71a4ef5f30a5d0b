/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of blobs and disks. Only what was written costs memory, and copies share it until one
 * of them changes: a disk of many gigabytes with little in it is cheap, and so is its snapshot.
 */
#ifndef AZURE_LOCAL_CONTENT_H
#define AZURE_LOCAL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_BYTES = 512 };

struct chunk;

struct content {
    struct chunk **chunks;
    size_t slots;
    uint64_t size;
};

/* Grows it when the end is beyond the size. */
void content_write(struct content *content, uint64_t at, const void *data, size_t size);
/* Forgets whole pages. */
void content_clear(struct content *content, uint64_t at, uint64_t size);
/* What was never written reads as zeroes. */
void content_read(const struct content *content, uint64_t at, void *to, size_t size);
void content_resize(struct content *content, uint64_t size);
/* The next run of pages that were written, in from..until; false when there is none. */
bool content_run(const struct content *content, uint64_t from, uint64_t until, uint64_t *first,
                 uint64_t *end);
/* `to` is overwritten without a look; it shares the pages. */
void content_copy(struct content *to, const struct content *from);
void content_append(struct content *to, const struct content *from);
void content_end(struct content *content);

/* vhd.c: the footer of a fixed VHD. NULL, or what is wrong with the content as one. */
const char *vhd_fault(const struct content *content);
/* Makes it a fixed VHD: the footer is written after so many bytes. */
void vhd_close(struct content *content, uint64_t bytes);

#endif
