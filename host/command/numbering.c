/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers stand in the records, as internal.number. */
#include "command/numbering.h"

#include <jansson.h>
#include <string.h>

struct numbering {
    const char *except; /* the id of the record that asks; NULL: none */
    json_t *taken;      /* {"3": true} */
};

static void key_of(json_int_t number, char key[24])
{
    snprintf(key, 24, "%" JSON_INTEGER_FORMAT, number);
}

static bool note_number(void *context, const struct record *record)
{
    struct numbering *numbering = context;
    json_t *data = json_loads(record->data, 0, NULL);
    json_int_t number =
        json_integer_value(json_object_get(json_object_get(data, "internal"), "number"));
    char key[24];
    key_of(number, key);
    if (number > 0 && !(numbering->except && strcmp(numbering->except, record->id) == 0))
        json_object_set_new(numbering->taken, key, json_true());
    json_decref(data);
    return true;
}

/* *free: the first that is free; *is_taken: whether `number` is not. */
static int look(struct store *store, const char *kind, const char *except, int64_t number,
                int64_t *first_free, bool *is_taken, struct error *err)
{
    struct numbering numbering = {except, json_object()};
    struct record_filter filter = {.kind = kind};
    int result = store->ops->record_each(store, &filter, note_number, &numbering, err);
    char key[24];
    *first_free = 0;
    do
        key_of(++*first_free, key);
    while (json_object_get(numbering.taken, key));
    key_of(number, key);
    *is_taken = json_object_get(numbering.taken, key) != NULL;
    json_decref(numbering.taken);
    return result;
}

int64_t numbering_next(struct store *store, const char *kind, struct error *err)
{
    int64_t first_free;
    bool is_taken;
    return look(store, kind, NULL, 0, &first_free, &is_taken, err) == 0 ? first_free : -1;
}

int numbering_admit(struct store *store, const struct record *record, int64_t number,
                    struct error *err)
{
    int64_t first_free;
    bool is_taken;
    if (number <= 0)
        return 0;
    if (look(store, record->kind, record->id, number, &first_free, &is_taken, err) < 0)
        return -1;
    return is_taken ? error_set(err, ERROR_RETRY, NULL,
                                "another %s has been created at the same moment: give the command "
                                "again",
                                record->kind)
                    : 0;
}
