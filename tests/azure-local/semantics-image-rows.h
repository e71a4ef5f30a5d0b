/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of semantics.c about disks, snapshots, images and vaults. */
#define DISK(CREATION, MORE)                                                                       \
    "{\"location\":\"eastus\",\"properties\":{\"creationData\":{" CREATION "}" MORE "}}"
#define EMPTY_DISK    DISK("\"createOption\":\"Empty\"", ",\"diskSizeGB\":4")
#define COPY(ID)      "\"createOption\":\"Copy\",\"sourceResourceId\":\"" ID "\""
#define UPLOAD(BYTES) "\"createOption\":\"Upload\",\"uploadSizeBytes\":" BYTES
#define GRANT(LEVEL)  "{\"access\":\"" LEVEL "\",\"durationInSeconds\":3600}"
#define DEFINITION(STATE, SKU, MORE)                                                               \
    "{\"location\":\"eastus\",\"properties\":{\"osType\":\"Linux\",\"osState\":\"" STATE           \
    "\",\"hyperVGeneration\":\"V2\",\"identifier\":{\"publisher\":\"p\",\"offer\":\"o\",\"sku\":"  \
    "\"" SKU "\"}" MORE "}}"
#define VERSION_OF(SOURCE, REGIONS)                                                                \
    "{\"location\":\"eastus\",\"properties\":{\"storageProfile\":{\"osDiskImage\":{\"source\":{"   \
    "\"id\":\"" SOURCE "\"}}},\"publishingProfile\":{\"targetRegions\":[" REGIONS "]}}}"
#define IMAGED(LOCATION, IMAGE, PROFILE, SUBNET_ID, MORE)                                          \
    "{\"location\":\"" LOCATION                                                                    \
    "\",\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_D2s_v5\"},\"storageProfile\":{" \
    "\"imageReference\":{\"id\":\"" IMAGE                                                          \
    "\"},\"osDisk\":{\"name\":\"seed-os\",\"createOption\":\"FromImage\","                         \
    "\"deleteOption\":\"Delete\"}}" PROFILE ",\"networkProfile\":{\"networkApiVersion\":"          \
    "\"2020-11-01\",\"networkInterfaceConfigurations\":[{\"name\":\"nic\",\"properties\":{"        \
    "\"primary\":true,\"deleteOption\":\"Delete\",\"ipConfigurations\":[{\"name\":\"ip\","         \
    "\"properties\":{\"subnet\":{\"id\":\"" SUBNET_ID "\"}}}]}}]}" MORE "}}"
#define SIGNED_IN                                                                                  \
    ",\"osProfile\":{\"computerName\":\"seed\",\"adminUsername\":\"operator\",\"adminPassword\":"  \
    "\"Not-a-real-1\"}"
#define TRUSTED ",\"securityProfile\":{\"securityType\":\"TrustedLaunch\"}"
#define VAULT(MORE)                                                                                \
    "{\"location\":\"eastus\",\"properties\":{\"tenantId\":\"" TENANT                              \
    "\",\"sku\":{\"family\":\"A\",\"name\":\"standard\"}" MORE "}}"
#define KEEPER "@G/providers/Microsoft.KeyVault/vaults/"
#define PURGED "@S/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/keeper"

static const struct row image_rows[] = {
    /* Disks. */
    {"an upload that is too small", HOST, "PUT", "@M/disks/up", DISK(UPLOAD("20971520"), ""), 400,
     "InvalidParameter"},
    {"an upload that is no multiple", HOST, "PUT", "@M/disks/up", DISK(UPLOAD("20972033"), ""), 400,
     "InvalidParameter"},
    {"an upload without its size", HOST, "PUT", "@M/disks/up",
     DISK("\"createOption\":\"Upload\"", ""), 400, "InvalidParameter"},
    {"an upload", HOST, "PUT", "@M/disks/up",
     DISK(UPLOAD("1073742336"), ",\"osType\":\"Linux\",\"hyperVGeneration\":\"V2\""), 202, NULL},
    {"waits for its pages", HOST, "GET", "@M/disks/up", NULL, 200, NULL,
     "properties.diskState=ReadyToUpload"},
    {"can't be read", HOST, "POST", "@M/disks/up/beginGetAccess", GRANT("Read"), 409,
     "OperationNotAllowed"},
    {"no access for no time", HOST, "POST", "@M/disks/up/beginGetAccess",
     "{\"access\":\"Write\",\"durationInSeconds\":0}", 400, "InvalidParameter"},
    {"can't be copied", HOST, "PUT", "@M/snapshots/early", DISK(COPY("@M/disks/up"), ""), 409,
     "OperationNotAllowed"},
    {"may be written", HOST, "POST", "@M/disks/up/beginGetAccess", GRANT("Write"), 202, NULL},
    {"is being written", HOST, "GET", "@M/disks/up", NULL, 200, NULL,
     "properties.diskState=ActiveUpload"},
    {"can't go meanwhile", HOST, "DELETE", "@M/disks/up", NULL, 409, "OperationNotAllowed"},
    {"ends without a VHD", HOST, "POST", "@M/disks/up/endGetAccess", NULL, 202, NULL},
    {"is to be written again", HOST, "GET", "@M/disks/up", NULL, 200, NULL,
     "properties.diskState=ReadyToUpload"},
    {"and goes", HOST, "DELETE", "@M/disks/up", NULL, 202, NULL},
    {"a disk of generation 1 is not trusted", HOST, "PUT", "@M/disks/golden",
     DISK("\"createOption\":\"Empty\"",
          ",\"diskSizeGB\":4,\"hyperVGeneration\":\"V1\",\"securityProfile\":{\"securityType\":"
          "\"TrustedLaunch\"}"),
     400, "BadRequest"},
    {"a disk", HOST, "PUT", "@M/disks/golden",
     DISK("\"createOption\":\"Empty\"",
          ",\"diskSizeGB\":4,\"osType\":\"Linux\",\"hyperVGeneration\":\"V2\""),
     202, NULL},
    {"is encrypted as usual", HOST, "GET", "@M/disks/golden", NULL, 200, NULL,
     "properties.encryption.type=EncryptionAtRestWithPlatformKey"},
    {"can't be written", HOST, "POST", "@M/disks/golden/beginGetAccess", GRANT("Write"), 409,
     "OperationNotAllowed"},
    {"may be read", HOST, "POST", "@M/disks/golden/beginGetAccess", GRANT("Read"), 202, NULL},
    {"is being read", HOST, "GET", "@M/disks/golden", NULL, 200, NULL,
     "properties.diskState=ActiveSAS"},
    {"stays", HOST, "DELETE", "@M/disks/golden", NULL, 409, "OperationNotAllowed"},
    {"is let go", HOST, "POST", "@M/disks/golden/endGetAccess", NULL, 202, NULL},
    {"is free", HOST, "GET", "@M/disks/golden", NULL, 200, NULL, "properties.diskState=Unattached"},
    {"a key that there is not", HOST, "PUT", "@M/disks/locked",
     DISK("\"createOption\":\"Empty\"",
          ",\"diskSizeGB\":4,\"encryption\":{\"type\":\"EncryptionAtRestWithCustomerKey\","
          "\"diskEncryptionSetId\":\"@M/diskEncryptionSets/none\"}"),
     404, "ResourceNotFound"},

    /* Snapshots. */
    {"a snapshot of nothing", HOST, "PUT", "@M/snapshots/first", DISK(COPY("@M/disks/none"), ""),
     404, "ResourceNotFound"},
    {"a snapshot", HOST, "PUT", "@M/snapshots/first",
     DISK(COPY("@M/disks/golden"), ",\"incremental\":true"), 202, NULL},
    {"knows its size", HOST, "GET", "@M/snapshots/first", NULL, 200, NULL,
     "properties.diskSizeGB=4"},
    {"stays incremental", HOST, "PUT", "@M/snapshots/first",
     DISK(COPY("@M/disks/golden"), ",\"incremental\":false"), 409, "PropertyChangeNotAllowed"},
    {"a disk of it", HOST, "PUT", "@M/disks/again", DISK(COPY("@M/snapshots/first"), ""), 202,
     NULL},
    {"is as big", HOST, "GET", "@M/disks/again", NULL, 200, NULL, "properties.diskSizeGB=4"},
    {"can't be smaller", HOST, "PUT", "@M/disks/small",
     DISK(COPY("@M/snapshots/first"), ",\"diskSizeGB\":2"), 400, "InvalidParameter"},

    /* Galleries. */
    {"a gallery of one's own", HOST, "PUT", "@M/galleries/golden",
     "{\"location\":\"eastus\",\"properties\":{}}", 201, NULL},
    {"trust that needs generation 2", HOST, "PUT", "@M/galleries/golden/images/old",
     "{\"location\":\"eastus\",\"properties\":{\"osType\":\"Linux\",\"osState\":\"Generalized\","
     "\"identifier\":{\"publisher\":\"p\",\"offer\":\"o\",\"sku\":\"old\"},\"features\":[{\"name\":"
     "\"SecurityType\",\"value\":\"TrustedLaunch\"}]}}",
     400, "InvalidParameter"},
    {"a definition", HOST, "PUT", "@M/galleries/golden/images/plain",
     DEFINITION("Specialized", "plain", ""), 201, NULL},
    {"the same sku", HOST, "PUT", "@M/galleries/golden/images/other",
     DEFINITION("Specialized", "plain", ""), 409, "Conflict"},
    {"another state", HOST, "PUT", "@M/galleries/golden/images/plain",
     DEFINITION("Generalized", "plain", ""), 409, "PropertyChangeNotAllowed"},
    {"no version yet", HOST, "PUT", "@M/virtualMachines/seed",
     IMAGED("eastus", "@M/galleries/golden/images/plain", "", DESK, ""), 404,
     "GalleryImageNotFound"},
    {"a version that leaves home out", HOST, "PUT",
     "@M/galleries/golden/images/plain/versions/1.0.0",
     VERSION_OF("@M/snapshots/first", "{\"name\":\"West US 3\"}"), 400, "InvalidParameter"},
    {"a version in no region", HOST, "PUT", "@M/galleries/golden/images/plain/versions/1.0.0",
     VERSION_OF("@M/snapshots/first", "{\"name\":\"Atlantis\"}"), 400, "InvalidParameter"},
    {"a version of nothing", HOST, "PUT", "@M/galleries/golden/images/plain/versions/1.0.0",
     VERSION_OF("@M/snapshots/none", "{\"name\":\"East US\"}"), 404, "ResourceNotFound"},
    {"a version", HOST, "PUT", "@M/galleries/golden/images/plain/versions/1.0.0",
     VERSION_OF("@M/snapshots/first", "{\"name\":\"eastus\",\"regionalReplicaCount\":2}"), 201,
     NULL, "properties.provisioningState=Creating", true},
    {"is being replicated", HOST, "GET",
     "@M/galleries/golden/images/plain/versions/1.0.0?$expand=ReplicationStatus", NULL, 200, NULL,
     "properties.replicationStatus.aggregatedState=InProgress", false, 600},
    {"is replicated", HOST, "GET",
     "@M/galleries/golden/images/plain/versions/1.0.0?$expand=ReplicationStatus", NULL, 200, NULL,
     "properties.replicationStatus.summary.0.state=Completed"},
    {"not to the west", HOST, "PUT", "@M/virtualMachines/seed",
     IMAGED("westus3", "@M/galleries/golden/images/plain", "", WEST, ""), 404,
     "GalleryImageNotFound"},
    {"not for trusted machines", HOST, "PUT", "@M/virtualMachines/seed",
     IMAGED("eastus", "@M/galleries/golden/images/plain", "", DESK, TRUSTED), 400, "BadRequest"},
    {"its definition stays", HOST, "DELETE", "@M/galleries/golden/images/plain", NULL, 409,
     "CannotDeleteResource"},
    {"a machine of it", HOST, "PUT", "@M/virtualMachines/seed",
     IMAGED("eastus", "@M/galleries/golden/images/plain", "", DESK, ""), 201, NULL, NULL, false,
     120},
    {"is as big as its image", HOST, "GET", "@M/virtualMachines/seed", NULL, 200, NULL,
     "properties.storageProfile.osDisk.diskSizeGB=4"},
    {"its disk keeps its name", HOST, "PATCH", "@M/virtualMachines/seed",
     "{\"properties\":{\"storageProfile\":{\"osDisk\":{\"createOption\":\"FromImage\",\"name\":"
     "\"another\"}}}}",
     409, "PropertyChangeNotAllowed"},
    {"no swap while it runs", HOST, "PATCH", "@M/virtualMachines/seed",
     "{\"properties\":{\"storageProfile\":{\"osDisk\":{\"createOption\":\"FromImage\",\"name\":"
     "\"golden\",\"managedDisk\":{\"id\":\"@M/disks/golden\"}}}}}",
     409, "PropertyChangeNotAllowed"},
    {"a disk that somebody has", HOST, "PUT", "@M/virtualMachines/sprout",
     IMAGED("eastus", "@M/galleries/golden/images/plain", "", DESK, ""), 409,
     "ConflictingUserInput"},
    {"takes a disk that is free", HOST, "PATCH", "@M/virtualMachines/seed",
     "{\"properties\":{\"storageProfile\":{\"dataDisks\":[{\"lun\":0,\"createOption\":\"Attach\","
     "\"managedDisk\":{\"id\":\"@M/disks/again\"}}]}}}",
     200, NULL},
    {"which is its own then", HOST, "GET", "@M/disks/again", NULL, 200, NULL,
     "properties.diskState=Attached"},
    {"and stays", HOST, "DELETE", "@M/disks/again", NULL, 409, "OperationNotAllowed"},
    {"no generalizing while it runs", HOST, "POST", "@M/virtualMachines/seed/generalize", NULL, 409,
     "OperationNotAllowed"},
    {"no image before that", HOST, "PUT", "@M/images/seed",
     "{\"location\":\"eastus\",\"properties\":{\"sourceVirtualMachine\":{\"id\":"
     "\"@M/virtualMachines/seed\"}}}",
     409, "OperationNotAllowed"},
    {"it is deallocated", HOST, "POST", "@M/virtualMachines/seed/deallocate", NULL, 202, NULL},
    {"its disks are reserved", HOST, "GET", "@M/disks/again", NULL, 200, NULL,
     "properties.diskState=Reserved"},
    {"its disk is another's", HOST, "PATCH", "@M/virtualMachines/seed",
     "{\"properties\":{\"storageProfile\":{\"osDisk\":{\"createOption\":\"FromImage\",\"name\":"
     "\"golden\",\"managedDisk\":{\"id\":"
     "\"@M/disks/golden\"}}}}}",
     200, NULL},
    {"is attached", HOST, "GET", "@M/disks/golden", NULL, 200, NULL,
     "properties.diskState=Reserved"},
    {"the one it had is free", HOST, "DELETE", "@M/disks/seed-os", NULL, 202, NULL},
    {"it is generalized", HOST, "POST", "@M/virtualMachines/seed/generalize", NULL, 200, NULL},
    {"and starts no more", HOST, "POST", "@M/virtualMachines/seed/start", NULL, 409,
     "OperationNotAllowed"},
    {"an image", HOST, "PUT", "@M/images/seed",
     "{\"location\":\"eastus\",\"properties\":{\"sourceVirtualMachine\":{\"id\":"
     "\"@M/virtualMachines/seed\"},\"hyperVGeneration\":\"V2\"}}",
     201, NULL, "properties.storageProfile.osDisk.osType=Linux"},
    {"a machine of an image needs somebody", HOST, "PUT", "@M/virtualMachines/sprout",
     IMAGED("eastus", "@M/images/seed", "", DESK, ""), 400, "InvalidParameter"},
    {"a machine of an image", HOST, "PUT", "@M/virtualMachines/sprout",
     IMAGED("eastus", "@M/images/seed", SIGNED_IN, DESK, ""), 201, NULL},
    {"goes", HOST, "DELETE", "@M/virtualMachines/sprout", NULL, 202, NULL},
    {"the first goes", HOST, "DELETE", "@M/virtualMachines/seed", NULL, 202, NULL},
    {"its OS disk with it", HOST, "GET", "@M/disks/golden", NULL, 404, "ResourceNotFound"},
    {"its data disk is free", HOST, "GET", "@M/disks/again", NULL, 200, NULL,
     "properties.diskState=Unattached"},
    {"and can go now", HOST, "DELETE", "@M/disks/again", NULL, 202, NULL},
    {"the version goes", HOST, "DELETE", "@M/galleries/golden/images/plain/versions/1.0.0", NULL,
     202, NULL},
    {"and its definition", HOST, "DELETE", "@M/galleries/golden/images/plain", NULL, 202, NULL},

    /* Vaults. */
    {"a name that is none", HOST, "PUT", KEEPER "1-keeper", VAULT(""), 400, "VaultNameNotValid"},
    {"no protection", HOST, "PUT", KEEPER "keeper", VAULT(",\"enablePurgeProtection\":false"), 400,
     "BadRequest"},
    {"a vault", HOST, "PUT", KEEPER "keeper",
     VAULT(",\"enablePurgeProtection\":true,\"enableRbacAuthorization\":true"), 201, NULL,
     "properties.softDeleteRetentionInDays=90"},
    {"protection stays", HOST, "PUT", KEEPER "keeper", VAULT(",\"enablePurgeProtection\":false"),
     400, "BadRequest"},
    {"the days stay", HOST, "PUT", KEEPER "keeper", VAULT(",\"softDeleteRetentionInDays\":30"), 400,
     "BadRequest"},
    {"its name is taken", HOST, "POST", "@S/providers/Microsoft.KeyVault/checkNameAvailability",
     "{\"name\":\"keeper\",\"type\":\"Microsoft.KeyVault/vaults\"}", 200, NULL,
     "nameAvailable=false"},
    {"a key by the resource manager", HOST, "PUT", KEEPER "keeper/keys/first",
     "{\"properties\":{\"kty\":\"RSA\",\"keySize\":3072}}", 200, NULL, "properties.keySize=3072"},
    {"is there", HOST, "GET", KEEPER "keeper/keys/first", NULL, 200, NULL, "name=first"},
    {"a policy for somebody", HOST, "PUT", KEEPER "keeper/accessPolicies/add",
     "{\"properties\":{\"accessPolicies\":[{\"tenantId\":\"" TENANT
     "\",\"objectId\":\"66666666-0000-4000-8000-666666666666\",\"permissions\":{\"keys\":[\"get\"]}"
     "}]"
     "}}",
     200, NULL, "properties.accessPolicies.0.permissions.keys.0=get"},
    {"is the vault's", HOST, "GET", KEEPER "keeper", NULL, 200, NULL,
     "properties.accessPolicies.0.permissions.keys.0=get"},
    {"it goes to the trash", HOST, "DELETE", KEEPER "keeper", NULL, 200, NULL},
    {"is found there", HOST, "GET", PURGED, NULL, 200, NULL,
     "properties.purgeProtectionEnabled=true"},
    {"is not purged", HOST, "POST", PURGED "/purge", NULL, 409, "DeletedVaultPurge"},
    {"its name stays taken", HOST, "PUT", KEEPER "keeper", VAULT(""), 409, "ConflictError"},
    {"comes back", HOST, "PUT", KEEPER "keeper", VAULT(",\"createMode\":\"recover\""), 201, NULL,
     "properties.enablePurgeProtection=true"},
    {"with its key", HOST, "GET", KEEPER "keeper/keys/first", NULL, 200, NULL, "name=first"},
    {"an open vault", HOST, "PUT", KEEPER "opened", VAULT(""), 201, NULL},
    {"goes too", HOST, "DELETE", KEEPER "opened", NULL, 200, NULL},
    {"and is purged", HOST, "POST",
     "@S/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/opened/purge", NULL, 200,
     NULL},
};
