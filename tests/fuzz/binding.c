/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding takes templates of plugins and values of Azure: neither may break it. */
#include "fuzz.h"

#include "plan/binding.h"

#include <stdlib.h>
#include <string.h>

static json_t *give(void *context, const struct reference *reference, struct error *err)
{
    if (reference->name_length == 7) {
        error_set(err, ERROR_FAILED, NULL, "no such value");
        return NULL;
    }
    if (reference->name_length % 2)
        return json_pack("{s:[i]}", "a", (int)reference->name_length);
    return json_stringn(reference->name, reference->name_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct error err = ERROR_INIT;
    if (binding_scan_text(text, NULL, NULL, &err) == 0) {
        char *bound = binding_text(text, give, NULL, &err);
        free(bound);
    }
    json_t *template = json_loads(text, JSON_DECODE_ANY, NULL);
    json_t *bound = template ? binding_json(template, give, NULL, &err) : NULL;
    binding_wipe(bound);
    json_decref(bound);
    json_decref(template);
    error_clear(&err);
    free(text);
    return 0;
}
