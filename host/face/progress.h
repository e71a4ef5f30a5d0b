/* SPDX-License-Identifier: Apache-2.0 */
/* How an operation goes on: a live block on a terminal, a line for each event elsewhere. */
#ifndef FLEXHOST_FACE_PROGRESS_H
#define FLEXHOST_FACE_PROGRESS_H

#include "base/clock.h"
#include "base/text.h"
#include "plan/engine.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct running_step {
    char *key;
    char *title;
    int64_t since_ms;
    bool waiting;
    int64_t bytes, bytes_total;    /* of a copy; total 0: it is none */
    int64_t bytes_first, first_ms; /* when it began to be watched */
    int64_t bytes_told, told_ms;   /* by the last line of it */
};

/* Zero-initialise, then set clock, live and color. */
struct progress_view {
    struct clock *clock;
    bool live; /* standard error is a terminal that understands cursor movement */
    bool color;
    bool silent; /* -q */
    /* The handler of Ctrl-C writes below the block, which then stays where it is; NULL: never. */
    const volatile sig_atomic_t *interrupted;
    bool was_interrupted;
    struct running_step *steps;
    size_t step_count;
    size_t step_room;
    int64_t started_ms;
    int64_t drawn_ms;
    int64_t done, total, in_flight;
    int64_t ended; /* while it is shown: of a resumed operation only what is done now */
    size_t lines;  /* of the block as it stands on the terminal */
    bool begun;
    bool aside;
};

void progress_event(struct progress_view *view, const struct progress *progress);
/* Draws again if a tenth of a second has passed: the clock on the screen goes on. */
void progress_tick(struct progress_view *view);
/* The block leaves the screen for another message, and comes back. */
void progress_step_aside(struct progress_view *view);
void progress_come_back(struct progress_view *view);
/* Takes the block away and frees what the view holds. */
void progress_end(struct progress_view *view);

/* "30 steps in 0:05"; nothing if no step was seen. */
void progress_summary(struct text *out, const struct progress_view *view);

/* What a terminal of so many columns shows now; for tests. */
void progress_render(struct text *out, const struct progress_view *view, size_t columns,
                     size_t *lines);

#endif
