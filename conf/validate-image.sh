#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whether a Linux machine is fit to be the image of a catalog. Prints one JSON object; exit status 0:
# every rule holds, 3: one does not, anything else: the script itself broke.
#
# Parameters, in the environment as Azure's Run Command puts them there:
#   sessions    single or multi: what the image shall serve; empty: either
#   generation  1 or 2: what the virtual machine is; empty: either
#
# FLEXHOST_ROOT stands before all paths. The same rules for Windows: validate-image.ps1. What a rule is
# called and which code it fails with is the same in both.
set -u
LC_ALL=C
export LC_ALL

root=${FLEXHOST_ROOT-}
sessions=${sessions-}
generation=${generation-}
vda_least=2507

checks=
failed=0

# What a file holds is anybody's: printable ASCII only, cut short, quoted.
quote() {
    printf '%s' "$1" | tr -cd ' -~' | cut -c "1-$2" | sed 's/[\\"]/\\&/g'
}

# check RULE RESULT EVIDENCE [MEND CODE]
check() {
    mended=
    [ "$2" = pass ] || mended=",\"mend\":\"$(quote "$4" 140)\",\"code\":\"$5\""
    [ "$2" != fail ] || failed=1
    checks="$checks${checks:+,}{\"rule\":\"$1\",\"result\":\"$2\",\"evidence\":\"$(quote "$3" 100)\"$mended}"
}

# of_release KEY: a value of os-release, which is never run.
of_release() {
    sed -n "s/^$1=//p" "$root/etc/os-release" 2>/dev/null | head -n 1 | sed 's/^["'\'']//; s/["'\'']$//'
}

# How the VDA's package is called, Debian's way and Red Hat's.
package_version() {
    version=$(awk '
        /^Package: / { name = $2; installed = 0 }
        /^Status: / { installed = $NF == "installed" }
        /^Version: / { if (name == "xendesktopvda" && installed) { print $2; exit } }
        ' "$root/var/lib/dpkg/status" 2>/dev/null)
    if [ -z "$version" ] && [ -d "$root/var/lib/rpm" ]; then
        version=$(rpm --root "${root:-/}" -q --qf '%{VERSION}' XenDesktopVDA 2>/dev/null) || version=
    fi
    printf '%s' "$version"
}

# release_of VERSION: 25.07.0.12-1 and 2507.1 are both 2507; 0: that is no version.
release_of() {
    printf '%s\n' "$1" | awk -F '[.-]' '
        $1 !~ /^[0-9]+$/ || length($1) > 4 { print 0; exit }
        $1 >= 1000 { print $1 + 0; exit }
        { print $2 ~ /^[0-9]+$/ && length($2) <= 4 ? $1 * 100 + $2 : 0 }'
}

check_os() {
    os_id=$(of_release ID)
    os_version=$(of_release VERSION_ID)
    os_name=$(of_release PRETTY_NAME)
    os_edition=$(of_release VARIANT)
    case $os_id:$os_version in
    ubuntu:22.04 | ubuntu:24.04 | rhel:8.* | rhel:9.*) result=pass ;;
    *) result=fail ;;
    esac
    check supported-os "$result" "${os_name:-no /etc/os-release}" \
        'Take Ubuntu 22.04 or 24.04, or Red Hat Enterprise Linux 8 or 9' ErrorMasterImageInvalidOs
}

check_generation() {
    found=1
    [ ! -d "$root/sys/firmware/efi" ] || found=2
    result=pass
    [ -z "$generation" ] || [ "$generation" = "$found" ] || result=fail
    check generation "$result" "generation $found" \
        "The machine shall be of generation $generation: take a base image of that generation" \
        ErrorMasterImageVerificationFailed
}

# waagent -deprovision takes the mark away; what it finds without one it sets up as a new machine.
check_generalized() {
    generalized=true
    for mark in var/lib/waagent/provisioned var/lib/cloud/instance/boot-finished; do
        [ ! -e "$root/$mark" ] || generalized=false
    done
    result=pass
    [ "$generalized" = false ] || result=fail
    check not-generalized "$result" "generalized: $generalized" \
        'Do not run waagent -deprovision or cloud-init clean: build the image again' \
        ErrorMasterImageVerificationFailed
}

# The Linux VDA has the values of the Windows registry, behind a program of its own.
check_controllers() {
    found=
    ctxreg=$root/opt/Citrix/VDA/bin/ctxreg
    for key in 'HKLM\Software\Citrix\VirtualDesktopAgent' 'HKLM\Software\Policies\Citrix\VirtualDesktopAgent'; do
        for name in ListOfDDCs FarmGUID; do
            [ -x "$ctxreg" ] || continue
            value=$("$ctxreg" read -k "$key" -v "$name" 2>/dev/null) || value=
            [ -z "$value" ] || found="$found${found:+, }$name=$value"
        done
    done
    result=pass
    [ -z "$found" ] || result=fail
    check no-delivery-controllers "$result" "${found:-none}" \
        'Clear ListOfDDCs and FarmGUID with ctxreg: machines learn their controllers when they are made' \
        ErrorMasterImageVerificationFailed
}

# What personality.ini is to a Windows VDA: without it the VDA does not set itself up on a new machine.
check_personality() {
    file=/etc/xdl/mcs/mcs.conf
    result=fail
    found="no $file"
    if [ -s "$root$file" ]; then
        result=pass
        found=$file
    fi
    check personality-file "$result" "$found" \
        'Fill in /etc/xdl/mcs/mcs.conf and run /opt/Citrix/VDA/sbin/deploymcs.sh' \
        ErrorMasterImageMcsNotConfigured
}

check_vda() {
    vda=$(package_version)
    result=fail
    [ "$(release_of "$vda")" -ge "$vda_least" ] && result=pass
    check vda-version "$result" "${vda:-no Virtual Delivery Agent}" \
        "Install the Linux Virtual Delivery Agent $vda_least or newer" ErrorMasterImageNoSupportedVdaFound
}

check_sessions() {
    found=multi
    mode=$(sed -n 's/^[[:space:]]*VDI_MODE[[:space:]]*=[[:space:]]*//p' "$root/etc/xdl/mcs/mcs.conf" 2>/dev/null | tail -n 1)
    case $mode in
    [Yy]* | [\"\'][Yy]*) found=single ;;
    esac
    code=ErrorMasterImageInvalidMultiSessionVda
    mode=N
    if [ "$sessions" = single ]; then
        code=ErrorMasterImageInvalidSingleSessionVda
        mode=Y
    fi
    if [ -z "$vda" ]; then
        check vda-sessions warning 'no Virtual Delivery Agent to ask' 'Install it' "$code"
        return
    fi
    result=pass
    [ -z "$sessions" ] || [ "$sessions" = "$found" ] || result=fail
    check vda-sessions "$result" "$found session" "Set VDI_MODE=$mode in /etc/xdl/mcs/mcs.conf" "$code"
}

check_agent() {
    found=
    for place in usr/sbin/waagent usr/bin/waagent; do
        [ ! -e "$root/$place" ] || found=/$place
    done
    result=pass
    [ -n "$found" ] || result=fail
    check azure-agent "$result" "${found:-no waagent}" 'Install the package walinuxagent (WALinuxAgent)' \
        ErrorMasterImageVerificationFailed
}

check_os
check_generation
check_generalized
check_controllers
check_personality
check_vda
check_sessions
check_agent

printf '{"os":{"name":"%s","version":"%s","edition":"%s"},"vda":"%s","generalized":%s,"checks":[%s]}\n' \
    "$(quote "$os_name" 60)" "$(quote "$os_version" 40)" "$(quote "$os_edition" 40)" "$(quote "$vda" 40)" \
    "$generalized" "$checks"
[ "$failed" = 0 ] || exit 3
