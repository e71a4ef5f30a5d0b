#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How the program behaves in scripts: what goes where, exit statuses, full disks, closed pipes.
set -u
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
cd "$scratch" || exit
mkdir plugins

failed=0
# expect STATUS STDOUT STDERR COMMAND...: the two texts are patterns of the shell.
expect()
{
    local status=$1 out_pattern=$2 err_pattern=$3 got
    shift 3
    "$program" "$@" < /dev/null > out 2> err
    got=$?
    # shellcheck disable=SC2053 # patterns
    if [[ $got != "$status" || $(< out) != $out_pattern || $(< err) != $err_pattern ]]; then
        printf 'flexhost %s: status %s, wanted %s\n' "$*" "$got" "$status" >&2
        printf '  stdout: %s\n  stderr: %s\n' "$(head -c 600 out)" "$(head -c 600 err)" >&2
        failed=1
    fi
}

expect 0 'flexhost: *Usage:*' ''
expect 0 'flexhost: *Usage:*' '' --help
expect 0 'flexhost [0-9]*' '' --version
expect 0 'flexhost connection create:*' '' help connection create
expect 2 '' 'flexhost: error: "connection" needs a verb: *' connection
expect 2 '' 'flexhost: error: unknown command "conection": did you mean "connection"?*' conection list
expect 2 '' '{"error":{"code":2,*"message":"unknown command*}}' conection list -o json
expect 2 '' '*--config needs a value*' connection list --config
expect 2 '' '*missing.ini*' connection list --config missing.ini
expect 0 '' 'flexhost: nothing to show' connection list
expect 2 '' 'flexhost: error: *Mars*' region list --geography Mars
expect 0 '' '' connection list -q
expect 0 '' '' connection list -o tsv
expect 0 '[[]]' '' connection list -o json
expect 2 '' '*--region*"atlantis"*' image show ubuntu-22-04 --region atlantis
expect 2 '' '*error:*nothing*' connection delete nothing --yes

expect 2 '' '*unknown option -p: *--OPTION=-pc##*' catalog create x --naming-scheme '-pc##'
printf '[plugin "image/nothing"]\n' | cat flexhost.ini - > unplugged.ini
chmod 600 unplugged.ini
expect 2 '' '*no image-nothing.so*' config check --config unplugged.ini

# Secrets: by a file that nobody else can read, or by the environment, and never in a message.
make=(catalog create x --connection c --image i --persona custom --users 1)
echo hush > open.key
chmod 644 open.key
expect 2 '' '*--service-account-password-file FILE*' "${make[@]}" --service-account-password hush
expect 2 '' '*open.key*chmod 600*' "${make[@]}" --service-account-password-file open.key
expect 2 '' '*NOT_THERE, which is not set*' "${make[@]}" --service-account-password-env NOT_THERE
chmod 600 open.key
expect 2 '' '*' "${make[@]}" --service-account-password-file open.key --size -1 --debug
grep -q hush out err && { echo "a secret was shown" >&2; failed=1; }

NO_COLOR=1 TERM=xterm "$program" --help | grep $'\033' >/dev/null && { echo "colour in a pipe" >&2; failed=1; }

"$program" region list > /dev/full 2> err
[[ $? == 1 && $(< err) == *"cannot write to standard output: No space left on device"* ]] ||
    { echo "a full disk was not reported: $(< err)" >&2; failed=1; }
"$program" help catalog create 2> err | true
[[ ${PIPESTATUS[0]} == 0 && ! -s err ]] || { echo "a closed pipe was reported: $(< err)" >&2; failed=1; }

# The terminal of an operator belongs to nobody else.
"$program" "$(printf 'x\033[2Jy')" 2> err
grep -q $'\033' err && { echo "an escape sequence got through" >&2; failed=1; }

exit $failed
