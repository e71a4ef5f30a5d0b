/* SPDX-License-Identifier: Apache-2.0 */
/* How an operation goes on. The block is drawn below everything else, rewritten in place with one
 * write, and leaves no trace: neither cursor nor modes of the terminal are changed, so that there
 * is nothing to restore after a crash. */
#include "face/progress.h"

#include "face/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REDRAW_MS = 100, SHOWN_STEPS = 5, BAR_COLUMNS = 24, BYTES_LINE_MS = 30000 };

/* ---- the steps in flight --------------------------------------------------------------------- */

static struct running_step *find_step(struct progress_view *view, const char *key)
{
    for (size_t i = 0; i < view->step_count; i++)
        if (strcmp(view->steps[i].key, key) == 0)
            return &view->steps[i];
    return NULL;
}

static char *escaped_copy(const char *text)
{
    struct text out = {0};
    screen_escape(&out, text ? text : "", false);
    return text_take(&out);
}

/* Without memory a step is simply not shown. */
static struct running_step *add_step(struct progress_view *view, const struct progress *progress)
{
    if (view->step_count == view->step_room) {
        size_t room = view->step_room ? view->step_room * 2 : 32;
        struct running_step *grown = reallocarray(view->steps, room, sizeof *grown);
        if (!grown)
            return NULL;
        view->steps = grown;
        view->step_room = room;
    }
    struct running_step step = {.key = strdup(progress->key),
                                .title = escaped_copy(progress->title),
                                .since_ms = clock_now(view->clock)};
    if (!step.key || !step.title) {
        free(step.key);
        free(step.title);
        return NULL;
    }
    view->steps[view->step_count] = step;
    return &view->steps[view->step_count++];
}

static void remove_step(struct progress_view *view, const char *key)
{
    struct running_step *step = find_step(view, key);
    if (!step)
        return;
    free(step->key);
    free(step->title);
    view->step_count--;
    memmove(step, step + 1, (size_t)(view->steps + view->step_count - step) * sizeof *step);
}

/* ---- the block ------------------------------------------------------------------------------- */

static void add_duration(struct text *out, int64_t milliseconds)
{
    int64_t seconds = milliseconds / 1000;
    if (seconds >= 3600)
        text_printf(out, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                    (int)(seconds % 60));
    else
        text_printf(out, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void add_bar(struct text *out, int64_t done, int64_t total)
{
    int64_t filled = total > 0 ? done * BAR_COLUMNS / total : 0;
    if (filled < 0 || filled > BAR_COLUMNS)
        filled = filled < 0 ? 0 : BAR_COLUMNS;
    text_add(out, "[");
    for (int64_t i = 0; i < BAR_COLUMNS; i++)
        text_add(out, i < filled ? "=" : i == filled ? ">" : " ");
    text_add(out, "]");
}

static void add_size(struct text *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit < 4; unit++)
        bytes /= 1024;
    text_printf(out, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

/* "1.2 GiB of 30.0 GiB, 85.3 MiB/s": the rate is that of this run. */
static void add_bytes(struct text *out, const struct running_step *step, int64_t now)
{
    int64_t elapsed = now - step->first_ms;
    add_size(out, (double)step->bytes);
    text_add(out, " of ");
    add_size(out, (double)step->bytes_total);
    if (elapsed < 1000 || step->bytes == step->bytes_first)
        return;
    text_add(out, ", ");
    add_size(out, (double)(step->bytes - step->bytes_first) * 1000 / (double)elapsed);
    text_add(out, "/s");
}

static void add_headline(struct text *out, const struct progress_view *view)
{
    int64_t elapsed = clock_now(view->clock) - view->started_ms;
    add_bar(out, view->done, view->total);
    text_printf(out, " %" PRId64 "/%" PRId64 "  ", view->done, view->total);
    add_duration(out, elapsed);
    text_printf(out, "  %" PRId64 " in flight", view->in_flight);
    if (view->ended > 0 && elapsed >= 1000)
        text_printf(out, "  %.1f steps/s", (double)view->ended * 1000 / (double)elapsed);
}

static void add_line(struct text *out, const struct text *line, size_t columns, size_t *lines)
{
    screen_cut(out, text_get(line), columns - 1);
    text_add(out, "\033[K\n");
    ++*lines;
}

void progress_render(struct text *out, const struct progress_view *view, size_t columns,
                     size_t *lines)
{
    *lines = 0;
    struct text line = {0};
    add_headline(&line, view);
    add_line(out, &line, columns, lines);
    text_free(&line);
    for (size_t i = 0; i < view->step_count && i < SHOWN_STEPS; i++) {
        const struct running_step *step = &view->steps[i];
        text_printf(&line, "  %s %s  ", step->waiting ? "." : ">", step->title);
        add_duration(&line, clock_now(view->clock) - step->since_ms);
        if (step->bytes_total) {
            text_add(&line, "  ");
            add_bar(&line, step->bytes, step->bytes_total);
            text_add(&line, " ");
            add_bytes(&line, step, clock_now(view->clock));
        }
        add_line(out, &line, columns, lines);
        text_free(&line);
    }
    if (view->step_count > SHOWN_STEPS) {
        text_printf(&line, "    and %zu more", view->step_count - SHOWN_STEPS);
        add_line(out, &line, columns, lines);
        text_free(&line);
    }
}

static void notice_interrupt(struct progress_view *view)
{
    if (view->was_interrupted || !view->interrupted || !*view->interrupted)
        return;
    view->was_interrupted = true;
    view->lines = 0;
}

static void erase(struct progress_view *view, struct text *out)
{
    notice_interrupt(view);
    if (view->lines)
        text_printf(out, "\033[%zuA\r\033[J", view->lines);
    view->lines = 0;
}

/* One write, so that the terminal never shows half a block. */
static void send(struct text *out)
{
    fflush(stderr);
    const char *at = text_get(out);
    size_t left = out->length;
    while (left) {
        ssize_t sent = write(STDERR_FILENO, at, left);
        if (sent < 0)
            break;
        at += sent;
        left -= (size_t)sent;
    }
    text_free(out);
}

static void draw(struct progress_view *view)
{
    if (view->aside || !view->live || view->silent || !view->begun)
        return;
    struct text out = {0};
    notice_interrupt(view);
    if (view->lines)
        text_printf(&out, "\033[%zuA\r", view->lines);
    size_t before = view->lines;
    progress_render(&out, view, screen_width(STDERR_FILENO), &view->lines);
    if (view->lines < before)
        text_add(&out, "\033[J");
    send(&out);
    view->drawn_ms = clock_now(view->clock);
}

void progress_tick(struct progress_view *view)
{
    if (clock_now(view->clock) - view->drawn_ms >= REDRAW_MS)
        draw(view);
}

void progress_step_aside(struct progress_view *view)
{
    struct text out = {0};
    erase(view, &out);
    send(&out);
    view->aside = true;
}

void progress_come_back(struct progress_view *view)
{
    view->aside = false;
    draw(view);
}

/* ---- events ---------------------------------------------------------------------------------- */

static const char *const kind_words[] = {
    [PROGRESS_STARTED] = "started", [PROGRESS_DONE] = "done",       [PROGRESS_FAILED] = "failed",
    [PROGRESS_UNDONE] = "undone",   [PROGRESS_WAITING] = "waiting", [PROGRESS_MOVING] = "moving",
};

static void print_line(const struct progress_view *view, const struct progress *progress)
{
    bool failed = progress->kind == PROGRESS_FAILED && view->color;
    struct text line = {0};
    text_printf(&line, "%s%-7s%s ", failed ? "\033[1;31m" : "", kind_words[progress->kind],
                failed ? "\033[0m" : "");
    text_printf(&line, "%" PRId64 "/%" PRId64 "  ", progress->done, progress->total);
    screen_escape(&line, progress->title ? progress->title : progress->key, false);
    if (progress->message && *progress->message) {
        text_add(&line, ": ");
        screen_escape(&line, progress->message, false);
    }
    text_add(&line, "\n");
    fputs(text_get(&line), stderr);
    text_free(&line);
}

static void begin(struct progress_view *view)
{
    if (view->begun)
        return;
    view->begun = true;
    view->started_ms = clock_now(view->clock);
}

/* Of a copy a line comes with each tenth of it, and every half minute. */
static void print_bytes(const struct progress_view *view, struct running_step *step,
                        const struct progress *progress)
{
    int64_t now = clock_now(view->clock);
    bool tenth = step->bytes - step->bytes_told >= step->bytes_total / 10;
    if (!step->bytes_total || (!tenth && now - step->told_ms < BYTES_LINE_MS))
        return;
    struct text message = {0};
    add_bytes(&message, step, now);
    struct progress told = *progress;
    told.message = text_get(&message);
    print_line(view, &told);
    text_free(&message);
    step->bytes_told = step->bytes;
    step->told_ms = now;
}

static void note_bytes(struct progress_view *view, const struct progress *progress)
{
    struct running_step *step = find_step(view, progress->key);
    if (!step && !(step = add_step(view, progress)))
        return;
    step->waiting = false;
    if (!step->bytes_total) {
        step->bytes_first = step->bytes_told = progress->bytes_done;
        step->first_ms = step->told_ms = clock_now(view->clock);
    }
    step->bytes = progress->bytes_done;
    step->bytes_total = progress->bytes_total;
    if (!view->live)
        print_bytes(view, step, progress);
}

void progress_event(struct progress_view *view, const struct progress *progress)
{
    begin(view);
    view->done = progress->done;
    view->ended += progress->kind == PROGRESS_DONE || progress->kind == PROGRESS_UNDONE;
    view->total = progress->total;
    view->in_flight = progress->in_flight;
    if (view->silent)
        return;
    bool ends = progress->kind == PROGRESS_DONE || progress->kind == PROGRESS_FAILED;
    if (progress->kind == PROGRESS_MOVING)
        note_bytes(view, progress);
    else if (!view->live)
        print_line(view, progress);
    if (!view->live) {
        if (ends)
            remove_step(view, progress->key);
        return;
    }
    struct running_step *step = find_step(view, progress->key);
    if (progress->kind == PROGRESS_STARTED && !step) {
        add_step(view, progress);
    } else if (progress->kind == PROGRESS_WAITING) {
        step = step ? step : add_step(view, progress);
        if (step)
            step->waiting = true;
    } else if (progress->kind != PROGRESS_STARTED && progress->kind != PROGRESS_MOVING) {
        remove_step(view, progress->key);
    }
    if (progress->kind == PROGRESS_FAILED) {
        progress_step_aside(view);
        print_line(view, progress);
        progress_come_back(view);
    }
    progress_tick(view);
}

void progress_summary(struct text *out, const struct progress_view *view)
{
    if (!view->begun)
        return;
    text_printf(out, "%" PRId64 " step%s in ", view->ended, view->ended == 1 ? "" : "s");
    add_duration(out, clock_now(view->clock) - view->started_ms);
}

void progress_end(struct progress_view *view)
{
    struct text out = {0};
    erase(view, &out);
    send(&out);
    for (size_t i = 0; i < view->step_count; i++) {
        free(view->steps[i].key);
        free(view->steps[i].title);
    }
    free(view->steps);
    view->steps = NULL;
    view->step_count = view->step_room = 0;
    view->begun = false;
}
