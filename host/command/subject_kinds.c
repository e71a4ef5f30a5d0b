/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of subjects, and what the manual calls their statuses. */
#include "command/admit.h"
#include "command/catalog_plan.h"
#include "command/change.h"
#include "command/key.h"
#include "command/request.h"

#include <string.h>

static const struct subject_kind kinds[] = {
    {.kind = "connection",
     .creating = "Provisioning",
     .updating = "Provisioning",
     .deleting = "Deleting",
     .done = "Complete",
     .failed = "Failed",
     .delete_failed = "DeleteFailed",
     .plan = request_plan,
     .admit = admit_connection,
     .settle = request_settle},
    {.kind = "image",
     .creating = "Pending",
     .updating = "Pending",
     .deleting = "Deleting",
     .done = "Ready",
     .failed = "Failed",
     .delete_failed = "ErrorMasterImageAzureResourceRemovalFailed",
     .lets_go = true,
     .resumes_first = true,
     .plan = request_plan,
     .admit = admit_image,
     .settle = request_settle},
    {.kind = "catalog",
     .creating = "Processing",
     .updating = "Processing",
     .deleting = "Deleting",
     .done = "Active",
     .failed = "Error",
     .delete_failed = "Error",
     .plan = catalog_plan,
     .admit = admit_catalog},
    {.kind = "activity",
     .creating = "Running",
     .updating = "Running",
     .deleting = "Running",
     .done = "Successful",
     .failed = "Failed",
     .delete_failed = "Failed",
     .plan = request_plan,
     .admit = admit_activity,
     .settle = request_settle},
    {.kind = "key",
     .creating = "Provisioning",
     .updating = "Updating",
     .deleting = "Deleting",
     .done = "Ready",
     .failed = "Failed",
     .delete_failed = "DeleteFailed",
     .plan = key_plan,
     .admit = key_admit,
     .settle = key_settle,
     .unkept_mend = "the private key was in the memory of the command that brought it, and is kept "
                    "nowhere: give it again with `flexhost key rotate %s --private-key-file FILE`, "
                    "or delete the key and add it again"},
};

struct label {
    const char *kind;
    const char *status;
    const char *label;
};

static const struct label labels[] = {
    {"connection", "Pending", "Provisioning"},
    {"connection", "Complete", "Ready to use"},
    {"connection", "DeleteFailed", "Deletion failed"},
    {"connection", "RouteTableFailed", "Route table failed"},
    {"image", "Ready", "Ready to use"},
    {"image", "BuilderProvisioning", "Building"},
    {"image", "BuilderActive", "Install apps and updates"},
    {"image", "BuilderStopped", "Powered off"},
    {"image", "BuilderVerifying", "Verifying"},
    {"image", "BuilderRestarting", "Powering on"},
    {"image", "Enumerating", "Verifying"},
    {"image", "ErrorMasterImageAzureResourceRemovalFailed", "Deletion failed"},
    {"image", "ErrorMasterImageProvisioningFailed", "Provisioning failed"},
    {"image", "ErrorMasterImageVerificationFailed", "Verification failed"},
    {"image", "ErrorImportImageUrlNotValid", "The VHD cannot be copied"},
    {"image", "ErrorBuilderServiceAccountInvalid", "Service account refused"},
    {"image", "ErrorBuilderNoQuota", "No quota for the machine"},
    {"key", "Ready", "Ready to use"},
    {"key", "DeleteFailed", "Deletion failed"},
    {"key", "UpdateFailed", "Update failed"},
    {"catalog", "Processing", "Creating"},
    {"catalog", "Active", "Ready to use"},
};

const struct subject_kind *subject_kind_find(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return &kinds[i];
    return NULL;
}

const char *status_label(const char *kind, const char *status)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i].kind, kind) == 0 && strcmp(labels[i].status, status) == 0)
            return labels[i].label;
    return status;
}
