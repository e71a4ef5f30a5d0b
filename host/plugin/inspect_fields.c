/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin's tables of fields: each declaration must make sense before anybody fills it in. */
#include "plugin/field_types.h"
#include "plugin/fields.h"
#include "plugin/inspect.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

enum { MOST_FIELDS = 128 };

struct field_table {
    struct inspection *inspection;
    const char *what;
    size_t size;
    bool newer;   /* built with a newer header: what we do not know is not wrong */
    bool nested;  /* the sub-fields of an object */
    bool options; /* of the INI section */
    const char *const *taken;
};

static const struct fh_field *copy_fields(const struct field_table *table,
                                          const struct fh_field *raw, size_t count);

static void wrong(const struct field_table *table, const struct fh_field *field, const char *mend,
                  const char *fault)
{
    inspection_report(table->inspection, FH_FAIL, "fields", mend, "the field \"%s\" of %s %s",
                      field->name, table->what, fault);
}

static void inspect_name(const struct field_table *table, const struct fh_field *field)
{
    if (!inspect_is_kebab(field->name) || strlen(field->name) > 60)
        wrong(table, field, "write at most 60 small letters, digits and single '-'",
              "is not in kebab-case");
    for (const char *const *name = table->taken; !table->nested && *name; name++)
        if (strcmp(*name, field->name) == 0)
            wrong(table, field, "choose another name", "has a name that flexhost itself uses");
}

static void inspect_flags(const struct field_table *table, const struct fh_field *field)
{
    const uint32_t known = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE | FH_FIELD_LIST |
                           FH_FIELD_OCCUPIES | FH_FIELD_ADVANCED | FH_FIELD_AT_FIRST_CATALOG;
    if (!table->newer && ((field->flags & ~known) || field->reserved))
        wrong(table, field, "use the FH_FIELD_ flags alone, and 0 for reserved",
              "has flags that this ABI does not have");
    if ((field->flags & FH_FIELD_OCCUPIES) && strcmp(field->type, "cidr") != 0)
        wrong(table, field, "give it the type cidr, or drop FH_FIELD_OCCUPIES",
              "occupies addresses but is no range");
    if ((field->flags & FH_FIELD_REQUIRED) && field->default_value)
        wrong(table, field, "drop the default, or FH_FIELD_REQUIRED",
              "is required and has a default");
    if ((field->flags & FH_FIELD_AT_FIRST_CATALOG) &&
        (!field->default_value || (field->flags & FH_FIELD_IMMUTABLE)))
        wrong(table, field, "give it a default and let it change",
              "comes with the first catalog, but has no default or cannot change");
    if (table->nested && (field->flags & FH_FIELD_LIST))
        wrong(table, field, "make the object itself a list", "is a list inside an object");
}

static void inspect_bounds(const struct field_table *table, const struct fh_field *field)
{
    if (field->min > field->max && field->max != 0)
        wrong(table, field, "swap them", "has a min above its max");
    regex_t compiled;
    if (!field->pattern)
        return;
    if (regcomp(&compiled, field->pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        wrong(table, field, "write a POSIX extended regular expression",
              "has a pattern that cannot be compiled");
        return;
    }
    regfree(&compiled);
    if (!field->pattern_help)
        wrong(table, field, "say in pattern_help what it asks for, in words",
              "has a pattern without words for it");
}

static void inspect_type(const struct field_table *table, struct fh_field *field)
{
    enum field_class class;
    if (!field_class_find(field->type, &class, NULL)) {
        inspection_report(table->inspection, FH_FAIL, "fields",
                          "use a type that flexhost/plugin.h lists, or upgrade flexhost",
                          "the field \"%s\" of %s has the type \"%s\", which this host does not "
                          "know",
                          field->name, table->what, field->type);
        return;
    }
    bool object = class == FIELD_OBJECT;
    bool secret = class == FIELD_SECRET;
    if (strcmp(field->type, "enum") == 0 && !(field->values && *field->values))
        wrong(table, field, "list them: \"a|b|c\"", "is an enum without values");
    if (object != (field->field_count != 0) || (field->field_count && !field->fields))
        wrong(table, field, "give an object, and only an object, its fields and field_count",
              object ? "is an object without sub-fields" : "has sub-fields but is no object");
    if ((object || secret) && table->nested)
        wrong(table, field, "put it beside the object",
              object ? "is an object inside an object" : "is a secret inside an object");
    if (secret && (field->default_value || (field->flags & FH_FIELD_LIST)))
        wrong(table, field, "drop them", "is a secret with a default, or a list of secrets");
    if (secret && table->options)
        wrong(table, field, "make it a field of the plugin", "is a secret among the options");
    if (object && field->fields && field->field_count && !table->nested) {
        struct field_table inner = *table;
        inner.nested = true;
        field->fields = copy_fields(&inner, field->fields, field->field_count);
    }
}

/* The default is typed by the author and must pass what an operator's value must pass. */
static void inspect_default(const struct field_table *table, const struct fh_field *field)
{
    if (!field->default_value || table->nested)
        return;
    json_t *output = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    json_t *nothing = json_object();
    if (nothing && fields_validate(field, 1, nothing, NULL, NULL, &output, &secrets, &problems) < 0)
        inspection_report(table->inspection, FH_FAIL, "fields",
                          "write a default that the field's own rule allows",
                          "the default of the field \"%s\" of %s is refused: %s", field->name,
                          table->what,
                          problems.count ? problems.items[0].message : "out of memory");
    field_problems_clear(&problems);
    json_decref(nothing);
    json_decref(output);
    json_decref(secrets);
}

static bool inspect_field(const struct field_table *table, struct fh_field *field)
{
    struct inspection *inspection = table->inspection;
    unsigned before = inspection->failures;
    char *what = arena_printf(inspection->arena, "a text of a field of %s", table->what);
    if (!what || !inspection_text(inspection, what, field->name, true, false) ||
        !inspection_text(inspection, what, field->type, true, false))
        return false;
    what = arena_printf(inspection->arena, "a text of the field \"%s\" of %s", field->name,
                        table->what);
    if (!what)
        return false;
    const char *const texts[] = {field->default_value,    field->values,
                                 field->pattern,          field->pattern_help,
                                 field->immutable_advice, field->acknowledgement};
    inspection_text(inspection, what, field->help, true, false);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        inspection_text(inspection, what, texts[i], false, false);
    inspect_name(table, field);
    inspect_flags(table, field);
    inspect_bounds(table, field);
    inspect_type(table, field);
    if (inspection->failures == before)
        inspect_default(table, field);
    return true;
}

static const struct fh_field *copy_fields(const struct field_table *table,
                                          const struct fh_field *raw, size_t count)
{
    struct inspection *inspection = table->inspection;
    struct fh_field *fields =
        count <= MOST_FIELDS ? arena_alloc(inspection->arena, count * sizeof *fields) : NULL;
    if (!fields) {
        inspection_report(inspection, FH_FAIL, "tables", "give the number of elements",
                          "%s has %zu fields, %d are allowed", table->what, count, MOST_FIELDS);
        return NULL;
    }
    size_t size = table->size < sizeof *fields ? table->size : sizeof *fields;
    for (size_t i = 0; i < count; i++) {
        memcpy(&fields[i], (const char *)raw + i * table->size, size);
        if (!inspect_field(table, &fields[i]))
            return NULL;
        for (size_t j = 0; j < i; j++)
            if (strcmp(fields[i].name, fields[j].name) == 0)
                wrong(table, &fields[i], "rename one of them", "is declared twice");
    }
    return fields;
}

const struct fh_field *inspect_fields(struct inspection *inspection, const char *what,
                                      const struct fh_field *raw, size_t count, size_t size,
                                      bool newer, const char *const *taken)
{
    if (!count)
        return NULL;
    if (!raw) {
        inspection_report(inspection, FH_FAIL, "tables", "set it, or its count to 0",
                          "%s is NULL but has %zu elements", what, count);
        return NULL;
    }
    struct field_table table = {.inspection = inspection,
                                .what = what,
                                .size = size,
                                .newer = newer,
                                .options = strcmp(what, "the table of options") == 0,
                                .taken = taken};
    return copy_fields(&table, raw, count);
}
