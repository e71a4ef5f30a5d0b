# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a machine's disk looks like to the checks of an image. Sourced.

# make_image_tree FOLDER [SESSIONS]: a folder in which every rule of conf/validate-image.sh holds.
make_image_tree() {
    local tree=$1 mode=N
    [[ ${2-multi} == multi ]] || mode=Y
    mkdir -p "$tree/etc/xdl/mcs" "$tree/sys/firmware/efi" "$tree/var/lib/waagent" "$tree/var/lib/dpkg" "$tree/usr/sbin"
    printf 'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n' >"$tree/etc/os-release"
    printf 'VDI_MODE=%s\n' "$mode" >"$tree/etc/xdl/mcs/mcs.conf"
    printf 'Package: xendesktopvda\nStatus: install ok installed\nVersion: 25.07.0.12-1.ubuntu22.04\n' >"$tree/var/lib/dpkg/status"
    : >"$tree/var/lib/waagent/provisioned"
    : >"$tree/usr/sbin/waagent"
}

# answer_scripts IMAGE-PATTERN FOLDER: scripts of machines of such images are run there.
answer_scripts() { azure POST machine-root -d "{\"image\":\"$1\",\"path\":\"$2\"}" >/dev/null; }
