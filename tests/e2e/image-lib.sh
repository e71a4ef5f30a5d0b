# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a machine's disk looks like to the checks of an image. Sourced.

# make_image_tree FOLDER [SESSIONS]: a folder in which every rule of conf/validate-image.sh holds.
make_image_tree() {
    local tree=$1 mode=N
    [[ ${2-multi} == multi ]] || mode=Y
    mkdir -p "$tree"/{etc/xdl/mcs,sys/firmware/efi,var/lib/waagent,var/lib/dpkg,usr/sbin,opt/Citrix/VDA/bin,proc/net}
    printf 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n' >"$tree/etc/os-release"
    printf '# MCS\nVDI_MODE=%s\n' "$mode" >"$tree/etc/xdl/mcs/mcs.conf"
    vda_is "$tree" 25.07.0.12-1.ubuntu22.04
    : >"$tree/var/lib/waagent/provisioned"
    : >"$tree/usr/sbin/waagent"
    printf '#!/bin/sh\nexit 1\n' >"$tree/opt/Citrix/VDA/bin/ctxreg"
    chmod 755 "$tree/opt/Citrix/VDA/bin/ctxreg"
}

# vda_is FOLDER VERSION: what is installed there.
vda_is() {
    printf 'Package: bash\nStatus: install ok installed\nVersion: 5.1\n\nPackage: xendesktopvda\nStatus: install ok installed\nVersion: %s\n' \
        "$2" >"$1/var/lib/dpkg/status"
}

# answer_scripts IMAGE-PATTERN FOLDER: scripts of machines of such images are run there.
answer_scripts() { azure POST machine-root -d "{\"image\":\"$1\",\"path\":\"$2\"}" >/dev/null; }
