/* SPDX-License-Identifier: Apache-2.0 */
/* credential list, sign-in, sign-out. */
#include "azure/sync.h"
#include "command/nouns.h"
#include "command/sign_in.h"
#include "command/sign_in_store.h"
#include "command/text_at.h"

#include <string.h>

static const char *state_of(const json_t *account)
{
    if (!account)
        return "not signed in";
    return json_object_get(account, "refused") ? "refused" : "signed in";
}

/* account: of a person; NULL: nobody's. */
static json_t *person_json(const struct credential_config *credential, const json_t *account)
{
    static const char *const told[] = {"user", "signedInAt", "renewedAt", "until", "refused"};
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "name", credential->name, "type",
                  config_credential_type(credential), "source", credential->source, "tenant",
                  credential->tenant, "clientId", credential->client_id, "state", state_of(account),
                  "signedIn", account != NULL);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (json_object_get(account, told[i]))
            json_object_set(json, told[i], json_object_get(account, told[i]));
    return json;
}

static json_t *credential_json(struct context *context, const struct credential_config *credential,
                               struct error *err)
{
    if (credential->type != CREDENTIAL_DEVICE_CODE)
        return json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "name", credential->name, "type",
                         config_credential_type(credential), "source", credential->source, "tenant",
                         credential->tenant, "clientId", credential->client_id);
    json_t *account;
    if (sign_in_account(context, credential, &account, err) < 0)
        return NULL;
    json_t *json = person_json(credential, account);
    json_decref(account);
    return json;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    output->result = json_array();
    for (size_t i = 0; i < config->credential_count; i++) {
        json_t *json = credential_json(context, &config->credentials[i], err);
        if (!json)
            return -1;
        json_array_append_new(output->result, json);
    }
    return 0;
}

static const struct credential_config *find_person(struct context *context, const char *name,
                                                   struct error *err)
{
    const struct config *config = context_config(context, err);
    const struct credential_config *credential = config ? config_credential(config, name) : NULL;
    if (!config || (credential && credential->type == CREDENTIAL_DEVICE_CODE))
        return credential;
    if (!credential)
        error_set(err, ERROR_USAGE, "/name", "there is no [credential \"%s\"]", name);
    else
        error_set(err, ERROR_USAGE, "/name",
                  "the credential called \"%s\" (%s) is of type %s, with which nobody has to sign "
                  "in: people do with type = device-code",
                  credential->name, credential->source, config_credential_type(credential));
    return NULL;
}

static int sign_in(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    const struct credential_config *credential =
        find_person(context, text_at(input->fields, "name"), err);
    struct arm *arm = credential && context_store(context, err) ? context_arm(context, err) : NULL;
    if (!arm)
        return -1;
    sign_ins_command(context_sign_ins(context));
    if (arm_sign_in_wait(arm, credential->name, err) < 0)
        return -1;
    output->result = credential_json(context, credential, err);
    if (!output->result)
        return -1;
    const char *user = text_at(output->result, "user");
    context_remark(context, "%s is signed in with the credential \"%s\"",
                   user ? user : "somebody whose name Azure does not tell", credential->name);
    return 0;
}

static int sign_out(struct context *context, const struct command_input *input,
                    struct command_output *output, struct error *err)
{
    const struct credential_config *credential =
        find_person(context, text_at(input->fields, "name"), err);
    struct store *store = credential ? context_store(context, err) : NULL;
    int64_t version = 0;
    if (!store || sign_in_store_version(store, credential->name, &version, err) < 0)
        return -1;
    if (version && sign_in_store_forget(store, credential->name, err) < 0)
        return -1;
    context_remark(context,
                   version ? "the sign-in with the credential \"%s\" is forgotten"
                           : "nobody was signed in with the credential \"%s\"",
                   credential->name);
    output->result = credential_json(context, credential, err);
    return output->result ? 0 : -1;
}

static const struct fh_field name_fields[] = {{.name = "name",
                                               .type = "credential",
                                               .flags = FH_FIELD_REQUIRED,
                                               .help = "a credential of type device-code"}};
static const struct column columns[] = {{"name", "NAME"}, {"type", "TYPE"},   {"state", "STATE"},
                                        {"user", "USER"}, {"until", "UNTIL"}, {"source", "SOURCE"}};

enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct command commands[] = {
    {.noun = "credential",
     .verb = "list",
     .summary = "List the credentials, and who is signed in with those that are for people",
     .description = "Asks Azure nothing: `flexhost doctor` does. The sign-in of a person lasts as "
                    "long as the tenant wills, and is renewed with every use; UNTIL is only there "
                    "when Azure has told it.",
     .permission = "credential/read",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost credential list",
     .run = list},
    {.noun = "credential",
     .verb = "sign-in",
     .summary = "Sign in as a person, such as an administrator",
     .description =
         "Shows a page and a code on standard error, and waits until the code has been entered "
         "there, in a browser on any machine. What Azure gives for it is kept encrypted in the "
         "state folder, and commands sign in with it from then on, also without a terminal. It "
         "takes the place of an earlier sign-in.",
     .permission = "credential/sign-in",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost credential sign-in admin",
     .run = sign_in},
    {.noun = "credential",
     .verb = "sign-out",
     .summary = "Forget the sign-in of a person",
     .description =
         "Removes what was kept from the state folder. Commands that run go on for as long as "
         "their token lives, an hour as a rule. To have Azure refuse the sign-in everywhere, "
         "revoke the person's sessions in the tenant.",
     .permission = "credential/sign-out",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = columns,
     .column_count = COLUMNS,
     .example = "flexhost credential sign-out admin",
     .run = sign_out},
};

struct noun noun_credential(void)
{
    return (struct noun){"credential", "How flexhost signs in to Azure", commands,
                         sizeof commands / sizeof *commands};
}
