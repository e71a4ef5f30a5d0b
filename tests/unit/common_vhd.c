/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure takes of VHDs, and what is told of those that it does not. */
#include "../../plugins/common/vhd.h"
#include "tap_main.h"

#define MIB(count) ((uint64_t)(count)*VHD_MIB)

/* The footer that qemu-img 7.2 wrote for a disk of 24 MiB (-O vpc -o
 * subformat=fixed,force_size=on), as far as it is not 0. */
static const unsigned char written_by_qemu[] = {
    0x63, 0x6f, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x78, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,
    0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x32, 0x98, 0x29, 0x52,
    0x71, 0x65, 0x6d, 0x32, 0x00, 0x05, 0x00, 0x03, 0x57, 0x69, 0x32, 0x6b, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x80, 0x00, 0x00,
    0xff, 0xff, 0x10, 0xff, 0x00, 0x00, 0x00, 0x02, 0xff, 0xff, 0xe4, 0xa2, 0x33, 0xfa,
    0xdd, 0xad, 0x16, 0xab, 0x45, 0x08, 0xaf, 0x1a, 0x2f, 0xc3, 0x5d, 0xd7, 0xa3, 0x7e};

static void put(unsigned char *bytes, uint64_t number, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)(number >> 8 * (count - 1 - i));
}

static void make_footer(unsigned char footer[VHD_FOOTER], uint64_t size, uint32_t version,
                        uint32_t type)
{
    memset(footer, 0, VHD_FOOTER);
    memcpy(footer, "conectix", 8);
    put(footer + 12, version, 4);
    put(footer + 48, size, 8);
    put(footer + 60, type, 4);
    put(footer + 64, vhd_checksum(footer), 4);
}

START_TEST(a_footer_of_qemu_is_read)
{
    unsigned char footer[VHD_FOOTER] = {0}, head[VHD_FOOTER] = {0};
    const char *mend;
    memcpy(footer, written_by_qemu, sizeof written_by_qemu);
    struct vhd_footer found = vhd_read(footer);
    ck_assert(found.is_footer);
    ck_assert(found.sum_is_right);
    ck_assert_uint_eq(found.version, 0x00010000);
    ck_assert_uint_eq(found.type, VHD_FIXED);
    ck_assert_uint_eq(found.size, MIB(24));
    ck_assert_ptr_null(vhd_fault(MIB(24) + VHD_FOOTER, head, footer, &mend));
}
END_TEST

/* Every byte of a footer counts: none may be another. */
START_TEST(a_changed_byte_is_seen)
{
    unsigned char footer[VHD_FOOTER] = {0}, head[VHD_FOOTER] = {0};
    const char *mend;
    memcpy(footer, written_by_qemu, sizeof written_by_qemu);
    for (size_t i = 0; i < VHD_FOOTER; i++) {
        footer[i] ^= 0x40;
        ck_assert_msg(vhd_fault(MIB(24) + VHD_FOOTER, head, footer, &mend) != NULL, "byte %zu", i);
        footer[i] ^= 0x40;
    }
}
END_TEST

enum { V1 = 0x00010000, NO_FOOTER = -1 };

static const struct {
    const char *head; /* how the file begins */
    uint64_t length;
    int type;      /* NO_FOOTER: there is none */
    uint64_t size; /* that the footer names */
    uint32_t version;
    bool damaged;
    const char *fault, *mend; /* NULL: Azure takes it */
} files[] = {
    {"", MIB(20) + 512, VHD_FIXED, MIB(20), V1, false, NULL, NULL},
    {"\xeb\x63\x90", MIB(30720) + 512, VHD_FIXED, MIB(30720), V1, false, NULL, NULL},
    /* A disk of more than 2 TiB has what its footer's geometry cannot say. */
    {"", MIB(4193280) + 512, VHD_FIXED, MIB(4193280), V1, false, NULL, NULL},
    {"vhdxfile", MIB(36), NO_FOOTER, 0, 0, false, "a VHDX", "qemu-img convert"},
    {"QFI\xfb", 196616, NO_FOOTER, 0, 0, false, "a qcow2 image", "qemu-img convert"},
    {"KDMV", MIB(12), NO_FOOTER, 0, 0, false, "a VMDK", "qemu-img convert"},
    {"\x1f\x8b", 4711, NO_FOOTER, 0, 0, false, "compressed", "convert"},
    {"conectix", MIB(2) + 1024, VHD_DYNAMIC, MIB(20), V1, false, "a dynamic VHD",
     "subformat=fixed"},
    {"", MIB(2) + 1024, VHD_DIFFERENCING, MIB(20), V1, false, "without its parent", "convert"},
    {"", MIB(32), NO_FOOTER, 0, 0, false, "a raw disk image", "force_size=on"},
    {"", MIB(32) + 512, NO_FOOTER, 0, 0, false, "cut short or no VHD", "upload it again"},
    {"", 700, NO_FOOTER, 0, 0, false, "cut short or no VHD", "upload it again"},
    {"", MIB(20) + 512, VHD_FIXED, MIB(20), V1, true, "the checksum", "upload it again"},
    {"", MIB(20) + 512, VHD_FIXED, MIB(20), 0x00020000, false, "does not say 1.0", "convert"},
    {"", MIB(20) + 512, 0, MIB(20), V1, false, "a type that is none", "convert"},
    {"", MIB(20) + 512, 6, MIB(20), V1, false, "a type that is none", "convert"},
    {"", MIB(20) + 512, VHD_FIXED, MIB(21), V1, false, "names another size", "upload it again"},
    {"", MIB(21) + 512, VHD_FIXED, MIB(20), V1, false, "names another size", "upload it again"},
    {"", MIB(20) + 512, VHD_FIXED, UINT64_MAX, V1, false, "names another size", "upload"},
    {"", MIB(20) + 1024, VHD_FIXED, MIB(20) + 512, V1, false, "not a whole number of MiB",
     "force_size=on"},
};

START_TEST(each_fault_is_named_with_its_mend)
{
    unsigned char footer[VHD_FOOTER] = {0}, head[VHD_FOOTER] = {0};
    const char *mend = NULL;
    memcpy(head, files[_i].head, strlen(files[_i].head));
    if (files[_i].type != NO_FOOTER)
        make_footer(footer, files[_i].size, files[_i].version, (uint32_t)files[_i].type);
    if (files[_i].damaged)
        footer[100] = 1;
    if (strcmp(files[_i].head, "conectix") == 0) /* a dynamic one begins with a copy */
        memcpy(head, footer, VHD_FOOTER);
    const char *fault = vhd_fault(files[_i].length, head, footer, &mend);
    if (!files[_i].fault) {
        ck_assert_msg(!fault, "%s", fault);
        return;
    }
    ck_assert_msg(fault && strstr(fault, files[_i].fault), "%s", fault ? fault : "no fault");
    ck_assert_msg(mend && strstr(mend, files[_i].mend), "%s", mend ? mend : "no mend");
}
END_TEST

START_TEST(a_partition_table_is_told_from_another)
{
    unsigned char head[VHD_FOOTER] = {0};
    ck_assert(!vhd_has_gpt(head, sizeof head));
    head[510] = 0x55, head[511] = 0xaa;
    ck_assert(!vhd_has_gpt(head, sizeof head));
    head[450] = 0xee;
    ck_assert(vhd_has_gpt(head, sizeof head));
    ck_assert(!vhd_has_gpt(head, sizeof head - 1));
    ck_assert_ptr_null(vhd_other_format((const unsigned char *)"vhdxfil", 7));
    ck_assert_ptr_null(vhd_other_format(NULL, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vhd");
    TCase *tests = tcase_create("vhd");
    tcase_add_test(tests, a_footer_of_qemu_is_read);
    tcase_add_test(tests, a_changed_byte_is_seen);
    tcase_add_loop_test(tests, each_fault_is_named_with_its_mend, 0, sizeof files / sizeof *files);
    tcase_add_test(tests, a_partition_table_is_told_from_another);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
