/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of ranges: what is taken is written back the same, and what is found free is free. */
#include "rules/address.h"

#include "fuzz.h"

enum { MOST_CLAIMS = 32 };

static void search(const struct address_claim *claims, size_t count, unsigned prefix)
{
    struct cidr found;
    if (address_next_free(prefix, claims, count, NULL, 0, &found, NULL) < 0)
        return;
    fuzz_require(found.prefix == prefix, "a range has the size that was asked for");
    struct address_claim wanted = {found, "found"};
    fuzz_require(address_check_free(NULL, &wanted, 1, claims, count, NULL) == 0,
                 "a range found free is free");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct address_claim claims[MOST_CLAIMS];
    size_t count = 0;
    char *text = fuzz_text(data, size), *rest = text;
    for (char *line; count < MOST_CLAIMS && (line = strsep(&rest, "\n"));) {
        struct error err = ERROR_INIT;
        struct cidr cidr;
        uint32_t address;
        char canonical[CIDR_TEXT];
        if (cidr_parse("range", line, &cidr, &err) == 0) {
            cidr_format(cidr, canonical);
            fuzz_require(strcmp(line, canonical) == 0, "a range is written back the same");
            fuzz_require(cidr_contains(cidr, cidr), "a range contains itself");
            claims[count++] = (struct address_claim){cidr, "line"};
        } else {
            fuzz_require(err.message && err.field, "a refusal names field and reason");
        }
        if (address_parse("address", line, &address, NULL) == 0) {
            address_format(address, canonical);
            fuzz_require(strcmp(line, canonical) == 0, "an address is written back the same");
        }
        error_clear(&err);
    }
    for (unsigned prefix = 8; prefix <= 32; prefix += 8)
        search(claims, count, prefix);
    free(text);
    return 0;
}
