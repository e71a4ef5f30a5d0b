/* SPDX-License-Identifier: Apache-2.0 */
/* Token requests for each kind of credential, and refusals in words an operator can act on. */
#include "azure/token_request.h"

#include "azure/assertion.h"
#include "azure/url.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_LIFE_S = 300, LONGEST_LIFE_S = 7 * 24 * 3600 };

static void wipe_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

void token_request_clear(struct token_request *request)
{
    free(request->url);
    wipe_free(request->body);
    memset(request, 0, sizeof *request);
}

void token_answer_clear(struct token_answer *answer)
{
    wipe_free(answer->token);
    memset(answer, 0, sizeof *answer);
}

static const char *scope_end(const char *audience)
{
    size_t length = strlen(audience);
    return length > 0 && audience[length - 1] == '/' ? ".default" : "/.default";
}

char *token_scope(const struct token_settings *settings)
{
    char *plain = text_format("%s%s", settings->audience, scope_end(settings->audience));
    char *scope = plain ? url_encode(plain) : NULL;
    free(plain);
    return scope;
}

static int make_body(const struct token_settings *settings, const struct arm_credential *credential,
                     const char *name, const char *value, struct token_request *request)
{
    char *id = url_encode(credential->client_id);
    char *scope = token_scope(settings);
    char *encoded = url_encode(value);
    if (id && scope && encoded) {
        struct text body = {.secret = true};
        text_printf(&body, "grant_type=client_credentials&client_id=%s&scope=%s&%s=%s", id, scope,
                    name, encoded);
        request->body = text_take(&body);
    }
    free(id);
    free(scope);
    wipe_free(encoded);
    return request->body ? 0 : -1;
}

static int add_secret(const struct token_settings *settings,
                      const struct arm_credential *credential, const char *value,
                      struct token_request *request, struct error *err)
{
    /* A file that an editor wrote ends with a line break; no secret does. */
    char *secret = strndup(value, strcspn(value, "\r\n"));
    if (secret && !*secret) {
        free(secret);
        return error_set(err, ERROR_CREDENTIALS, NULL, "the client secret is empty");
    }
    int result = secret ? make_body(settings, credential, "client_secret", secret, request) : -1;
    wipe_free(secret);
    return result == 0 ? 0 : error_no_memory(err);
}

static int add_assertion(const struct token_settings *settings,
                         const struct arm_credential *credential, const char *value, size_t length,
                         struct token_request *request, struct error *err)
{
    char *jwt = NULL;
    if (assertion_make(value, length, request->url, credential->client_id,
                       loop_clock(settings->loop), &jwt, err) != 0)
        return -1;
    int result = make_body(settings, credential,
                           "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-"
                           "type%3Ajwt-bearer&client_assertion",
                           jwt, request);
    wipe_free(jwt);
    return result == 0 ? 0 : error_no_memory(err);
}

static int make_metadata_request(const struct token_settings *settings,
                                 const struct arm_credential *credential,
                                 struct token_request *request, struct error *err)
{
    char *resource = url_encode(settings->audience);
    char *id = url_encode(credential->client_id ? credential->client_id : "");
    if (resource && id)
        request->url = text_format("%s/metadata/identity/oauth2/token?api-version=2018-02-01"
                                   "&resource=%s%s%s",
                                   settings->metadata, resource, *id ? "&client_id=" : "", id);
    free(resource);
    free(id);
    request->method = "GET";
    request->metadata = true;
    return request->url ? 0 : error_no_memory(err);
}

static int make_form_request(const struct token_settings *settings,
                             const struct arm_credential *credential, const char *value,
                             size_t length, struct token_request *request, struct error *err)
{
    char *tenant = url_encode(credential->tenant);
    if (tenant)
        request->url = text_format("%s/%s/oauth2/v2.0/token", settings->authority, tenant);
    free(tenant);
    request->method = "POST";
    if (!request->url)
        return error_no_memory(err);
    if (credential->kind == ARM_CLIENT_CERTIFICATE)
        return add_assertion(settings, credential, value, length, request, err);
    return add_secret(settings, credential, value, request, err);
}

int token_name_credential(const struct arm_credential *credential, struct error *err)
{
    return error_prefix(err, "credential \"%s\" (%s)", credential->name, credential->source);
}

int token_request_make(const struct token_settings *settings,
                       const struct arm_credential *credential, struct token_request *request,
                       struct error *err)
{
    memset(request, 0, sizeof *request);
    if (credential->kind == ARM_MANAGED_IDENTITY)
        return make_metadata_request(settings, credential, request, err);
    char *value = NULL;
    size_t length = 0;
    int result = credential->fetch(credential->context, &value, &length, err);
    if (result == 0) {
        result = make_form_request(settings, credential, value, length, request, err);
        if (credential->release)
            credential->release(value, length);
    }
    if (result == 0)
        return 0;
    token_request_clear(request);
    return token_name_credential(credential, err);
}

/* What Entra ID's codes mean for the operator. %s is the credential's own value where it helps. */
static const struct refusal {
    const char *code;
    const char *sentence;
} refusals[] = {
    {"AADSTS7000215",
     "the client secret is wrong; give the secret's value, not its id (Certificates "
     "& secrets of the application's registration)"},
    {"AADSTS7000222", "the client secret has expired; make a new one in the application's "
                      "registration"},
    {"AADSTS700016", "this tenant has no application with this client id; check client-id and "
                     "tenant, and that the application is admitted to the tenant"},
    {"AADSTS90002", "there is no such tenant; check tenant, and that [azure] authority is that of "
                    "the tenant's cloud"},
    {"AADSTS900023", "the tenant is neither a GUID nor a domain name; check tenant"},
    {"AADSTS700027", "the application does not know this certificate; upload it to the "
                     "application's registration, or check that the PEM holds the right one"},
    {"AADSTS700024", "the time of the sign-in is refused; set this machine's clock"},
    {"AADSTS7000112", "the application is disabled; have an administrator of the tenant enable it"},
    {"AADSTS7000229", "the application has no service principal in this tenant; have an "
                      "administrator of the tenant admit it"},
    {"AADSTS53003", "a Conditional Access policy blocks the sign-in; have an administrator of the "
                    "tenant admit this machine's address"},
    {"AADSTS500011", "the tenant does not know the audience; check [azure] resource-manager and "
                     "audience"},
    {"AADSTS7000218", "the application is not for people; allow public client flows in its "
                      "registration, under Authentication"},
    {"AADSTS65001", "the application is not admitted to the tenant; have an administrator of the "
                    "tenant consent to it"},
    {"AADSTS50020", "the person is not known in this tenant; sign in as somebody who is, or check "
                    "tenant"},
    {"AADSTS50057", "the person's account is disabled"},
    {"AADSTS50076", "the tenant wants another factor of the person"},
    {"AADSTS50079", "the tenant wants another factor of the person"},
    {"AADSTS50105", "the person is not assigned to the application; have an administrator of the "
                    "tenant do so"},
    {"AADSTS50173", "the sign-in was revoked, or the person's password has changed"},
    {"AADSTS70043", "the sign-in has expired by the tenant's policy"},
    {"AADSTS700082", "the sign-in has expired: it was not used for long"},
    {"AADSTS54005", "the code was used up, and the answer to it was lost"},
    {"AADSTS50034", "the tenant does not know the identity; check client-id and tenant"},
};

static const struct refusal *find_refusal(const char *description)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        size_t length = strlen(refusals[i].code);
        const char *found = strstr(description, refusals[i].code);
        if (found && (found[length] < '0' || found[length] > '9'))
            return &refusals[i];
    }
    return NULL;
}

/* "AADSTS7000215: Invalid client secret provided. … Trace ID: …": up to the trace. */
static char *first_sentences(const char *description)
{
    const char *end = strstr(description, "Trace ID:");
    size_t length = end ? (size_t)(end - description) : strlen(description);
    if (length > 400)
        length = 400;
    char *text = strndup(description, length);
    for (char *at = text; at && *at; at++)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f)
            *at = ' ';
    for (size_t end_at = text ? strlen(text) : 0; end_at > 0 && text[end_at - 1] == ' ';)
        text[--end_at] = '\0';
    return text;
}

char *token_refusal_text(const json_t *body)
{
    const char *description = json_string_value(json_object_get(body, "error_description"));
    const char *code = json_string_value(json_object_get(body, "error"));
    const struct refusal *known = description ? find_refusal(description) : NULL;
    if (known)
        return text_format("%s [%s]", known->sentence, known->code);
    return first_sentences(description ? description : code ? code : "no reason is given");
}

int token_refuse(const struct arm_credential *credential, int status, const json_t *body,
                 struct error *err)
{
    const char *description = json_string_value(json_object_get(body, "error_description"));
    const char *code = json_string_value(json_object_get(body, "error"));
    const struct refusal *known = description ? find_refusal(description) : NULL;
    char *said = first_sentences(description ? description : code ? code : "");
    if (known)
        error_set(err, ERROR_CREDENTIALS, NULL,
                  "credential \"%s\" (%s): tenant %s, client id %s: %s [%s]", credential->name,
                  credential->source, credential->tenant ? credential->tenant : "",
                  credential->client_id ? credential->client_id : "", known->sentence, known->code);
    else if (credential->kind == ARM_MANAGED_IDENTITY)
        error_set(err, ERROR_CREDENTIALS, NULL,
                  "credential \"%s\" (%s): the metadata service gave no token (HTTP %d%s%s); give "
                  "this machine a managed identity, or name the right one in client-id",
                  credential->name, credential->source, status, said && *said ? ": " : "",
                  said ? said : "");
    else
        error_set(err, ERROR_CREDENTIALS, NULL,
                  "credential \"%s\" (%s): sign-in was refused (HTTP %d%s%s)", credential->name,
                  credential->source, status, said && *said ? ": " : "", said ? said : "");
    free(said);
    return -1;
}

/* A number in v2.0, a string at the metadata service. */
static int64_t read_life_ms(const json_t *value)
{
    long long seconds = json_is_string(value) ? strtoll(json_string_value(value), NULL, 10)
                                              : (long long)json_integer_value(value);
    if (seconds <= 0)
        seconds = DEFAULT_LIFE_S;
    if (seconds > LONGEST_LIFE_S)
        seconds = LONGEST_LIFE_S;
    return (int64_t)seconds * 1000;
}

bool token_is_word(const char *text, size_t most)
{
    size_t length = text ? strlen(text) : 0;
    if (length == 0 || length > most)
        return false;
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

int token_take(const struct arm_credential *credential, const json_t *body,
               struct token_answer *answer, struct error *err)
{
    const json_t *value = json_object_get(body, "access_token");
    const char *token = json_string_value(value);
    if (!token_is_word(token, SIZE_MAX)) {
        answer->again = true;
        return error_set(err, ERROR_CREDENTIALS, NULL,
                         "credential \"%s\" (%s): the answer holds no access_token; check [azure] "
                         "authority",
                         credential->name, credential->source);
    }
    answer->token = strdup(token);
    answer->life_ms = read_life_ms(json_object_get(body, "expires_in"));
    /* Jansson frees its copy without wiping it. */
    OPENSSL_cleanse((char *)token, json_string_length(value));
    return answer->token ? 0 : error_no_memory(err);
}

bool token_may_do_later(const struct arm_credential *credential, int status)
{
    /* 404 and 410: the metadata service is starting or being updated. */
    if (credential->kind == ARM_MANAGED_IDENTITY && (status == 404 || status == 410))
        return true;
    return status == 429 || status == 408 || status >= 500;
}

int token_no_answer(const struct arm_credential *credential, const struct http_response *response,
                    struct token_answer *answer, struct error *err)
{
    answer->again = !response->lasting;
    return error_set(err, response->lasting ? ERROR_USAGE : ERROR_RETRY, NULL,
                     "credential \"%s\" (%s): no token: %s", credential->name, credential->source,
                     response->reason ? response->reason : "no answer");
}

int token_answer_read(const struct arm_credential *credential, const struct http_response *response,
                      struct token_answer *answer, struct error *err)
{
    memset(answer, 0, sizeof *answer);
    if (response->failure != TRANSPORT_OK)
        return token_no_answer(credential, response, answer, err);
    json_t *body = json_loadb(response->body, response->body_length, 0, NULL);
    int result;
    if (response->status == 200) {
        result = token_take(credential, body, answer, err);
    } else {
        answer->again = token_may_do_later(credential, response->status);
        result = token_refuse(credential, response->status, body, err);
    }
    json_decref(body);
    return result;
}
