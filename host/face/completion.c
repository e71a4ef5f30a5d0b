/* SPDX-License-Identifier: Apache-2.0 */
/* The completion script for bash. The script knows nouns, verbs, options and enumerations by
 * itself; names of things, regions and a plugin's options it asks `flexhost __complete` for. */
#include "face/completion.h"

#include "face/globals.h"

#include <string.h>

/*
 * Where the values of a field come from: "a|b" as they are, "@files" by the shell, any other
 * "@SOURCE" from `flexhost __complete SOURCE` with ':' between its words. Empty: cannot be known.
 */
static void add_source(struct text *out, const struct rows *rows, const struct command *row,
                       const struct fh_field *field)
{
    bool makes = row && (strcmp(row->verb, "create") == 0 || strcmp(row->verb, "add") == 0);
    if (field->values)
        text_add(out, field->values);
    else if (field_is(field, "bool"))
        text_add(out, "yes|no");
    else if (field_is(field, "region"))
        text_add(out, "@regions");
    else if (field_is(field, "credential"))
        text_add(out, "@credentials");
    else if (field_is(field, "path"))
        text_add(out, "@files");
    else if (strcmp(field->name, "persona") == 0)
        text_add(out, "@personas");
    else if (row && row_type_field(row) == field)
        text_printf(out, "@plugins:%s", row->plugin_kind);
    else if (rows_has_noun(rows, field->name))
        text_printf(out, "@names:%s", field->name);
    else if (row && !makes && row_is_positional(row, field))
        text_printf(out, "@names:%s", row->noun);
}

void completion_options(struct text *out, const struct rows *rows, const struct command *row,
                        const struct fh_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct fh_field *field = &fields[i];
        if (!row_offers(row, field))
            continue;
        if (field_is(field, "secret")) {
            text_printf(out, " --%s-file=@files --%s-env=@variables", field->name, field->name);
        } else if (field_is(field, "bool")) {
            text_printf(out, " --%s --no-%s", field->name, field->name);
        } else {
            text_printf(out, " --%s=", field->name);
            add_source(out, rows, row, field);
        }
    }
}

static void add_positionals(struct text *out, const struct rows *rows, const struct command *row)
{
    bool repeats = false;
    const struct fh_field *field;
    for (size_t i = 0; !repeats && (field = row_positional(row, i, &repeats)); i++) {
        struct text source = {0};
        add_source(&source, rows, row, field);
        text_printf(out, "%s%s%s", i ? " " : "", source.length ? text_get(&source) : "-",
                    repeats ? "..." : "");
        text_free(&source);
    }
}

static void add_command(struct text *out, const struct rows *rows, const struct command *row)
{
    text_printf(out, "    '%s%s%s')\n", row->noun, *row->verb ? " " : "", row->verb);
    struct text options = {0}, positionals = {0};
    completion_options(&options, rows, row, row->fields, row->field_count);
    if (row->flags & COMMAND_CHANGES)
        text_add(&options, " --dry-run --no-wait");
    if (row->flags & COMMAND_ACKNOWLEDGE)
        text_add(&options, " --yes -y");
    add_positionals(&positionals, rows, row);
    if (options.length)
        text_printf(out, "        _fh_options+='%s'\n", text_get(&options));
    if (positionals.length)
        text_printf(out, "        _fh_positionals='%s'\n", text_get(&positionals));
    text_free(&options);
    text_free(&positionals);
    /* Whose options follow: a type's by its name, a subject's ("@connection", "@connection/route")
     * by that of the subject. */
    const struct fh_field *type = row_type_field(row), *subject = row_subject_field(row);
    for (size_t i = 0; row_positional(row, i, NULL) && i < row->field_count; i++)
        if (row_positional(row, i, NULL) == (subject ? subject : type))
            text_printf(out, "        _fh_kind=%s%s%s%s _fh_type=%zu\n", subject ? "@" : "",
                        row->plugin_kind, row->plugin_object ? "/" : "",
                        row->plugin_object ? row->plugin_object : "", i);
    text_add(out, "        ;;\n");
}

static void add_nouns(struct text *out, const struct rows *rows)
{
    bool any = false;
    for (size_t i = 0; i < rows->count(); i++) {
        if (!rows_starts_noun(rows, i))
            continue;
        text_printf(out, "%s%s", any ? " " : "", rows->at(i)->noun);
        any = true;
    }
}

/* Whether an earlier verb of the noun begins with the same word: "route edit" after "route add". */
static bool repeats_group(const struct rows *rows, size_t index)
{
    const struct command *row = rows->at(index);
    size_t length = strcspn(row->verb, " ");
    for (size_t i = 0; i < index; i++) {
        const struct command *earlier = rows->at(i);
        if (strcmp(earlier->noun, row->noun) == 0 && strcspn(earlier->verb, " ") == length &&
            strncmp(earlier->verb, row->verb, length) == 0)
            return true;
    }
    return false;
}

/* The words that may follow the noun, or (group: the length of their first word) those that follow
 * that word. */
static void add_verbs(struct text *out, const struct rows *rows, const struct command *of,
                      size_t group)
{
    bool any = false;
    for (size_t i = 0; i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        size_t length = strcspn(row->verb, " ");
        if ((row->flags & COMMAND_HIDDEN) || strcmp(row->noun, of->noun) != 0 ||
            (group ? length != group || strncmp(row->verb, of->verb, group) != 0
                   : repeats_group(rows, i)))
            continue;
        text_add(out, any ? " " : "");
        if (group)
            text_add(out, row->verb + length + 1);
        else
            text_append(out, row->verb, length);
        any = true;
    }
}

static void add_table(struct text *out, const struct rows *rows)
{
    text_add(out, "_flexhost_command()\n{\n    case $1 in\n    '')\n        _fh_words='");
    add_nouns(out, rows);
    text_add(out, " completion help'\n        ;;\n"
                  "    completion)\n        _fh_words=bash\n        ;;\n");
    for (size_t i = 0; i < rows->count(); i++) {
        const struct command *row = rows->at(i);
        if (rows_starts_noun(rows, i) && *row->verb) {
            text_printf(out, "    %s)\n        _fh_words='", row->noun);
            add_verbs(out, rows, row, 0);
            text_add(out, "'\n        ;;\n");
        }
        size_t group = strcspn(row->verb, " ");
        if (row->verb[group] && !repeats_group(rows, i)) {
            text_printf(out, "    '%s %.*s')\n        _fh_words='", row->noun, (int)group,
                        row->verb);
            add_verbs(out, rows, row, group);
            text_add(out, "'\n        ;;\n");
        }
    }
    for (size_t i = 0; i < rows->count(); i++)
        if (!(rows->at(i)->flags & COMMAND_HIDDEN))
            add_command(out, rows, rows->at(i));
    text_add(out, "    esac\n}\n\n");
}

static void add_globals(struct text *out)
{
    size_t count;
    const struct global_option *options = globals_table(&count);
    text_add(out, "_fh_globals='");
    for (size_t i = 0; i < count; i++) {
        const struct global_option *option = &options[i];
        /* The three that only some commands take come with those. */
        if (strcmp(option->name, "yes") == 0 || strcmp(option->name, "dry-run") == 0 ||
            strcmp(option->name, "no-wait") == 0)
            continue;
        const char *source = !option->value               ? ""
                             : strchr(option->value, '|') ? option->value
                                                          : "@files";
        if (option->letter)
            text_printf(out, " -%c%s%s", option->letter, option->value ? "=" : "", source);
        text_printf(out, " --%s%s%s", option->name, option->value ? "=" : "", source);
    }
    text_add(out, "'\n\n");
}

static const char walk[] =
    "# Sets _fh_source to where the values of an option come from; false if it takes none.\n"
    "_flexhost_takes()\n"
    "{\n"
    "    local all=\" $_fh_globals $_fh_options \"\n"
    "    [[ $all == *\" $1=\"* ]] || return 1\n"
    "    _fh_source=${all#*\" $1=\"}\n"
    "    _fh_source=${_fh_source%% *}\n"
    "}\n"
    "\n"
    "# Read line by line, never expanded: a name is data, not shell.\n"
    "_flexhost_offer()\n"
    "{\n"
    "    local line\n"
    "    while IFS= read -r line; do\n"
    "        [[ $line == \"$1\"* ]] && COMPREPLY+=(\"$line\")\n"
    "    done\n"
    "}\n"
    "\n"
    "_flexhost_values()\n"
    "{\n"
    "    case $1 in\n"
    "    '' | -) ;;\n"
    "    @files)\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        _flexhost_offer '' < <(compgen -f -- \"$2\")\n"
    "        ;;\n"
    "    @variables) _flexhost_offer '' < <(compgen -v -- \"$2\") ;;\n"
    "    @*)\n"
    "        local IFS=:\n"
    "        set -- \"$2\" ${1#@}\n"
    "        unset IFS\n"
    "        _flexhost_offer \"$1\" < <(\"${_fh_program[@]}\" __complete \"${@:2}\" 2>/dev/null)\n"
    "        ;;\n"
    "    *) _flexhost_offer \"$2\" <<<\"${1//|/$'\\n'}\" ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "# Walks the words before the cursor: which command it is, which of them are values.\n"
    "_flexhost_walk()\n"
    "{\n"
    "    local word command= skip=\n"
    "    _flexhost_command ''\n"
    "    for word in \"$@\"; do\n"
    "        if [[ $skip ]]; then\n"
    "            [[ $skip == --config ]] && _fh_program+=(--config \"$word\")\n"
    "            skip=\n"
    "        elif [[ $word == --*= ]]; then\n"
    "            :\n"
    "        elif [[ $word == -* ]]; then\n"
    "            _flexhost_takes \"$word\" && skip=$word\n"
    "        elif [[ $_fh_words ]]; then\n"
    "            [[ $word == help && ! $command ]] && continue\n"
    "            command+=${command:+ }$word _fh_words=\n"
    "            _flexhost_command \"$command\"\n"
    "        else\n"
    "            if [[ $_fh_type == \"$_fh_count\" ]]; then\n"
    "                _fh_options+=\" $(\"${_fh_program[@]}\" __complete options \"$_fh_kind\" "
    "\"$word\" 2>/dev/null)\"\n"
    "            fi\n"
    "            ((_fh_count++))\n"
    "        fi\n"
    "    done\n"
    "    _fh_wants=$skip\n"
    "}\n"
    "\n"
    "_flexhost()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} i\n"
    "    local _fh_words= _fh_options= _fh_positionals= _fh_kind= _fh_type= _fh_count=0\n"
    "    local _fh_wants= _fh_source= _fh_program=(\"${COMP_WORDS[0]/#\\~/$HOME}\") args=()\n"
    "    COMPREPLY=()\n"
    "    # Bash breaks --option=value into three words.\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ ${COMP_WORDS[i]} == = && ${#args[@]} -gt 0 ]]; then\n"
    "            args[${#args[@]} - 1]+='='\n"
    "            ((i++))\n"
    "        else\n"
    "            args+=(\"${COMP_WORDS[i]}\")\n"
    "        fi\n"
    "    done\n"
    "    _flexhost_walk \"${args[@]}\"\n"
    "    if [[ $cur == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then\n"
    "        _fh_wants=${args[${#args[@]} - 1]%=}\n"
    "        cur=${cur#=}\n"
    "    fi\n"
    "    if [[ $_fh_wants ]]; then\n"
    "        _flexhost_takes \"$_fh_wants\" && _flexhost_values \"$_fh_source\" \"$cur\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        for i in $_fh_options $_fh_globals; do\n"
    "            [[ $i == --* && ${i%%=*} == \"$cur\"* ]] && COMPREPLY+=(\"${i%%=*}\")\n"
    "        done\n"
    "    elif [[ $_fh_words ]]; then\n"
    "        _flexhost_offer \"$cur\" <<<\"${_fh_words// /$'\\n'}\"\n"
    "    else\n"
    "        local positionals=($_fh_positionals) last\n"
    "        last=$((${#positionals[@]} - 1))\n"
    "        if ((_fh_count > last && last >= 0)) && [[ ${positionals[last]} == *... ]]; then\n"
    "            _fh_count=$last\n"
    "        fi\n"
    "        ((_fh_count <= last)) && _flexhost_values \"${positionals[_fh_count]%...}\" \"$cur\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _flexhost flexhost\n";

void completion_bash(struct text *out, const struct rows *rows)
{
    text_add(out,
             "# Completion of flexhost(1) for bash; printed by \"flexhost completion bash\".\n\n");
    add_globals(out);
    add_table(out, rows);
    text_add(out, walk);
}
