/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a copy of pages. */
#ifndef FLEXHOST_AZURE_COPY_INTERNAL_H
#define FLEXHOST_AZURE_COPY_INTERNAL_H

#include "azure/copy.h"
#include "azure/pages.h"

enum {
    COPY_PARALLEL = 32,
    COPY_PIECE = 4 * 1024 * 1024, /* Azure's most of Put Page, and of a range with an MD5 */
    COPY_MD5 = 24                 /* 16 bytes in base64 */
};

enum copy_phase {
    COPY_READS_TARGET,
    COPY_READS_SOURCE,
    COPY_WAITS, /* for copy_go */
    COPY_MOVES,
    COPY_VERIFIES
};

/* A range on its way. */
struct copy_piece {
    struct copy *copy;
    struct page_range range;
    uint64_t call; /* 0: the place is free */
    bool moving;   /* else its MD5 is asked for */
    int mismatches;
    char md5[COPY_MD5 + 1]; /* "": none is known */
};

struct copy {
    struct arm *arm;
    struct copy_call call; /* its texts are ours */
    enum copy_phase phase;
    uint64_t timer; /* of the beginning */
    uint64_t list_call;
    char marker[PAGE_MARKER];
    char *etag; /* of the source, as it was found */
    uint64_t source_size, target_size;
    struct page_ranges wanted, there;
    struct page_gaps gaps;
    struct copy_piece pieces[COPY_PARALLEL];
    int busy;
    bool no_md5; /* the source gives none */
    bool stopping;
    int64_t bytes, total;
    struct error error;
};

/* ---- copy.c ---- */

/* Gives up what is under way and tells done. With copy->error set. */
void copy_fail(struct copy *copy);
void copy_without_memory(struct copy *copy);
void copy_stopped(struct copy *copy);
/* Every piece has come home. */
void copy_verify(struct copy *copy);

/* ---- copy_range.c ---- */

/* Begins pieces as long as there are some and there is room. */
/* Moves what the source has at its end before all else; -1: it has failed. */
int copy_begin_at_end(struct copy *copy);
void copy_fill(struct copy *copy);
/* Forgets the requests whose answers nobody waits for; all: those that move something, too. */
void copy_forget(struct copy *copy, bool all);

/* ---- copy_fault.c ---- */

enum copy_side { COPY_SOURCE, COPY_TARGET };

/* Sets copy->error: what this answer of that side means, and what to do. */
void copy_blame(struct copy *copy, enum copy_side side, const struct arm_answer *answer);
/* The ETag is another than it was. */
void copy_blame_change(struct copy *copy);
/* Whether what is found may be copied; else copy->error is set. */
bool copy_may_begin(struct copy *copy);
/* Whether the URLs may be asked; else copy->error is set. */
bool copy_may_ask(struct copy *copy);
/* Whether a header's value can be shown and kept: printable ASCII. */
bool copy_is_plain(const char *text);
/* Quotes or none, it is the same. */
bool copy_same_etag(const char *one, const char *other);

#endif
