/* SPDX-License-Identifier: Apache-2.0 */
/* Any 512 bytes as a footer, of a file of any length: what is taken is a fixed VHD, whole, and of
 * the length that its footer names. The input: the length in eight bytes, the footer, the first
 * sector.
 */
#include "../../plugins/common/vhd.h"

#include "fuzz.h"

static void copy(unsigned char *to, size_t room, const uint8_t **data, size_t *size)
{
    size_t count = *size < room ? *size : room;
    if (count)
        memcpy(to, *data, count);
    *data += count;
    *size -= count;
}

static void check_taken(uint64_t length, const unsigned char footer[VHD_FOOTER])
{
    struct vhd_footer found = vhd_read(footer);
    fuzz_require(found.is_footer && found.sum_is_right, "its footer is one");
    fuzz_require(found.type == VHD_FIXED, "it is a fixed one");
    fuzz_require(found.size + VHD_FOOTER == length, "it is whole");
    fuzz_require(found.size % VHD_MIB == 0, "it is a whole number of MiB");
}

static void judge(uint64_t length, const unsigned char head[VHD_FOOTER],
                  const unsigned char footer[VHD_FOOTER])
{
    const char *mend = NULL;
    const char *fault = vhd_fault(length, head, footer, &mend);
    fuzz_require(mend && *mend, "there is a mend");
    fuzz_require(!fault || *fault, "a fault is told");
    if (!fault)
        check_taken(length, footer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char length[8] = {0}, footer[VHD_FOOTER] = {0}, head[VHD_FOOTER] = {0};
    copy(length, sizeof length, &data, &size);
    copy(footer, sizeof footer, &data, &size);
    copy(head, sizeof head, &data, &size);
    /* A file is never shorter than its last sector. */
    uint64_t bytes = vhd_number(length, sizeof length);
    if (bytes < VHD_FOOTER)
        bytes = VHD_FOOTER;
    judge(bytes, head, footer);
    /* Few inputs have the right sum by chance. */
    uint32_t sum = vhd_checksum(footer);
    for (size_t i = 0; i < 4; i++)
        footer[64 + i] = (unsigned char)(sum >> 8 * (3 - i));
    judge(bytes, head, footer);
    (void)vhd_has_gpt(head, sizeof head);
    return 0;
}
