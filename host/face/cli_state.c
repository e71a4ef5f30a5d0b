/* SPDX-License-Identifier: Apache-2.0 */
/* What commands call while they run, and the state behind it. */
#include "face/cli_state.h"

#include "command/request.h"
#include "command/subject_change.h"
#include "face/changes.h"
#include "face/prompt.h"
#include "face/screen.h"
#include "face/secrets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 250 };

/* ---- what commands call ---------------------------------------------------------------------- */

static void on_tick(void *data)
{
    struct cli *cli = data;
    progress_tick(&cli->progress);
    struct loop *loop = context_loop(cli->context, NULL);
    cli->tick = loop ? loop_after(loop, TICK_MS, on_tick, cli) : 0;
}

static void on_progress(void *data, const struct progress *progress)
{
    struct cli *cli = data;
    progress_event(&cli->progress, progress);
    if (cli->progress.live && !cli->tick)
        on_tick(cli);
}

static void on_change(void *data, const struct change *change)
{
    struct cli *cli = data;
    const struct globals *global = &cli->arguments.global;
    bool bodies = global->format == OUTPUT_JSON || global->verbose;
    if (!changes_add(cli->changes, change, bodies))
        report_warning(&cli->report, "a change is not shown: out of memory");
}

static void on_warning(void *data, const char *message)
{
    report_warning(&((struct cli *)data)->report, message);
}

static void on_remark(void *data, const char *message)
{
    report_remark(&((struct cli *)data)->report, message);
}

static void on_notice(void *data, const char *message)
{
    report_notice(&((struct cli *)data)->report, message);
}

static void on_trace(void *data, const char *line)
{
    report_trace(&((struct cli *)data)->report, line);
}

static void on_instruct(void *data, const char *message)
{
    report_instruction(&((struct cli *)data)->report, message);
}

static bool on_attended(void *data)
{
    (void)data;
    return prompt_possible();
}

static bool on_confirm(void *data, const char *question)
{
    (void)data;
    return prompt_confirm(question);
}

static const struct plugin *find_plugin(void *data, const char *kind, const char *name,
                                        struct error *err)
{
    struct cli *cli = data;
    struct registry *registry = context_registry(cli->context, err);
    return registry ? registry_find(registry, kind, name, err) : NULL;
}

static const struct plugin *plugin_of_subject(void *data, const char *kind, const char *name,
                                              struct error *err)
{
    struct cli *cli = data;
    struct subject subject;
    if (planned_load(cli->context, kind, name, &subject, err) < 0)
        return NULL;
    const struct plugin *plugin = request_plugin(cli->context, &subject, err);
    subject_clear(&subject);
    return plugin;
}

static const struct plugin *plugin_at(void *data, size_t index)
{
    struct cli *cli = data;
    struct registry *registry = context_registry(cli->context, NULL);
    return registry && index < registry_count(registry) ? registry_at(registry, index) : NULL;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

void cli_init(struct cli *cli)
{
    cli->report.globals = &cli->arguments.global;
    cli->face = (struct face){.context = cli,
                              .progress = on_progress,
                              .change = on_change,
                              .warning = on_warning,
                              .remark = on_remark,
                              .notice = on_notice,
                              .trace = on_trace,
                              .instruct = on_instruct,
                              .attended = on_attended,
                              .confirm = on_confirm};
    cli->plugins = (struct plugin_source){cli, find_plugin, plugin_of_subject, plugin_at};
    cli->changes = json_array();
}

bool cli_wants_color(const struct cli *cli, int descriptor)
{
    return !cli->arguments.global.no_color && screen_has_color(descriptor);
}

void cli_settle(struct cli *cli)
{
    const char *terminal = getenv("TERM");
    bool moves = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    cli->report.color = cli_wants_color(cli, STDERR_FILENO);
    cli->progress = (struct progress_view){.clock = clock_system(),
                                           .live = moves,
                                           .color = cli->report.color,
                                           .silent = cli->arguments.global.quiet};
    if (!cli->arguments.global.debug)
        cli->face.trace = NULL; /* spares the client the work of writing it down */
    cli->report.live = moves && !cli->arguments.global.quiet ? &cli->progress : NULL;
}

void cli_clear(struct cli *cli)
{
    if (cli->arguments.raw)
        secrets_wipe(&cli->arguments);
    context_free(cli->context);
    arguments_clear(&cli->arguments);
    json_decref(cli->changes);
}

void cli_end_progress(struct cli *cli)
{
    struct loop *loop = cli->tick ? context_loop(cli->context, NULL) : NULL;
    if (loop)
        loop_cancel(loop, cli->tick);
    cli->tick = 0;
    cli->report.live = NULL;
    progress_end(&cli->progress);
}
