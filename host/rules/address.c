/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses and ranges: parsing, formatting, arithmetic. */
#include "rules/address.h"

#include <stdio.h>
#include <string.h>

/* One decimal number of at most `max`, without leading zeros. Returns the rest, NULL if wrong. */
static const char *parse_number(const char *text, unsigned max, unsigned *number)
{
    const char *digit = text;
    unsigned value = 0;
    while (*digit >= '0' && *digit <= '9' && digit - text < 3)
        value = value * 10 + (unsigned)(*digit++ - '0');
    if (digit == text || value > max || (*text == '0' && digit - text > 1))
        return NULL;
    *number = value;
    return digit;
}

/* Returns what follows the four numbers, NULL if they are not an address. */
static const char *parse_dotted(const char *text, uint32_t *address)
{
    uint32_t value = 0;
    for (int part = 0; part < 4; part++) {
        unsigned number;
        text = parse_number(text, 255, &number);
        if (!text || (part < 3 && *text++ != '.'))
            return NULL;
        value = value << 8 | number;
    }
    *address = value;
    return text;
}

int address_parse(const char *field, const char *text, uint32_t *address, struct error *err)
{
    const char *rest = parse_dotted(text, address);
    if (rest && *rest == '/')
        return error_set(err, ERROR_USAGE, field,
                         "\"%s\" is a range, not one IPv4 address: leave out what follows the "
                         "slash",
                         text);
    if (!rest || *rest)
        return error_set(err, ERROR_USAGE, field,
                         "\"%s\" is not an IPv4 address: write four numbers from 0 to 255 without "
                         "leading zeros, as in 10.0.0.4",
                         text);
    return 0;
}

void address_format(uint32_t address, char text[ADDRESS_TEXT])
{
    snprintf(text, ADDRESS_TEXT, "%u.%u.%u.%u", address >> 24 & 255, address >> 16 & 255,
             address >> 8 & 255, address & 255);
}

static uint32_t netmask(unsigned prefix)
{
    return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

int cidr_parse(const char *field, const char *text, struct cidr *cidr, struct error *err)
{
    uint32_t address = 0;
    unsigned prefix = 0;
    const char *rest = parse_dotted(text, &address);
    if (rest && *rest == '\0')
        return error_set(err, ERROR_USAGE, field,
                         "\"%s\" has no prefix length: write %s/24 for a range, %s/32 for this "
                         "address alone",
                         text, text, text);
    if (rest)
        rest = *rest == '/' ? parse_number(rest + 1, 32, &prefix) : NULL;
    if (!rest || *rest)
        return error_set(err, ERROR_USAGE, field,
                         "\"%s\" is not an IPv4 range: write ADDRESS/PREFIX with a prefix from 0 "
                         "to 32, as in 10.0.0.0/24",
                         text);
    struct cidr parsed = {address & netmask(prefix), (uint8_t)prefix};
    if (parsed.first != address) {
        char canonical[CIDR_TEXT];
        cidr_format(parsed, canonical);
        return error_set(err, ERROR_USAGE, field,
                         "%s does not begin on a /%u boundary: the range that holds this address "
                         "is %s",
                         text, prefix, canonical);
    }
    *cidr = parsed;
    return 0;
}

void cidr_format(struct cidr cidr, char text[CIDR_TEXT])
{
    char first[ADDRESS_TEXT];
    address_format(cidr.first, first);
    snprintf(text, CIDR_TEXT, "%s/%u", first, cidr.prefix % 100U);
}

uint32_t cidr_last(struct cidr cidr)
{
    return cidr.first | ~netmask(cidr.prefix);
}

uint64_t cidr_size(struct cidr cidr)
{
    return UINT64_C(1) << (32 - cidr.prefix);
}

uint64_t cidr_for_machines(struct cidr cidr)
{
    uint64_t size = cidr_size(cidr);
    return size > CIDR_AZURE_RESERVED ? size - CIDR_AZURE_RESERVED : 0;
}

void cidr_preview(struct cidr cidr, struct cidr_preview *preview)
{
    address_format(cidr.first, preview->first);
    address_format(cidr_last(cidr), preview->last);
    preview->addresses = cidr_size(cidr);
    preview->for_machines = cidr_for_machines(cidr);
}

bool cidr_has_address(struct cidr cidr, uint32_t address)
{
    return (address & netmask(cidr.prefix)) == cidr.first;
}

bool cidr_contains(struct cidr outer, struct cidr inner)
{
    return outer.prefix <= inner.prefix && cidr_has_address(outer, inner.first);
}

bool cidr_overlaps(struct cidr a, struct cidr b)
{
    return cidr_contains(a, b) || cidr_contains(b, a);
}
