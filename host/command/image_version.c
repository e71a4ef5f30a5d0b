/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the kind "image-version" for each image of the INI that was used. */
#include "command/image_version.h"

#include "base/uuid.h"
#include "command/store_view.h"
#include "command/text_at.h"

#include <string.h>

static const char kind[] = "image-version";

json_t *image_version_regions(struct context *context, const char *name, struct error *err)
{
    struct subject subject;
    bool found;
    struct store *store = context_store(context, err);
    if (!store || subject_find(store, kind, name, &subject, &found, err) < 0)
        return NULL;
    if (!found)
        return json_object();
    json_t *regions = json_incref(json_object_get(subject.data, "regions"));
    subject_clear(&subject);
    return regions ? regions : json_object();
}

json_t *image_version_known(struct context *context, const char *name, const char *region,
                            struct error *err)
{
    json_t *regions = image_version_regions(context, name, err);
    json_t *known = json_incref(json_object_get(regions, region));
    json_decref(regions);
    return known;
}

/* In a transaction of the caller's. */
static int put(struct store *store, const char *name, const char *region, json_t *entry,
               struct error *err)
{
    struct subject subject;
    bool found;
    char id[UUID_TEXT];
    int64_t now = clock_wall(clock_system());
    if (subject_find(store, kind, name, &subject, &found, err) < 0)
        return -1;
    if (!found) {
        memset(&subject, 0, sizeof subject);
        uuid_v7(clock_system(), id);
        subject.record = (struct record){
            .kind = kind, .id = id, .name = name, .status = "Known", .created_ms = now};
        subject.data = json_pack("{s:{}}", "regions");
    }
    subject.record.updated_ms = now;
    json_object_set(json_object_get(subject.data, "regions"), region, entry);
    int result = subject_put(store, &subject, err);
    subject_clear(&subject);
    return result;
}

int image_version_keep(struct context *context, const char *name, const char *region,
                       const json_t *learned, bool take, struct error *err)
{
    const char *newest = text_at(learned, "newest");
    const char *version = text_at(learned, "version");
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    if (!version) /* the INI says which, or the plugin has no versions */
        return 0;
    json_t *entry = json_pack("{s:s, s:s}", "version", take && newest ? newest : version, "newest",
                              newest ? newest : version);
    json_t *known = image_version_known(context, name, region, err);
    int result = 0;
    if (!entry || !json_equal(entry, known)) {
        result = store->ops->begin(store, err);
        if (result == 0 && put(store, name, region, entry, err) == 0)
            result = store->ops->commit(store, err);
        else if (result == 0) {
            store->ops->rollback(store);
            result = -1;
        }
    }
    json_decref(known);
    json_decref(entry);
    return result;
}

void image_version_tell(struct context *context, const char *name, json_t *json)
{
    json_t *regions = image_version_regions(context, name, NULL);
    const char *region;
    json_t *entry;
    json_object_foreach(regions, region, entry)
    {
        const char *version = text_at(entry, "version"), *newest = text_at(entry, "newest");
        if (version && newest && strcmp(version, newest) != 0)
            json_object_set_new(json, "update",
                                json_sprintf("%s (%s has %s)", newest, region, version));
    }
    if (json_object_size(regions))
        json_object_set(json, "versions", regions);
    json_decref(regions);
}
