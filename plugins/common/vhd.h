/* SPDX-License-Identifier: Apache-2.0 */
/* The footer of a VHD, by Microsoft's "Virtual Hard Disk Image Format Specification" (version 1.0),
 * and what Azure wants of one: fixed, a whole number of MiB and the footer behind them. */
#ifndef FLEXHOST_PLUGINS_COMMON_VHD_H
#define FLEXHOST_PLUGINS_COMMON_VHD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VHD_FOOTER = 512, VHD_FIXED = 2, VHD_DYNAMIC = 3, VHD_DIFFERENCING = 4 };

#define VHD_MIB   (UINT64_C(1) << 20)
#define VHD_LEAST (20 * VHD_MIB + VHD_FOOTER)           /* Azure's least uploadSizeBytes */
#define VHD_MOST  ((UINT64_C(4095) << 30) + VHD_FOOTER) /* Azure's greatest OS disk */

struct vhd_footer {
    bool is_footer; /* its cookie is there */
    uint32_t version;
    uint32_t type;
    uint64_t size; /* "current size": bytes of the disk, without the footer */
    bool sum_is_right;
};

static inline uint64_t vhd_number(const unsigned char *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The one's complement of the sum of all bytes, the sum itself left out. */
static inline uint32_t vhd_checksum(const unsigned char footer[VHD_FOOTER])
{
    uint32_t sum = 0;
    for (size_t i = 0; i < VHD_FOOTER; i++)
        if (i < 64 || i >= 68)
            sum += footer[i];
    return ~sum;
}

static inline struct vhd_footer vhd_read(const unsigned char footer[VHD_FOOTER])
{
    return (struct vhd_footer){
        .is_footer = memcmp(footer, "conectix", 8) == 0,
        .version = (uint32_t)vhd_number(footer + 12, 4),
        .size = vhd_number(footer + 48, 8),
        .type = (uint32_t)vhd_number(footer + 60, 4),
        .sum_is_right = vhd_checksum(footer) == (uint32_t)vhd_number(footer + 64, 4),
    };
}

/* What kind of file begins so, when it is not what Azure takes; NULL: nothing that is known. */
static inline const char *vhd_other_format(const unsigned char *head, size_t length)
{
    if (length >= 8 && memcmp(head, "vhdxfile", 8) == 0)
        return "a VHDX";
    if (length >= 4 && memcmp(head, "QFI\xfb", 4) == 0)
        return "a qcow2 image";
    if (length >= 4 && memcmp(head, "KDMV", 4) == 0)
        return "a VMDK";
    if (length >= 2 && memcmp(head, "\x1f\x8b", 2) == 0)
        return "compressed";
    return NULL;
}

/* Whether the first sector has the protective entry of a GUID partition table, as machines of
 * generation 2 boot from. */
static inline bool vhd_has_gpt(const unsigned char *head, size_t length)
{
    return length >= 512 && head[510] == 0x55 && head[511] == 0xaa && head[450] == 0xee;
}

/* NULL: Azure takes it. Else what is wrong, and in *mend how to make it right. `length` is that of
 * the whole file; footer and head are its last and first 512 bytes. */
static inline const char *vhd_fault(uint64_t length, const unsigned char *head,
                                    const unsigned char footer[VHD_FOOTER], const char **mend)
{
    static const char convert[] =
        "convert it: qemu-img convert -O vpc -o subformat=fixed,force_size=on IMAGE NEW.vhd";
    static const char upload[] = "upload it again, whole (azcopy checks the length)";
    struct vhd_footer found = vhd_read(footer);
    struct vhd_footer at_start = vhd_read(head);
    *mend = convert;
    if (vhd_other_format(head, VHD_FOOTER))
        return vhd_other_format(head, VHD_FOOTER);
    if ((found.is_footer && found.type == VHD_DYNAMIC) ||
        (at_start.is_footer && at_start.type == VHD_DYNAMIC))
        return "a dynamic VHD, and Azure takes fixed ones";
    if ((found.is_footer && found.type == VHD_DIFFERENCING) ||
        (at_start.is_footer && at_start.type == VHD_DIFFERENCING))
        return "a differencing VHD, which is nothing without its parent";
    if (!found.is_footer && length % VHD_MIB == 0)
        return "a raw disk image: it has no VHD footer at its end";
    *mend = upload;
    if (!found.is_footer)
        return "cut short or no VHD: its last 512 bytes are no VHD footer";
    if (!found.sum_is_right)
        return "damaged: the checksum of its footer is wrong";
    *mend = convert;
    if (found.version != 0x00010000)
        return "of a version that Azure does not take: the footer does not say 1.0";
    if (found.type != VHD_FIXED)
        return "no fixed VHD: the footer names a type that is none";
    *mend = upload;
    if (found.size != length - VHD_FOOTER)
        return "cut short or grown: the footer names another size than the file has";
    *mend = convert;
    if (found.size % VHD_MIB != 0)
        return "not a whole number of MiB large, which Azure wants before the footer";
    return NULL;
}

#endif
