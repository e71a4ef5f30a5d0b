/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the blob service share. */
#ifndef AZURE_LOCAL_BLOB_PARTS_H
#define AZURE_LOCAL_BLOB_PARTS_H

#include "blob.h"
#include "storage.h"

enum blob_kind { BLOB_BLOCK, BLOB_APPEND, BLOB_PAGE };

struct block {
    struct block *next;
    char *id; /* base64, as the client gave it */
    struct content content;
};

struct blob {
    char *account, *container, *name;
    enum blob_kind kind;
    bool draft; /* nothing but blocks that were not committed */
    struct content content;
    json_t *headers;  /* Content-Type and so on, as GET gives them */
    json_t *metadata; /* by name */
    struct block *blocks, *uncommitted;
    long long appended; /* blocks */
    unsigned long long sequence;
    uint64_t version;
    int64_t created, modified; /* calendar */
};

struct blobs {
    struct table all; /* by account/container/name */
    uint64_t versions;
};

/* What a request is about. */
struct target {
    char *account, *container, *name; /* name NULL: the container; container "": the account */
    char *key;
};

/* blob.c */
/* Refuses as the service words it; returns -1. */
int blob_fail(struct exchange *x, int status, const char *code, const char *message);
/* The same with the reason of an AuthenticationFailed, or NULL. */
int blob_fail_detail(struct exchange *x, int status, const char *code, const char *message,
                     const char *detail);
int blob_fail_access(struct exchange *x, const char *code, const char *detail);
int blob_absent(struct exchange *x);
int blob_target(struct pool *pool, const char *path, struct target *out);
struct resource *blob_container(const struct sim *sim, const struct target *target);
/* Whether everybody may read it: the container is open, and its account permits that. */
bool blob_is_public(struct sim *sim, const struct target *target);

/* blob-store.c */
struct blob *blob_find(const struct sim *sim, const struct target *target);
struct blob *blob_new(struct sim *sim, const struct target *target, enum blob_kind kind);
void blob_touch(struct sim *sim, struct blob *blob);
void blob_release(void *blob);
void blocks_end(struct block **blocks);
const char *blob_kind_name(const struct blob *blob);
/* ETag, Last-Modified, x-ms-version. */
void blob_stamp(struct exchange *x, const struct blob *blob);

/* blob-check.c */
/* If-Match and its kin: refuses with 412, or 304 to a read. */
int blob_conditions(struct exchange *x, const struct blob *blob);
/* Whether its ETag is in this list, or the list is `*`. */
bool blob_has_tag(struct exchange *x, const char *list, const struct blob *blob);
/* Content-MD5 and x-ms-content-crc64 of the body, under these names of headers. */
int blob_check_sums(struct exchange *x, const void *data, size_t size, const char *md5,
                    const char *crc64);
char *md5_base64(struct pool *pool, const void *data, size_t size);
char *crc64_base64(struct pool *pool, const void *data, size_t size);
/* bytes=A-B, bytes=A-, bytes=-N within so many; false when it can't be satisfied. */
bool blob_range(const char *text, uint64_t size, uint64_t *first, uint64_t *last);
const char *blob_asked_range(struct exchange *x);
int64_t parse_http_date(const char *text); /* calendar; -1 when it is none */

/* blob-props.c */
void blob_take_properties(struct exchange *x, struct blob *blob);
void blob_take_metadata(struct exchange *x, struct blob *blob);
void blob_show_properties(struct exchange *x, const struct blob *blob);
int blob_set_properties(struct exchange *x, struct blob *blob);
int blob_set_metadata(struct exchange *x, struct blob *blob);

/* blob-write.c */
int blob_put(struct exchange *x, const struct target *target);
int blob_append(struct exchange *x, struct blob *blob);
int blob_copy(struct exchange *x, const struct target *target);

/* blob-block.c */
int block_put(struct exchange *x, const struct target *target);
int block_commit(struct exchange *x, const struct target *target);
int block_list(struct exchange *x, struct blob *blob);

/* blob-page.c */
int page_put(struct exchange *x, struct blob *blob);
int page_list(struct exchange *x, struct blob *blob);

/* blob-read.c */
int blob_get(struct exchange *x, struct blob *blob);

/* blob-list.c */
int blob_list(struct exchange *x, const struct target *target);
int container_list(struct exchange *x, const struct target *target);
char *xml_text(struct pool *pool, const char *text);

/* blob-container.c: restype=container */
int container_handle(struct exchange *x, const struct target *target);

/* blob-source.c: x-ms-copy-source */
struct source {
    uint64_t total;         /* of all of it */
    struct content content; /* what was asked for; the caller's to end */
};
/* `range` is bytes=A-B, or NULL for all. x-ms-source-if-match holds. Refuses. */
int source_read(struct exchange *x, const char *range, struct source *out);

/* shared-key.c. NULL, or the storage error code; *detail is its reason. */
const char *shared_key_check(struct exchange *x, const char *account, const char **detail);

#endif
