#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# For every field of every command: wrong input is refused with exit status 2 and a message that
# names the field, the rule and the mend, and nothing is sent. The fields come from the program, so
# that a field for which refusals.tsv has no row fails here.
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "$0")/lib.sh"

tables=$(dirname "$0")

# command_line COMMAND FIELD WRONG: sets `words` to the right command line of commands.tsv with that
# one value replaced; <none> leaves the field out.
command_line() {
    local command=$1 field=$2 wrong=$3 line word placed=0
    line=$(awk -F '\t' -v command="$command" '$1 == command { print $2 }' "$tables/commands.tsv")
    [[ -n $line ]] || return 1
    words=()
    for word in $line; do
        if [[ $word == "{$field="* ]]; then
            [[ $wrong == '<none>' ]] || words+=("$wrong")
            placed=1
        elif [[ $word == '{'*'}' ]]; then
            word=${word#*=}
            words+=("${word%\}}")
        elif [[ $word == "--$field="* ]]; then
            [[ $wrong == '<none>' ]] || words+=("--$field=$wrong")
            placed=1
        else
            words+=("$word")
        fi
    done
    [[ $placed -eq 1 || $wrong == '<none>' ]] || words+=("--$field=$wrong")
}

# names FIELD: the message says which field it is about, as an option or by its position.
names() { grep -qiE -- "(--|\\b)${1//-/[-_ ]}\\b" "$scratch/stderr"; }

refuse() {
    local command=$1 field=$2 wrong=$3 rule=$4 mend=$5 shown label
    shown=${wrong:0:40}
    label="$command: $field \"$shown\""
    command_line "$command" "$field" "$wrong" || { report 1 "$label: commands.tsv has no line for it"; return; }
    flexhost "${words[@]}"
    [[ $exit_status -eq 2 ]] && names "$field" && grep -qiE -- "$rule" "$scratch/stderr" &&
        grep -qiE -- "$mend" "$scratch/stderr"
    report $? "$label is refused, with the rule and the mend" ||
        diag "command: flexhost ${words[*]}" "wanted: exit 2, \"$field\", /$rule/, /$mend/"
}

start_azure
write_config "$scratch"
"$top_builddir/tests/e2e/fields" "$FLEXHOST_CONFIG" >"$scratch/fields" || bail_out 'the fields cannot be listed'
before=$(azure_requests)

# Every field has a row, and every row a field.
covered=$(grep -v '^#' "$tables/refusals.tsv" | cut -f1,2 | sort -u)
declared=$(cut -f1,2 "$scratch/fields" | sort -u)
same 'every field of every command has wrong input in refusals.tsv' '' "$(comm -13 <(echo "$covered") <(echo "$declared"))"
same 'every row of refusals.tsv is of a field that exists' '' "$(comm -23 <(echo "$covered") <(echo "$declared"))"

while IFS=$'\t' read -r command field wrong rule mend; do
    refuse "$command" "$field" "$wrong" "$rule" "$mend"
done < <(grep -v '^#' "$tables/refusals.tsv")

# A required field that is not given at all.
while IFS=$'\t' read -r command field _ need; do
    [[ $need == required ]] || continue
    refuse "$command" "$field" '<none>' 'required|needs|missing|give|must' "$field"
done <"$scratch/fields"

same 'nothing was sent to Azure' "$before" "$(azure_requests)"
done_testing
