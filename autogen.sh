#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a build, a demonstration or a test run; ./autogen.sh --help says how.
set -eu
# flexhost refuses plugins that others can write to, and Ubuntu lets a group write what its users make.
umask 022

top=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<'END'
usage: ./autogen.sh                      make ./configure, for the usual ./configure && make
       ./autogen.sh demo                 install what is missing, build, run the demonstration
       ./autogen.sh check [--sanitize]   install what is missing, build, run the tests
       ./autogen.sh packages [--all]     print the packages that demo and check would install
       ./autogen.sh install [--all]      install those of them that are missing

demo and check build in build/ (with --sanitize: in build-sanitize/, with the address and undefined
behaviour sanitizers). Further options, such as --enable-werror or CC=clang, go to configure.
Missing packages are installed with apt-get, through sudo where you are not root. --all: those, too,
without which some tests are skipped; a server among them is installed, but not started.
END
}

say() { printf 'autogen.sh: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# What a build and its tests need: a program, a header, a file or a pkg-config module, the oldest version that will do,
# and the package of Debian and Ubuntu that brings it.
requirements() {
    cat <<'END'
program cc            -       gcc
header  stdlib.h      -       libc6-dev
program make          -       make
program autoconf      -       autoconf
program automake      -       automake
program libtoolize    -       libtool
program pkg-config    -       pkg-config
module  libcurl       7.74    libcurl4-openssl-dev
module  jansson       2.13    libjansson-dev
module  libssl        1.1.1   libssl-dev
module  inih          -       libinih-dev
module  sqlite3       3.34    libsqlite3-dev
module  libcares      1.17    libc-ares-dev
module  expat         2.2.6   libexpat1-dev
module  libmicrohttpd 0.9.72  libmicrohttpd-dev
module  gnutls        3.6     libgnutls28-dev
module  check         0.15    check
program curl          -       curl
program jq            -       jq
program qemu-img      -       qemu-utils
END
}

# Servers that some tests talk to; without one of them these tests are skipped. Nothing installs them
# unasked: on a machine in use, chrony takes the place of another keeper of the time.
optional_requirements() {
    cat <<'END'
program unbound       -       unbound
program chronyd       -       chrony
program charon-systemd -      charon-systemd
program swanctl       -       strongswan-swanctl
file    /usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so - libcharon-extra-plugins
program ping          -       iputils-ping
program ip            -       iproute2
END
}

# have KIND NAME VERSION
have() {
    case $1 in
    program) PATH=$PATH:/usr/sbin:/sbin command -v "$2" ;;
    file) [ -e "$2" ] ;;
    header) [ -e "/usr/include/$2" ] || echo "#include <$2>" | cc -E - ;;
    module) pkg-config --exists "$2" && { [ "$3" = - ] || pkg-config --atleast-version="$3" "$2"; } ;;
    esac >/dev/null 2>&1
}

# missing LIST: prints "PACKAGE NAME" of all of the list (requirements, optional_requirements) that is
# not there.
missing() {
    "$1" | while read -r kind name version package; do
        have "$kind" "$name" "$version" || echo "$package $name"
    done
}

debian_like() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# Sets $sudo to what makes a command run as root.
find_root() {
    sudo=
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null || return 1
    sudo=sudo
}

apt_get() {
    # shellcheck disable=SC2086 # $sudo is a word or nothing.
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" >&2
}

# A machine that never fetched the package lists knows no package; an old list names files that are gone.
apt_install() {
    if ! apt-cache show --no-all-versions "$@" >/dev/null 2>&1; then
        apt_get update || return 1
    fi
    apt_get install -y --no-install-recommends "$@" && return 0
    apt_get update && apt_get install -y --no-install-recommends "$@"
}

install_missing() {
    absent=$(missing requirements)
    [ -n "$absent" ] || return 0
    packages=$(echo "$absent" | cut -d' ' -f1 | tr '\n' ' ')
    if ! debian_like; then
        say "this system has no apt-get. Please install these yourself, with their headers, and run this again:"
        echo "$absent" | while read -r package name; do say "  $name (on Debian and Ubuntu: $package)"; done
        exit 1
    fi
    if ! find_root; then
        say "these packages are missing: $packages"
        die "you are not root and there is no sudo; as root run: apt-get update && apt-get install $packages"
    fi
    say "these packages are missing and are installed now${sudo:+, through sudo}: $packages"
    # shellcheck disable=SC2086 # a list of packages
    apt_install $packages || die "apt-get could not install them; its messages are above. Mend that and run this again"
    absent=$(missing requirements)
    [ -z "$absent" ] || die "still missing or too old after the installation:" \
        "$(echo "$absent" | cut -d' ' -f2 | tr '\n' ' ')(flexhost needs Debian 12, Ubuntu 22.04 or newer)"
}

# Debian's own way to keep a server from being started when it is installed.
policy=/usr/sbin/policy-rc.d

install_optional() {
    packages=$(missing optional_requirements | cut -d' ' -f1 | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    { debian_like && find_root; } || die "there is no apt-get, or you are not root; these packages are missing: $packages"
    ours=
    if [ ! -e "$policy" ]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
        $sudo chmod 755 "$policy"
    fi
    status=0
    # shellcheck disable=SC2086 # a list of packages
    apt_install $packages || status=$?
    [ -z "$ours" ] || $sudo rm -f "$policy"
    [ "$status" -eq 0 ] || die "apt-get could not install $packages; its messages are above"
}

make_configure() { (cd "$top" && autoreconf -fi); }

# Automake's own rules make them again when what they come from has changed.
ensure_configure() {
    for file in configure Makefile.in config.h.in build-aux/tap-driver.sh; do
        [ -e "$top/$file" ] && continue
        say "making ./configure"
        make_configure
        return
    done
}

jobs() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# ensure_build FOLDER [CONFIGURE OPTION...]: configures it unless it is configured like that already.
ensure_build() {
    folder=$1
    shift
    if [ -e "$top/config.status" ]; then
        die "$top is configured for a build in place, which a second build would disturb; run 'make distclean' there first"
    fi
    mkdir -p "$folder"
    if [ ! -e "$folder/Makefile" ] || [ "$(cat "$folder/.configured" 2>/dev/null)" != "$*" ]; then
        rm -f "$folder/.configured"
        say "configuring in $folder"
        (cd "$folder" && "$top/configure" --quiet "$@") || die "configure failed; $folder/config.log says why"
        printf '%s\n' "$*" >"$folder/.configured"
    fi
    say "building in $folder"
    make -C "$folder" --no-print-directory -j "$(jobs)" || die "the build failed; the messages are above"
}

# Sums automake's result files: a TAP test has a line for each of its cases.
print_totals() {
    find "$1" -path "$1/flexhost-*" -prune -o -name '*.trs' -exec cat {} + | awk '
        $1 == ":test-result:" && ($2 == "PASS" || $2 == "XFAIL") { passed++ }
        $1 == ":test-result:" && ($2 == "FAIL" || $2 == "XPASS" || $2 == "ERROR") { failed++ }
        $1 == ":test-result:" && $2 == "SKIP" { skipped++ }
        END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
              exit failed > 0 || passed == 0 }'
}

run_check() {
    folder=$top/build
    if [ "${1-}" = --sanitize ]; then
        shift
        folder=$top/build-sanitize
        set -- --enable-sanitize=address,undefined "$@"
    fi
    install_missing
    ensure_configure
    ensure_build "$folder" "$@"
    find "$folder" -name '*.trs' -exec rm -f {} +
    status=0
    # Most tests wait for a local Azure more than they work.
    make -C "$folder" --no-print-directory -j "$((2 * $(jobs)))" check || status=$?
    [ "$status" -eq 0 ] || say "the tests that failed are told in $folder/test-suite.log"
    print_totals "$folder" || status=1
    exit "$status"
}

run_demo() {
    install_missing
    ensure_configure
    ensure_build "$top/build" "$@"
    make -C "$top/build" --no-print-directory -j "$(jobs)" demo-programs || die "the build failed; the messages are above"
    exec "$top/tests/e2e/demo.sh" "$top/build" "$top/demo"
}

command=${1-}
[ $# -eq 0 ] || shift
case $command in
'') make_configure ;;
check) run_check "$@" ;;
demo) run_demo "$@" ;;
packages)
    requirements | awk '{ print $4 }'
    [ "${1-}" != --all ] || optional_requirements | awk '{ print $4 }'
    ;;
install)
    install_missing
    [ "${1-}" != --all ] || install_optional
    ;;
-h | --help | help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
