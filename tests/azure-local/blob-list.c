/* SPDX-License-Identifier: Apache-2.0 */
/* List Blobs and List Containers: pages, prefixes and, of blobs, folders. */
#include "blob-parts.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 5000 };

char *xml_text(struct pool *pool, const char *text)
{
    char *out = pool_alloc(pool, strlen(text) * 6 + 1), *to = out;

    for (; *text; text++) {
        if (*text == '<' || *text == '&' || *text == '>' || *text == '"')
            to = stpcpy(to, *text == '<'   ? "&lt;"
                            : *text == '&' ? "&amp;"
                            : *text == '>' ? "&gt;"
                                           : "&quot;");
        else
            *to++ = *text;
    }
    *to = '\0';
    return out;
}

static int by_name(const void *a, const void *b)
{
    const struct blob *const *one = a, *const *two = b;

    return strcmp((*one)->name, (*two)->name);
}

static struct blob **sorted(struct exchange *x, const struct target *target, const char *prefix,
                            size_t *count)
{
    const struct table *all = &x->sim->blobs->all;
    struct blob **list = pool_alloc(&x->pool, (all->count + 1) * sizeof(struct blob *));

    *count = 0;
    for (struct table_entry *at = NULL; (at = table_next(all, at));) {
        struct blob *blob = at->value;

        if (!blob->draft && same_text(blob->account, target->account) &&
            same_text(blob->container, target->container) &&
            strncmp(blob->name, prefix, strlen(prefix)) == 0)
            list[(*count)++] = blob;
    }
    qsort(list, *count, sizeof(struct blob *), by_name);
    return list;
}

static void print_metadata(FILE *out, struct pool *pool, const json_t *metadata)
{
    const char *name;
    json_t *value;

    fputs("<Metadata>", out);
    json_object_foreach((json_t *)(uintptr_t)metadata, name, value)
        fprintf(out, "<%s>%s</%s>", name, xml_text(pool, json_string_value(value)), name);
    fputs("</Metadata>", out);
}

static void print_blob(struct exchange *x, FILE *out, const struct blob *blob)
{
    static const char *const shown[] = {"Content-Type", "Content-Encoding", "Content-Language",
                                        "Content-MD5",  "Cache-Control",    "Content-Disposition"};
    const char *include = query(x, "include");

    fprintf(out,
            "<Blob><Name>%s</Name><Properties><Creation-Time>%s</Creation-Time><Last-Modified>%s"
            "</Last-Modified><Etag>0x%llX</Etag><Content-Length>%llu</Content-Length>",
            xml_text(&x->pool, blob->name), http_date(&x->pool, blob->created),
            http_date(&x->pool, blob->modified), (unsigned long long)blob->version,
            (unsigned long long)blob->content.size);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const char *value = json_string_value(json_object_get(blob->headers, shown[i]));

        fprintf(out, "<%s>%s</%s>", shown[i], xml_text(&x->pool, value ? value : ""), shown[i]);
    }
    if (blob->kind == BLOB_PAGE)
        fprintf(out, "<x-ms-blob-sequence-number>%llu</x-ms-blob-sequence-number>", blob->sequence);
    fprintf(out,
            "<BlobType>%s</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available"
            "</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>",
            blob_kind_name(blob));
    if (include && strstr(include, "metadata"))
        print_metadata(out, &x->pool, blob->metadata);
    fputs("</Blob>", out);
}

static size_t most_items(struct exchange *x)
{
    const char *most = query(x, "maxresults");
    unsigned long long limit = most ? strtoull(most, NULL, 10) : MOST_ITEMS;

    return limit < MOST_ITEMS ? (size_t)limit : MOST_ITEMS;
}

/* The folder below the prefix that the name is in; NULL when it is in none. */
static char *folder_of(struct pool *pool, const char *name, const char *prefix, const char *mark)
{
    const char *end = mark && *mark ? strstr(name + strlen(prefix), mark) : NULL;

    return end ? pool_copy(pool, name, (size_t)(end - name) + strlen(mark)) : NULL;
}

static void print_blobs(struct exchange *x, FILE *out, const struct target *target)
{
    const char *prefix = query(x, "prefix") ? query(x, "prefix") : "";
    const char *marker = query(x, "marker");
    size_t count, items = 0, most = most_items(x);
    struct blob **list = sorted(x, target, prefix, &count);
    const char *last = "", *next = NULL;

    for (size_t i = 0; i < count; i++) {
        char *folder = folder_of(&x->pool, list[i]->name, prefix, query(x, "delimiter"));
        const char *name = folder ? folder : list[i]->name;

        if ((marker && strcmp(name, marker) < 0) || (folder && strcmp(last, folder) == 0))
            continue;
        if (items++ == most) {
            next = name;
            break;
        }
        if (folder)
            fprintf(out, "<BlobPrefix><Name>%s</Name></BlobPrefix>", xml_text(&x->pool, folder));
        else
            print_blob(x, out, list[i]);
        last = folder ? folder : "";
    }
    fprintf(out, "</Blobs><NextMarker>%s</NextMarker></EnumerationResults>",
            next ? xml_text(&x->pool, next) : "");
}

/* The head of both lists, with what was asked. */
static FILE *open_list(struct exchange *x, const char *container, const char *what, char **text,
                       size_t *size)
{
    static const char *const asked[][2] = {
        {"prefix", "Prefix"}, {"marker", "Marker"}, {"maxresults", "MaxResults"}};
    FILE *out = open_memstream(text, size);

    fprintf(out,
            "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "
            "ServiceEndpoint=\"%s/_blob/\"%s>",
            x->sim->base,
            container ? pool_print(&x->pool, " ContainerName=\"%s\"", container) : "");
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (query(x, asked[i][0]))
            fprintf(out, "<%s>%s</%s>", asked[i][1], xml_text(&x->pool, query(x, asked[i][0])),
                    asked[i][1]);
    if (container && query(x, "delimiter"))
        fprintf(out, "<Delimiter>%s</Delimiter>", xml_text(&x->pool, query(x, "delimiter")));
    fprintf(out, "<%s>", what);
    return out;
}

static int close_list(struct exchange *x, FILE *out, char **text, const size_t *size)
{
    fclose(out);
    reply_raw(x, 200, "application/xml", pool_text(&x->pool, *text), *size);
    free(*text);
    return 0;
}

int blob_list(struct exchange *x, const struct target *target)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (query(x, "maxresults") && !most_items(x))
        return blob_fail(x, 400, "OutOfRangeQueryParameterValue",
                         "One of the query parameters specified in the request URI is outside the "
                         "permissible range.");
    out = open_list(x, target->container, "Blobs", &text, &size);
    print_blobs(x, out, target);
    return close_list(x, out, &text, &size);
}

static int by_resource(const void *a, const void *b)
{
    const struct resource *const *one = a, *const *two = b;

    return strcmp((*one)->name, (*two)->name);
}

int container_list(struct exchange *x, const struct target *target)
{
    struct resource *account = account_find(x->sim, target->account);
    const char *prefix = query(x, "prefix") ? query(x, "prefix") : "";
    const char *marker = query(x, "marker");
    size_t count = 0, items = 0, size = 0;
    struct resource **list;
    char *text = NULL;
    const char *next = "";
    FILE *out = open_list(x, NULL, "Containers", &text, &size);

    for (struct resource *at = account->first_child; at; at = at->next_sibling)
        count++;
    list = pool_alloc(&x->pool, (count + 1) * sizeof *list);
    count = 0;
    for (struct resource *at = account->first_child; at; at = at->next_sibling)
        list[count++] = at;
    qsort(list, count, sizeof *list, by_resource);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(list[i]->name, prefix, strlen(prefix)) != 0 ||
            (marker && strcmp(list[i]->name, marker) < 0))
            continue;
        if (items++ == most_items(x)) {
            next = list[i]->name;
            break;
        }
        fprintf(out,
                "<Container><Name>%s</Name><Properties><Last-Modified>%s</Last-Modified><Etag>"
                "\"0x1\"</Etag><LeaseStatus>unlocked</LeaseStatus><LeaseState>available"
                "</LeaseState></Properties></Container>",
                list[i]->name, http_date(&x->pool, clock_calendar(&x->sim->clock)));
    }
    fprintf(out, "</Containers><NextMarker>%s</NextMarker></EnumerationResults>", next);
    return close_list(x, out, &text, &size);
}
