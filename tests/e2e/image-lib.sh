# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a machine's disk looks like to the checks of an image, and what is in the disk of an image: for that
# tests/copy/lib.sh is sourced first. Sourced.

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

# image_sum VERSION-ID: of the disk of a version, without what is behind the VHD's own bytes.
image_sum() {
    local disk=$source_group/providers/Microsoft.Compute/disks/look waited=0 url
    arm PUT "$disk" 2024-03-02 "{\"location\":\"eastus\",\"sku\":{\"name\":\"Standard_LRS\"},\"properties\":{\"creationData\":
        {\"createOption\":\"FromImage\",\"galleryImageReference\":{\"id\":\"$1\"}}}}" >/dev/null
    until [[ $(arm GET "$disk" 2024-03-02 | jq -r .properties.provisioningState) == Succeeded ]]; do
        waited=$((waited + 1))
        [[ $waited -lt 100 ]] || bail_out 'no disk of the version'
        sleep 0.05
    done
    url=$(arm_waits POST "$disk/beginGetAccess" 2024-03-02 '{"access":"Read","durationInSeconds":600}' | jq -r .accessSAS)
    sum_of "$url"
    arm POST "$disk/endGetAccess" 2024-03-02 >/dev/null
    waited=0
    until arm DELETE "$disk" 2024-03-02 >/dev/null 2>&1; do
        waited=$((waited + 1))
        [[ $waited -lt 100 ]] || bail_out 'the disk stays'
        sleep 0.05
    done
}
