/* SPDX-License-Identifier: Apache-2.0 */
/* The footer of a fixed VHD, the only kind that Azure takes. */
#include "content.h"

#include <string.h>

enum { MEGABYTE = 1 << 20, TYPE_AT = 60, SUM_AT = 64, SIZE_AT = 48, FIXED = 2 };

static uint64_t read_big(const unsigned char *at, int bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

static void write_big(unsigned char *at, int bytes, uint64_t value)
{
    while (bytes--) {
        at[bytes] = (unsigned char)value;
        value >>= 8;
    }
}

static uint32_t sum_of(const unsigned char *footer)
{
    uint32_t sum = 0;

    for (int i = 0; i < PAGE_BYTES; i++)
        sum += i >= SUM_AT && i < SUM_AT + 4 ? 0 : footer[i];
    return ~sum;
}

const char *vhd_fault(const struct content *content)
{
    unsigned char footer[PAGE_BYTES];

    if (content->size < 2 * PAGE_BYTES || content->size % PAGE_BYTES)
        return "its size is no multiple of 512 bytes";
    content_read(content, content->size - PAGE_BYTES, footer, sizeof footer);
    if (memcmp(footer, "conectix", 8) != 0)
        return "it has no VHD footer";
    if (read_big(footer + SUM_AT, 4) != sum_of(footer))
        return "the checksum of its footer is wrong";
    if (read_big(footer + TYPE_AT, 4) != FIXED)
        return "it is no fixed VHD";
    if (read_big(footer + SIZE_AT, 8) != content->size - PAGE_BYTES)
        return "its footer tells another size";
    if ((content->size - PAGE_BYTES) % MEGABYTE)
        return "its virtual size is no whole number of megabytes";
    return NULL;
}

void vhd_close(struct content *content, uint64_t bytes)
{
    unsigned char footer[PAGE_BYTES] = "conectix";

    write_big(footer + 8, 4, 2);
    write_big(footer + 12, 4, 0x10000);
    write_big(footer + 16, 8, UINT64_MAX);
    memcpy(footer + 28, "azlo", 4);
    write_big(footer + 40, 8, bytes);
    write_big(footer + SIZE_AT, 8, bytes);
    write_big(footer + TYPE_AT, 4, FIXED);
    write_big(footer + SUM_AT, 4, sum_of(footer));
    content_write(content, bytes, footer, sizeof footer);
}
