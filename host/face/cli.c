/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: from arguments to a row, from its result to the terminal. */
#include "face/cli.h"

#include "face/changes.h"
#include "face/cli_state.h"
#include "face/complete.h"
#include "face/completion.h"
#include "face/help.h"
#include "face/man.h"
#include "face/output.h"
#include "face/screen.h"
#include "face/secrets.h"
#include "face/signals.h"

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct rows all_rows = {command_count, command_at, command_noun_summary};

static int fail(struct cli *cli, struct error *err)
{
    int status = err->code ? err->code : ERROR_FAILED;
    const char *transaction = cli->context ? context_transaction(cli->context) : NULL;
    report_error(&cli->report, err, transaction, cli->arguments.hint);
    error_clear(err);
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

/* [host] output and colour stand for what the command line leaves open. */
static void apply_configuration(struct cli *cli)
{
    const struct config *config = context_config(cli->context, NULL);
    struct globals *global = &cli->arguments.global;
    if (!config)
        return;
    if (!global->format_given && config->host.output) {
        const struct global_option *option = global_find("output", strlen("output"));
        global_apply(global, option, config->host.output, NULL);
    }
    if (config->host.colour && strcmp(config->host.colour, "never") == 0) {
        global->no_color = true;
        cli->report.color = cli->progress.color = false;
    }
}

static void render_dry_run(struct cli *cli, struct text *out, const struct command_output *output)
{
    const struct globals *global = &cli->arguments.global;
    if (global->format != OUTPUT_JSON) {
        changes_render(out, cli->changes, global->format, global->verbose,
                       cli_wants_color(cli, STDOUT_FILENO));
        return;
    }
    json_t *document = changes_document(cli->changes, output->result);
    if (document)
        output_json(out, document, false);
    else
        out->failed = 1;
    json_decref(document);
}

/* A dry run that was refused shows nothing: half a graph would look like a whole one. */
static int show_result(struct cli *cli, const struct command_input *input, bool failed,
                       const struct command_output *output, struct error *err)
{
    const struct globals *global = &cli->arguments.global;
    struct columns columns = {output->columns, output->column_count};
    if (columns.count == 0)
        columns.items = NULL;
    struct text out = {0};
    if (input->dry_run && !failed)
        render_dry_run(cli, &out, output);
    else if (output->document && global->format != OUTPUT_JSON)
        text_add(&out, json_string_value(json_object_get(output->result, "document")));
    else if (output->result)
        output_render(&out, output->result, columns, global->format,
                      cli_wants_color(cli, STDOUT_FILENO));
    if (!failed && json_is_array(output->result) && json_array_size(output->result) == 0 &&
        global->format == OUTPUT_TABLE && !input->dry_run)
        report_remark(&cli->report, "nothing to show");
    int result = output_write(&out, err);
    text_free(&out);
    return result;
}

/* ---- running --------------------------------------------------------------------------------- */

static int prepare(struct cli *cli, struct command_input *input, struct error *err)
{
    struct arguments *arguments = &cli->arguments;
    if (secrets_collect(arguments, err) < 0)
        return -1;
    int result = command_prepare(cli->context, arguments->command, arguments->raw, input, err);
    if (!(arguments->command->flags & COMMAND_NO_CONFIG))
        apply_configuration(cli);
    if (result < 0 && err->code == ERROR_USAGE && context_config_path(cli->context)) {
        char *line = arguments_command_line(arguments);
        arguments->hint = line ? text_format("%s --help lists what it takes", line) : NULL;
        free(line);
    }
    input->dry_run = arguments->global.dry_run;
    input->no_wait = arguments->global.no_wait;
    input->acknowledged = arguments->global.yes;
    return result;
}

static int run_command(struct cli *cli)
{
    struct command_input input = {0};
    struct command_output output = {0};
    struct error err = ERROR_INIT, late = ERROR_INIT;
    uint32_t operations = COMMAND_CHANGES | COMMAND_HIDDEN; /* hidden: the detached runner */
    signals_leave_at_once(!(cli->arguments.command->flags & operations));
    int result = prepare(cli, &input, &err);
    if (result == 0) {
        result = command_run(cli->context, &input, &output, &err);
        struct text summary = {0};
        progress_summary(&summary, &cli->progress);
        cli_end_progress(cli);
        if (result == 0 && summary.length)
            report_remark(&cli->report, text_get(&summary));
        text_free(&summary);
        /* What is done in part is shown too, and above the error. */
        if (show_result(cli, &input, result < 0, &output, &late) < 0 && result == 0) {
            error_move(&err, &late);
            result = -1;
        }
    }
    error_clear(&late);
    int status = result < 0 ? fail(cli, &err) : 0;
    json_decref(output.result);
    command_input_clear(&input);
    return status;
}

static int show_text(struct cli *cli, struct text *out)
{
    struct error err = ERROR_INIT;
    int status = output_write(out, &err) < 0 ? fail(cli, &err) : 0;
    text_free(out);
    return status;
}

static bool wants_advanced(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->word_count; i++)
        if (strcmp(arguments->words[i], "--all") == 0)
            return true;
    return false;
}

static int show_help(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    size_t columns = screen_width(STDOUT_FILENO);
    struct help help = {&all_rows, &cli->plugins, columns > 100 ? 100 : columns,
                        cli_wants_color(cli, STDOUT_FILENO), wants_advanced(arguments)};
    struct text out = {0};
    if (arguments->command)
        help_command(&out, &help, arguments->command, arguments->plugin);
    else if (arguments->noun)
        help_noun(&out, &help, arguments->noun);
    else
        help_overview(&out, &help);
    return show_text(cli, &out);
}

static int refuse_no_verb(struct cli *cli)
{
    struct error err = ERROR_INIT;
    struct text verbs = {0};
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *row = command_at(i);
        if (strcmp(row->noun, cli->arguments.noun) == 0 && !(row->flags & COMMAND_HIDDEN))
            text_printf(&verbs, "%s%s", verbs.length ? ", " : "", row->verb);
    }
    error_set(&err, ERROR_USAGE, NULL, "\"%s\" needs a verb: %s", cli->arguments.noun,
              text_get(&verbs));
    text_free(&verbs);
    cli->arguments.hint = text_format("flexhost %s --help tells more", cli->arguments.noun);
    return fail(cli, &err);
}

static int run_arguments(struct cli *cli)
{
    struct error err = ERROR_INIT;
    cli->progress.interrupted = signals_install();
    cli->context = context_new(cli->arguments.global.config, &cli->face, cli->progress.interrupted);
    if (!cli->context) {
        error_no_memory(&err);
        return fail(cli, &err);
    }
    if (arguments_command(&cli->arguments, &all_rows, &cli->plugins, &err) < 0)
        return fail(cli, &err);
    if (cli->arguments.global.help || !cli->arguments.noun)
        return show_help(cli);
    return cli->arguments.command ? run_command(cli) : refuse_no_verb(cli);
}

/* ---- what is not in the table ---------------------------------------------------------------- */

static int print_version(struct cli *cli)
{
    struct text out = {0};
    text_printf(&out, "flexhost %s (plugin interface %d.%d)\n", PACKAGE_VERSION, FH_ABI_MAJOR,
                FH_ABI_MINOR);
    return show_text(cli, &out);
}

static int print_completion(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    struct text out = {0};
    if (arguments->word_count == 2 && strcmp(arguments->words[1], "bash") == 0) {
        completion_bash(&out, &all_rows);
        return show_text(cli, &out);
    }
    if (arguments->global.help) {
        text_add(&out, "flexhost completion bash: Print a completion script for bash\n\n"
                       "For this shell:   source <(flexhost completion bash)\n"
                       "For every shell:  flexhost completion bash > "
                       "~/.local/share/bash-completion/completions/flexhost\n");
        return show_text(cli, &out);
    }
    struct error err = ERROR_INIT;
    error_set(&err, ERROR_USAGE, NULL, "completion needs the name of a shell: bash");
    return fail(cli, &err);
}

static int print_man(struct cli *cli)
{
    struct text out = {0};
    man_commands(&out, &all_rows);
    return show_text(cli, &out);
}

/* Nothing of it ever goes to the terminal on which the operator is typing. */
static int print_candidates(struct cli *cli)
{
    const struct face silent = {0};
    struct text out = {0};
    cli->context = context_new(cli->arguments.global.config, &silent, signals_install());
    if (cli->context)
        complete_candidates(&out, cli->context, cli->arguments.words + 1,
                            cli->arguments.word_count - 1);
    return show_text(cli, &out);
}

static int run_cli(struct cli *cli)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *);
    } special[] = {
        {"completion", print_completion}, {"man", print_man}, {"__complete", print_candidates}};
    const struct arguments *arguments = &cli->arguments;
    if (arguments->global.version)
        return print_version(cli);
    for (size_t i = 0; arguments->word_count && i < sizeof special / sizeof special[0]; i++)
        if (strcmp(arguments->words[0], special[i].name) == 0)
            return special[i].run(cli);
    return run_arguments(cli);
}

int cli_main(int argc, char **argv)
{
    struct cli cli = {0};
    struct error err = ERROR_INIT;
    screen_init();
    cli_init(&cli);
    int parsed = arguments_globals(&cli.arguments, argc, argv, &err);
    cli_settle(&cli);
    int status = parsed < 0 ? fail(&cli, &err) : run_cli(&cli);
    if (output_finish(&err) < 0 && status == 0)
        status = fail(&cli, &err);
    error_clear(&err);
    cli_clear(&cli);
    return status;
}
