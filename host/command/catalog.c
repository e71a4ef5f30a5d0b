/* SPDX-License-Identifier: Apache-2.0 */
/* catalog create, list, show, delete. */
#include "command/catalog_request.h"
#include "command/change.h"
#include "command/first_catalog.h"
#include "command/image_version.h"
#include "command/listing.h"
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/text_at.h"

/* The first use of a prepared image in a region settles its version there. */
static int keep_version(struct context *context, const struct command_input *input,
                        const struct catalog_parts *parts, struct error *err)
{
    return image_version_keep(context, text_at(input->fields, "image"),
                              text_at(parts->request, "region"), parts->learned, false, err);
}

static int create(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    struct catalog_parts parts = {0};
    int result = catalog_request(context, input, &parts, err);
    if (result == 0)
        result =
            first_catalog_connection(context, input, text_at(input->fields, "connection"), err);
    if (result == 0)
        result = first_catalog_image(context, input, text_at(input->fields, "image"),
                                     text_at(parts.request, "region"), err);
    if (result == 0 && !input->dry_run)
        result = keep_version(context, input, &parts, err);
    if (result == 0) {
        struct change_request change = {.kind = subject_kind_find("catalog"),
                                        .action = "create",
                                        .request = parts.request,
                                        .data = parts.data,
                                        .secrets = parts.secrets};
        result = change_start(context, input, &change, output, err);
    }
    catalog_parts_clear(&parts);
    return result;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    return list_subjects(context, "catalog", output, err);
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    if (!store || subject_load(store, "catalog", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    output->result = subject_json(&subject);
    int result = machine_counts(store, &subject.record, output->result, err);
    subject_clear(&subject);
    return result;
}

static int delete_catalog(struct context *context, const struct command_input *input,
                          struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    if (!store || subject_load(store, "catalog", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    int result = change_delete(context, input, &subject, output, err);
    subject_clear(&subject);
    return result;
}

static const struct fh_field create_fields[] = {
    {.name = "name",
     .type = "name",
     .flags = FH_FIELD_REQUIRED,
     .help = "what to call the catalog"},
    {.name = "connection",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the network connection; fixed for the catalog's life"},
    {.name = "image",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the image (`flexhost image list`)"},
    {.name = "persona",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "knowledge-worker, power-worker, task-worker-medium, task-worker-heavy, one of "
             "personas.ini, or custom"},
    {.name = "users",
     .type = "int",
     .flags = FH_FIELD_REQUIRED,
     .min = 1,
     .max = 1000000, /* [limits] has the number that counts */
     .help = "unique users; the number of machines follows"},
    {.name = "desktop-type",
     .type = "enum",
     .values = "static|random|multi-session",
     .help =
         "static (a user keeps the machine), random or multi-session (default: by the persona)"},
    {.name = "subscription",
     .type = "string",
     .help = "must be the connection's; for scripts that want to be sure"},
    {.name = "region",
     .type = "region",
     .help = "must be the connection's; for scripts that want to be sure"},
    {.name = "naming-scheme",
     .type = "string",
     .max = 32,
     .help = "machine names, with 1 to 4 '#' together, e.g. PC-Sales-## (default: DAS, 8 and 2 "
             "derived characters, ###)"},
    {.name = "naming-type",
     .type = "enum",
     .values = "digits|letters",
     .default_value = "digits",
     .help = "what stands for '#'"},
    {.name = "size",
     .type = "string",
     .max = 64,
     .help = "persona custom: the machine size, e.g. Standard_D4s_v5"},
    {.name = "disk-gib",
     .type = "int",
     .min = 30,
     .max = 4095,
     .help = "persona custom: the OS disk in GiB (default: as the image)"},
    {.name = "disk-sku",
     .type = "enum",
     .values = "Premium_LRS|StandardSSD_LRS|Standard_LRS|Premium_ZRS|StandardSSD_ZRS",
     .help = "persona custom: the OS disk's storage (default: Premium_LRS)"},
    {.name = "users-per-machine",
     .type = "int",
     .min = 1,
     .max = 100,
     .help = "persona custom, multi-session: users a machine"},
    {.name = "domain-type",
     .type = "enum",
     .values = "not-joined|active-directory",
     .default_value = "not-joined",
     .help = "whether the machines join a domain"},
    {.name = "domain", .type = "fqdn", .help = "active-directory: the domain's full name"},
    {.name = "ou",
     .type = "string",
     .max = 512,
     .help = "active-directory: the organizational unit, e.g. OU=VDA,DC=corp,DC=example"},
    {.name = "service-account",
     .type = "string",
     .max = 256,
     .help = "active-directory: the account that joins, e.g. corp.example\\svc-join"},
    {.name = "service-account-password",
     .type = "secret",
     .help = "active-directory: its password"},
    {.name = "secure-boot",
     .type = "bool",
     .default_value = "no",
     .help = "Secure Boot and a virtual TPM (generation 2 images)"},
};
static const struct fh_field name_field[] = {{.name = "name",
                                              .type = "string",
                                              .flags = FH_FIELD_REQUIRED,
                                              .help = "the catalog's name or id"}};
static const struct column columns[] = {
    {"name", "NAME"},         {"statusLabel", "STATUS"}, {"desktopType", "TYPE"},
    {"machines", "MACHINES"}, {"users", "USERS"},        {"connection", "CONNECTION"},
    {"image", "IMAGE"},       {"region", "REGION"},      {"message", "MESSAGE"}};
static const struct command commands[] = {
    {.noun = "catalog",
     .verb = "create",
     .summary = "Create a catalog and its machines",
     .description = "A machine is one virtual machine with its interface and disk, spread over the "
                    "availability zones of the "
                    "region; without capacity in a zone the next zone is tried, then the backup "
                    "sizes of the persona.",
     .permission = "catalog/create",
     .flags = COMMAND_CHANGES,
     .fields = create_fields,
     .field_count = sizeof create_fields / sizeof *create_fields,
     .positional = "name",
     .secret_at_need = "service-account-password domain-type active-directory",
     .columns = columns,
     .column_count = 9,
     .example = "flexhost catalog create sales --connection lab --image ubuntu-22-04-multi "
                "--persona task-worker-heavy --users 20",
     .run = create},
    {.noun = "catalog",
     .verb = "list",
     .summary = "List the catalogs",
     .permission = "catalog/read",
     .columns = columns,
     .column_count = 9,
     .example = "flexhost catalog list",
     .run = list},
    {.noun = "catalog",
     .verb = "show",
     .summary = "Show a catalog and how many of its machines exist",
     .permission = "catalog/read",
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .columns = columns,
     .column_count = 9,
     .example = "flexhost catalog show sales",
     .run = show},
    {.noun = "catalog",
     .verb = "delete",
     .summary = "Delete a catalog with all its machines, disks and network interfaces",
     .permission = "catalog/delete",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .acknowledgement =
         "all machines of the catalog, their disks and network interfaces will be removed.",
     .example = "flexhost catalog delete sales --yes",
     .run = delete_catalog},
};

struct noun noun_catalog(void)
{
    return (struct noun){"catalog", "Catalogs: groups of identical machines", commands,
                         sizeof commands / sizeof *commands};
}
