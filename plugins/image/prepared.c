/* SPDX-License-Identifier: Apache-2.0 */
/* image/prepared: an image that somebody else keeps, in Azure's marketplace or in a gallery. It
 * creates nothing: a catalog takes the reference. The fields are the keys of [image "NAME"]. */
#include "../common/azure.h"

static const struct fh_field fields[] = {
    {.name = "publisher",
     .type = "string",
     .help = "publisher of the marketplace image",
     .max = 128,
     .pattern = "[A-Za-z0-9._-]+",
     .pattern_help = "letters, digits, '.', '_' and '-'"},
    {.name = "offer",
     .type = "string",
     .help = "offer of the marketplace image",
     .max = 128,
     .pattern = "[A-Za-z0-9._-]+",
     .pattern_help = "letters, digits, '.', '_' and '-'"},
    {.name = "sku",
     .type = "string",
     .help = "SKU of the marketplace image",
     .max = 128,
     .pattern = "[A-Za-z0-9._-]+",
     .pattern_help = "letters, digits, '.', '_' and '-'"},
    {.name = "version",
     .type = "string",
     .help = "version of the marketplace image",
     .default_value = "latest",
     .pattern = "latest|[0-9]+\\.[0-9]+\\.[0-9]+",
     .pattern_help = "three numbers with periods between, or \"latest\""},
    {.name = "gallery-image",
     .type = "resource-id",
     .help = "image of a gallery, instead of publisher, offer and sku"},
    {.name = "os",
     .type = "enum",
     .flags = FH_FIELD_REQUIRED,
     .help = "operating system",
     .values = "windows|linux"},
    {.name = "sessions",
     .type = "enum",
     .flags = FH_FIELD_REQUIRED,
     .help = "whether a machine of this image serves one user or several at a time",
     .values = "single|multi"},
    {.name = "generation",
     .type = "int",
     .help = "generation of the virtual machine",
     .default_value = "2",
     .min = 1,
     .max = 2},
    {.name = "state",
     .type = "enum",
     .help = "generalized: a machine gets its name and administrator at its first start; "
             "specialized: it starts as the image's machine was",
     .default_value = "generalized",
     .values = "generalized|specialized"},
    {.name = "secure-boot",
     .type = "bool",
     .help = "whether it starts under Secure Boot",
     .default_value = "yes"},
    {.name = "prepared",
     .type = "bool",
     .help = "marks it as meant for a proof of concept",
     .default_value = "yes"},
    {.name = "os-disk-gib",
     .type = "int",
     .help = "least size of the disk in GiB",
     .min = 1,
     .max = 4095},
    {.name = "display-name", .type = "string", .help = "what people call it", .max = 128},
};

static bool field_is(struct fh_call *call, const char *pointer, const char *value)
{
    const char *given = fh_value(call, pointer);
    return given && strcmp(given, value) == 0;
}

static bool is_gallery(struct fh_call *call)
{
    return fh_value(call, "/fields/gallery-image") != NULL;
}

/* One source, and all of it. */
static int32_t require_source(struct fh_call *call)
{
    static const char *const parts[] = {"/fields/publisher", "/fields/offer", "/fields/sku"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        const char *field = parts[i] + strlen("/fields");
        if (is_gallery(call) && fh_value(call, parts[i]))
            return fh_fail(call, FH_EINVAL, field,
                           "an image comes from a gallery or from the marketplace: leave out "
                           "gallery-image, or publisher, offer and sku");
        if (!is_gallery(call) && !fh_value(call, parts[i]))
            return fh_fail(call, FH_EINVAL, field,
                           "it is missing: give publisher, offer and sku of a marketplace image, "
                           "or gallery-image");
    }
    return FH_OK;
}

static int32_t refuse_unreadable(struct fh_call *call, const char *what, int32_t status,
                                 const json_t *answer)
{
    if (status == 404)
        return fh_finding(call, FH_FAIL, "image-exists", NULL,
                          fh_printf(call, "Azure has no %s", what),
                          "correct its [image] section, or choose another region");
    return fh_finding(call, FH_FAIL, "image-readable", NULL,
                      fh_printf(call, "%s cannot be read (HTTP %d): %s", what, (int)status,
                                azure_message(answer, "no reason given")),
                      "give the subscription's credential the role Reader");
}

/* Versions are "20348.2700.241004": three numbers, to be compared as such. */
static bool is_newer(const char *a, const char *b)
{
    for (int part = 0; part < 3; part++) {
        char *a_rest, *b_rest;
        unsigned long long x = strtoull(a, &a_rest, 10), y = strtoull(b, &b_rest, 10);
        if (x != y)
            return x > y;
        a = a_rest + (*a_rest == '.');
        b = b_rest + (*b_rest == '.');
    }
    return false;
}

/* The version that was settled at the first use stays, until the operator takes a newer one. */
static int32_t learn_version(struct fh_call *call, const char *newest)
{
    const char *settled = fh_value(call, "/learned/version");
    int32_t result = fh_learn(call, "newest", newest);
    return result == FH_OK && !settled ? fh_learn(call, "version", newest) : result;
}

static int32_t check_versions(struct fh_call *call, const char *what, const json_t *versions)
{
    const char *wanted = fh_value(call, "/fields/version");
    const char *newest = NULL;
    bool found = false;
    if (!wanted || strcmp(wanted, "latest") == 0)
        wanted = fh_value(call, "/learned/version");
    for (size_t i = 0; i < json_array_size(versions); i++) {
        const char *name = fh_json_text(json_array_get(versions, i), "/name");
        if (name && (!newest || is_newer(name, newest)))
            newest = name;
        found |= name && wanted && strcmp(name, wanted) == 0;
    }
    if (!newest || (!found && strcmp(wanted ? wanted : "latest", "latest") != 0))
        return fh_finding(call, FH_FAIL, "image-exists", "/version",
                          fh_printf(call, "Azure has no version %s of %s in %s",
                                    wanted ? wanted : "latest", what, fh_value(call, "/region")),
                          newest ? fh_printf(call, "the newest there is %s", newest)
                                 : "choose another region or image");
    if (field_is(call, "/fields/version", "latest") && learn_version(call, newest) != FH_OK)
        return FH_EFAILED;
    if (!found)
        return fh_finding(call, FH_PASS, "image-exists", NULL,
                          fh_printf(call, "the latest version of %s is %s now", what, newest),
                          NULL);
    return fh_finding(call, FH_PASS, "image-exists", NULL,
                      fh_printf(call, "Azure has version %s of %s", wanted, what), NULL);
}

/* The newest of a gallery's versions that "latest" would take; NULL: none. */
static const char *newest_of_gallery(const json_t *versions)
{
    const char *newest = NULL;
    for (size_t i = 0; i < json_array_size(versions); i++) {
        const json_t *version = json_array_get(versions, i);
        const char *name = fh_json_text(version, "/name");
        const json_t *excluded =
            fh_json_at(version, "/properties/publishingProfile/excludeFromLatest");
        if (name && !json_is_true(excluded) && (!newest || is_newer(name, newest)))
            newest = name;
    }
    return newest;
}

static int32_t check_gallery_versions(struct fh_call *call, const char *id)
{
    int32_t status = 0;
    const char *text =
        fh_arm_get(call, NULL, fh_printf(call, "%s/versions", id), API_GALLERY, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    const char *newest = newest_of_gallery(json_object_get(answer, "value"));
    int32_t result = status != 200
                         ? refuse_unreadable(call, fh_printf(call, "image %s", id), status, answer)
                     : !newest ? fh_finding(call, FH_FAIL, "image-exists", "/gallery-image",
                                            fh_printf(call, "the image %s has no version", id),
                                            "publish one in the gallery")
                               : learn_version(call, newest);
    json_decref(answer);
    return result;
}

static int32_t check_gallery(struct fh_call *call)
{
    const char *id = fh_value(call, "/fields/gallery-image");
    int32_t status = 0;
    const char *text = fh_arm_get(call, NULL, id, API_GALLERY, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    const char *what = fh_printf(call, "image %s", id);
    int32_t result = status == 200 ? fh_finding(call, FH_PASS, "image-exists", NULL,
                                                fh_printf(call, "Azure has the %s", what), NULL)
                                   : refuse_unreadable(call, what, status, answer);
    json_decref(answer);
    bool settled = strstr(id, "/versions/") != NULL; /* by who wrote the section */
    return result == FH_OK && status == 200 && !settled ? check_gallery_versions(call, id) : result;
}

static int32_t check_marketplace(struct fh_call *call)
{
    const char *publisher = fh_value(call, "/fields/publisher");
    const char *offer = fh_value(call, "/fields/offer");
    const char *sku = fh_value(call, "/fields/sku");
    const char *path =
        fh_printf(call,
                  "%s/providers/Microsoft.Compute/locations/%s/publishers/%s/artifacttypes/vmimage"
                  "/offers/%s/skus/%s/versions",
                  subscription_path(call), fh_value(call, "/region"), publisher, offer, sku);
    const char *what = fh_printf(call, "%s:%s:%s", publisher, offer, sku);
    int32_t status = 0;
    const char *text = fh_arm_get(call, NULL, path, API_COMPUTE, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    /* A bare array, as this list has always been; later lists wrap it in "value". */
    const json_t *versions = json_is_array(answer) ? answer : json_object_get(answer, "value");
    int32_t result =
        status == 200 ? check_versions(call, what, versions)
                      : refuse_unreadable(call, fh_printf(call, "image %s", what), status, answer);
    json_decref(answer);
    return result;
}

static int32_t check(struct fh_call *call)
{
    int32_t result = require_source(call);
    if (result == FH_OK && (!fh_value(call, "/region") || !fh_value(call, "/subscription/id")))
        return fh_fail(call, FH_EINVAL, "/region", "an image is looked up in a region: name one");
    if (result == FH_OK)
        result = is_gallery(call) ? check_gallery(call) : check_marketplace(call);
    return result;
}

static json_t *reference(struct fh_call *call)
{
    const char *version = fh_value(call, "/fields/version");
    const char *settled = fh_value(call, "/learned/version");
    const char *gallery = fh_value(call, "/fields/gallery-image");
    if (gallery && settled)
        gallery = fh_printf(call, "%s/versions/%s", gallery, settled);
    if (gallery)
        return json_pack("{s:s}", "id", gallery);
    bool latest = !version || strcmp(version, "latest") == 0;
    return json_pack("{s:s, s:s, s:s, s:s}", "publisher", fh_value(call, "/fields/publisher"),
                     "offer", fh_value(call, "/fields/offer"), "sku", fh_value(call, "/fields/sku"),
                     "version", latest && settled ? settled : version);
}

static int32_t plan(struct fh_call *call)
{
    int32_t result = require_source(call);
    if (result != FH_OK)
        return result;
    const char *disk = fh_value(call, "/fields/os-disk-gib");
    const char *generation = fh_value(call, "/fields/generation");
    json_t *image = json_pack("{s:o, s:s, s:s, s:i, s:b, s:b, s:b}", "reference", reference(call),
                              "os", field_is(call, "/fields/os", "windows") ? "Windows" : "Linux",
                              "sessions", fh_value(call, "/fields/sessions"), "generation",
                              generation ? (int)strtol(generation, NULL, 10) : 2, "specialized",
                              field_is(call, "/fields/state", "specialized"), "secureBoot",
                              field_is(call, "/fields/secure-boot", "true"), "prepared",
                              field_is(call, "/fields/prepared", "true"));
    if (image && disk)
        json_object_set_new(image, "osDiskGib", json_integer(strtol(disk, NULL, 10)));
    return fh_json_export(call, "image", image);
}

static int32_t observe(struct fh_call *call)
{
    int32_t result = fh_status(call, "Ready", "Ready to use", NULL);
    if (result == FH_OK && require_source(call) == FH_OK)
        result = fh_json_detail(call, "reference", "Source", reference(call));
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "image",
    .name = "prepared",
    .version = "1.0",
    .summary = "An image from the marketplace or a gallery, declared in the INI file",
    .description = "Nothing is built and nothing is copied: catalogs take the image as it is. "
                   "Prepared images are meant for a proof of concept.",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .check = check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Reader on the managed subscription; Reader on the gallery",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
