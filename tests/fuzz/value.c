/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a value of any type: what is taken is taken again as it was written back. */
#include "rules/value.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    char *normal, *again;
    if (size == 0)
        return 0;
    struct value_rule rule = {.field = "field", .type = (enum value_type)(data[0] % VALUE_TYPES)};
    char *text = fuzz_text(data + 1, size - 1);
    if (value_check(&rule, text, &normal, &err) == 0) {
        fuzz_require(value_check(&rule, normal, &again, NULL) == 0, "a value is taken again");
        fuzz_require(strcmp(normal, again) == 0, "there is one way of writing a value");
        free(normal);
        free(again);
    } else {
        fuzz_require(err.message && err.field, "a refusal names field and reason");
    }
    error_clear(&err);
    free(text);
    return 0;
}
