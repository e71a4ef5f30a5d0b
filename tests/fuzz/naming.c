/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a naming scheme: a scheme that is taken gives names that keep every rule. */
#include "rules/naming.h"

#include "fuzz.h"
#include "rules/name_set.h"

enum { NAMES = 40 };

static void check_names(const struct naming_scheme *scheme, bool standard)
{
    struct name_set seen = {0};
    uint64_t capacity = naming_capacity(scheme);
    fuzz_require(capacity >= 9, "a scheme has names");
    struct naming_request request = {.count = capacity < NAMES ? 9 : NAMES};
    char(*names)[NAMING_TEXT];
    if (naming_allocate(NULL, scheme, &request, &names, NULL) < 0)
        return; /* with letters a few names are reserved */
    for (size_t i = 0; i < request.count; i++) {
        char computer[NAMING_LONGEST + 1];
        fuzz_require(name_set_add(&seen, names[i]) == 1, "names differ");
        fuzz_require(standard || strlen(names[i]) <= NAMING_LONGEST, "a name fits");
        fuzz_require(!naming_reserved_ending(names[i]), "no name has a reserved ending");
        fuzz_require(strspn(names[i], "0123456789") < strlen(names[i]), "no name is a number");
        naming_computer_name(names[i], computer);
        fuzz_require(computer[0] && computer[0] != '-', "a computer name begins well");
    }
    char name[NAMING_TEXT];
    fuzz_require(!naming_name(scheme, capacity, name), "names end at the capacity");
    free(names);
    name_set_free(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct naming_seeds seeds = {"location", "catalog"};
    struct error err = ERROR_INIT;
    struct naming_scheme scheme;
    if (size == 0)
        return 0;
    enum naming_type type = data[0] & 1 ? NAMING_LETTERS : NAMING_DIGITS;
    char *text = fuzz_text(data + 1, size - 1);
    bool standard = !*text || strcmp(text, NAMING_DEFAULT) == 0;
    if (naming_parse("naming-scheme", text, type, &seeds, &scheme, &err) == 0)
        check_names(&scheme, standard);
    else
        fuzz_require(err.message && err.field, "a refusal names field and reason");
    error_clear(&err);
    free(text);
    return 0;
}
