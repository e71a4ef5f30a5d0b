#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What Tab offers, asked of the script as bash asks it.
set -eu
program=$PWD/flexhost
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 700 "$scratch"
cat > "$scratch/flexhost.ini" <<INI
[host]
state-folder = state
plugin-folder = plugins
[credential "main"]
type = managed-identity
[subscription "main"]
id = 00000000-0000-4000-8000-000000000001
credential = main
region = westeurope
INI
chmod 600 "$scratch/flexhost.ini"
cd "$scratch"
mkdir plugins
source /dev/stdin <<< "$("$program" completion bash)"

failed=0
# offers EXPECTED WORD...: the words after "flexhost", the last one being typed.
offers()
{
    local expected=$1
    shift
    COMP_WORDS=("$program" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _flexhost || true
    # shellcheck disable=SC2053 # a pattern
    if [[ ${COMPREPLY[*]} != $expected ]]; then
        echo "flexhost $*: expected $expected, got ${COMPREPLY[*]}" >&2
        failed=1
    fi
}

offers "connection" conn
offers "config connection" con
offers "create" connection cr
offers "create" help connection cr
offers "create" -o json connection cr
offers "westus westus2 westus3" connection create none x --region westu
offers "westus westus2 westus3" connection create none x --region = westu
offers "--region" connection create none x --reg
offers "--dry-run" connection create none x --dr
offers "table json tsv" connection list -o ''
offers "json" connection list --output = j
offers "main" connection create none x --subscription ''
offers "flexhost.ini" --config fl
offers "digits letters" catalog create x --naming-type ''
offers "knowledge-worker" catalog create x --persona kn
offers "--yes" connection delete x --y
offers "bash" completion ''
offers "" nonsense ''
# shellcheck disable=SC2016 # nothing of it may be carried out
offers "" connection show '$(touch expanded)'
offers "" connection show ''
[[ ! -e expanded ]] || { echo "a word was expanded by the shell" >&2; failed=1; }
exit $failed
