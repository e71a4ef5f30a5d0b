# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A folder that looks like a Linux machine to conf/validate-image.sh. Sourced.

# fit_machine FOLDER [single]: one on which every rule holds.
fit_machine() {
    local mode=N
    [[ ${2-} != single ]] || mode=Y
    mkdir -p "$1"/{etc/xdl/mcs,sys/firmware/efi,var/lib/waagent,var/lib/dpkg,usr/sbin,opt/Citrix/VDA/bin,proc/net}
    printf 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n' >"$1/etc/os-release"
    touch "$1/var/lib/waagent/provisioned" "$1/usr/sbin/waagent"
    vda_is "$1" 25.07.0.12-1.ubuntu22.04
    printf '# MCS\nVDI_MODE=%s\n' "$mode" >"$1/etc/xdl/mcs/mcs.conf"
    printf '#!/bin/sh\nexit 1\n' >"$1/opt/Citrix/VDA/bin/ctxreg"
    chmod 755 "$1/opt/Citrix/VDA/bin/ctxreg"
}

# vda_is FOLDER VERSION
vda_is() {
    printf 'Package: bash\nStatus: install ok installed\nVersion: 5.1\n\nPackage: xendesktopvda\nStatus: install ok installed\nVersion: %s\n' \
        "$2" >"$1/var/lib/dpkg/status"
}
