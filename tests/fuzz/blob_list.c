/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer to List Blobs: what is read of it are names, each with a length that is none below 0.
 */
#include "azure/blob_list.h"

#include "fuzz.h"

static void check_list(const json_t *list)
{
    size_t i;
    json_t *blob;
    json_array_foreach((json_t *)list, i, blob)
    {
        const json_t *bytes = json_object_get(blob, "bytes");
        fuzz_require(json_is_string(json_object_get(blob, "name")), "a blob has a name");
        fuzz_require(!bytes || json_integer_value(bytes) >= 0, "a length is a number");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    json_t *list = json_array();
    char *next = NULL;
    char *text = fuzz_text(data, size);
    int result = blob_list_read(text, size, list, &next, &err);
    fuzz_require((result == 0) == (next != NULL), "a list that is read has a marker");
    fuzz_require((result == 0) == (err.code == ERROR_NONE), "a refusal says why");
    check_list(list);
    free(next);
    json_decref(list);
    error_clear(&err);
    free(text);
    return 0;
}
