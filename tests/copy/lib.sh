# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A source of copies in an account of the local Azure, and what is in what was made of it. Sourced.

if [[ -z ${scratch-} ]]; then
    # shellcheck source=tests/e2e/lib.sh
    source "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
fi

copy_plugins=$top_builddir/tests/copy/.libs
source_group=/subscriptions/$managed_subscription/resourceGroups/sources
account=$source_group/providers/Microsoft.Storage/storageAccounts/sources
megabyte=$((1024 * 1024))
source_bytes=$((32 * megabyte + 512))

# write_copy_config: the usual configuration with the plugin of these tests.
write_copy_config() {
    write_config "$scratch"
    sed -i "s#^plugin-folder = .*#&\nplugin-folder = $copy_plugins#" "$scratch/flexhost.ini"
    printf '\n[plugin "connection/copied"]\n' >>"$scratch/flexhost.ini"
}

ask() { curl --silent --show-error --fail --cacert "$azure_ca" "$@"; }

token() {
    ask "$azure_url/$tenant/oauth2/v2.0/token" -d grant_type=client_credentials -d "client_id=$managed_client" \
        -d client_secret=local-managed-secret --data-urlencode "scope=$azure_url/.default" | jq -r .access_token
}

# arm METHOD PATH API-VERSION [BODY]
arm() {
    ask -X "$1" -H "Authorization: Bearer $(token)" -H 'Content-Type: application/json' \
        "$azure_url$2?api-version=$3" --data "${4-}"
}

# arm_waits METHOD PATH API-VERSION [BODY]: the final answer of what Azure accepts.
arm_waits() {
    local location waited=0 body
    location=$(ask -D - -o /dev/null -X "$1" -H "Authorization: Bearer $(token)" -H 'Content-Type: application/json' \
        "$azure_url$2?api-version=$3" --data "${4-}" | tr -d '\r' | awk 'tolower($1) == "location:" { print $2 }')
    until body=$(ask -w '\n%{http_code}' -H "Authorization: Bearer $(token)" "$location") && [[ ${body##*$'\n'} == 200 ]]; do
        waited=$((waited + 1))
        [[ $waited -lt 100 ]] || bail_out "$1 $2 does not end"
        sleep 0.05
    done
    printf '%s' "${body%$'\n'*}"
}

# sign PERMISSIONS [EXPIRY]: a signature of the container.
sign() {
    arm POST "$account/listServiceSas" 2023-05-01 "{\"canonicalizedResource\":\"/blob/sources/images\",\"signedResource\":\"c\",
        \"signedPermission\":\"$1\",\"signedExpiry\":\"${2-2100-01-01T00:00:00Z}\",\"keyToSign\":\"key1\"}" | jq -r .serviceSasToken
}

# make_account: an account with a container, whose signature is in $write_sas.
make_account() {
    local waited=0
    arm PUT "$source_group" 2024-07-01 '{"location":"eastus"}' >/dev/null || bail_out 'no group'
    arm PUT "$account" 2023-05-01 '{"location":"eastus","kind":"StorageV2","sku":{"name":"Standard_LRS"}}' >/dev/null || bail_out 'no account'
    until arm PUT "$account/blobServices/default/containers/images" 2023-05-01 '{}' >/dev/null 2>&1; do
        waited=$((waited + 1))
        [[ $waited -lt 100 ]] || bail_out 'no container'
        sleep 0.05
    done
    write_sas=$(sign rcwdl)
}

# blob_url NAME SIGNATURE
blob_url() { echo "$azure_url/_blob/sources/images/$1?$2"; }

# make_pages NAME BYTES: a page blob without data.
make_pages() {
    ask -X PUT -H 'x-ms-blob-type: PageBlob' -H "x-ms-blob-content-length: $2" -H 'Content-Length: 0' \
        "$(blob_url "$1" "$write_sas")" || bail_out "no blob $1"
}

# put_pages NAME OFFSET: what comes in becomes pages.
put_pages() {
    local file=$scratch/pages
    cat >"$file"
    ask -X PUT -H 'x-ms-page-write: update' -H "x-ms-range: bytes=$2-$(($2 + $(stat -c %s "$file") - 1))" \
        --data-binary "@$file" "$(blob_url "$1" "$write_sas")&comp=page" || bail_out "no pages at $2 of $1"
}

random() { head -c "$1" /dev/urandom; }

# footer BYTES: of a fixed VHD with so many bytes before it.
footer() {
    local size sum
    size=$(printf '%016x' "$1" | sed 's/../\\x&/g')
    whole() {
        printf 'conectix\0\0\0\2\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0copy\0\0\0\0\0\0\0\0'
        # shellcheck disable=SC2059 # escapes that were made here
        printf "$size$size"'\0\0\0\0\0\0\0\2'
        # shellcheck disable=SC2059
        printf "$(printf '%08x' "$1" | sed 's/../\\x&/g')"
        head -c 444 /dev/zero
    }
    sum=$(whole 0 | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++) sum += $i } END { printf "%d", sum }')
    whole $((~sum & 0xffffffff))
}

# make_source NAME: 32 MiB with some data in them, among it a range of more than 4 MiB and single pages.
make_source() {
    make_pages "$1" "$source_bytes"
    random 512 | put_pages "$1" 0
    random $((3 * megabyte)) | put_pages "$1" "$megabyte"
    random $((3 * megabyte)) | put_pages "$1" $((4 * megabyte))
    random 4096 | put_pages "$1" $((9 * megabyte))
    random 512 | put_pages "$1" $((20 * megabyte + 512))
    footer $((source_bytes - 512)) | put_pages "$1" $((source_bytes - 512))
}

# shellcheck disable=SC2034 # for the tests that source this
data_bytes=$((512 + 6 * megabyte + 4096 + 512 + 512))

# sum_of URL: of all its bytes.
sum_of() { ask "$1" | sha256sum; }

# snapshot_sum PATH: of the snapshot at that path.
snapshot_sum() {
    local url
    url=$(arm_waits POST "$1/beginGetAccess" 2024-03-02 '{"access":"Read","durationInSeconds":600}' | jq -r .accessSAS)
    sum_of "$url"
    arm POST "$1/endGetAccess" 2024-03-02 >/dev/null
}

# secret NAME VALUE: a file that --NAME-file takes.
secret() { (umask 077 && printf %s "$2" >"$scratch/$1.url"); }

# page_requests: how many ranges were written so far, by azure-local's record.
page_writes() { grep -c '"x-ms-copy-source"' "$scratch/record.jsonl" || true; }
