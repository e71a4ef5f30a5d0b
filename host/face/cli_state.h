/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the command line: what was asked, what is open, what is on the screen. */
#ifndef FLEXHOST_FACE_CLI_STATE_H
#define FLEXHOST_FACE_CLI_STATE_H

#include "face/arguments.h"
#include "face/progress.h"
#include "face/report.h"

#include <stdbool.h>
#include <stdint.h>

struct cli {
    struct arguments arguments;
    struct report report;
    struct progress_view progress;
    struct face face;
    struct context *context;
    struct plugin_source plugins;
    json_t *changes; /* of a dry run */
    uint64_t tick;   /* the loop's timer */
};

/* Before arguments are parsed. */
void cli_init(struct cli *cli);
/* Once the options that every command has are known. */
void cli_settle(struct cli *cli);
void cli_clear(struct cli *cli);

bool cli_wants_color(const struct cli *cli, int descriptor);
void cli_end_progress(struct cli *cli);

#endif
