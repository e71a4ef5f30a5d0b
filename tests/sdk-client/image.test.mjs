// SPDX-License-Identifier: Apache-2.0
// Microsoft's clients against azure-local: a disk is uploaded, becomes an image, and is encrypted with a key.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { AnonymousCredential, BlobClient, PageBlobClient } from '@azure/storage-blob';
import { KeyClient } from '@azure/keyvault-keys';
import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { all, base, compute, credential, location, managed, options, resources, securityToken, soon, tenant, token }
  from './azure.mjs';

const group = 'sdk-images';
const vaultName = 'sdk-vault';
const megabytes = 32;
const scope = `/subscriptions/${managed}/resourceGroups/${group}`;
const vaults = new KeyVaultManagementClient(credential, managed, options);

// A fixed VHD: nothing but its first page, and the footer.
const footer = size => {
  const bytes = Buffer.alloc(512);
  bytes.write('conectix');
  bytes.writeUInt32BE(2, 8);
  bytes.writeUInt32BE(0x10000, 12);
  bytes.fill(0xff, 16, 24);
  bytes.writeBigUInt64BE(BigInt(size), 40);
  bytes.writeBigUInt64BE(BigInt(size), 48);
  bytes.writeUInt32BE(2, 60);
  bytes.writeUInt32BE(~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
  return bytes;
};
const size = megabytes << 20;
const first = Buffer.alloc(512, 'boot');
const access = async (disk, level) =>
  (await compute.disks.grantAccess(group, disk, { access: level, durationInSeconds: 3600 }, soon)).accessSAS;

before(async () => { await resources.resourceGroups.createOrUpdate(group, { location }); });

test('a disk is uploaded', async () => {
  const disk = { location, osType: 'Linux', hyperVGeneration: 'V2',
    creationData: { createOption: 'Upload', uploadSizeBytes: size + 512 } };
  await compute.disks.createOrUpdate(group, 'golden', disk, soon);
  assert.equal((await compute.disks.get(group, 'golden')).diskState, 'ReadyToUpload');
  const url = await access('golden', 'Write');
  assert.ok(url.startsWith(base), url);
  const blob = new PageBlobClient(url, new AnonymousCredential());
  await blob.uploadPages(first, 0, 512);
  await blob.uploadPages(footer(size), size, 512);
  assert.equal((await compute.disks.get(group, 'golden')).diskState, 'ActiveUpload');
  await compute.disks.revokeAccess(group, 'golden', soon);
  assert.equal((await compute.disks.get(group, 'golden')).diskState, 'Unattached');
  await assert.rejects(blob.uploadPages(first, 0, 512), error => error.statusCode === 403);
});

test('its snapshot has its pages', async () => {
  const source = (await compute.disks.get(group, 'golden')).id;
  await compute.snapshots.createOrUpdate(group, 'shot',
    { location, incremental: true, creationData: { createOption: 'Copy', sourceResourceId: source } }, soon);
  const { accessSAS } = await compute.snapshots.grantAccess(group, 'shot',
    { access: 'Read', durationInSeconds: 600 }, soon);
  const read = await new BlobClient(accessSAS, new AnonymousCredential()).downloadToBuffer(0, 512);
  assert.deepEqual(read, first);
  assert.equal((await compute.snapshots.get(group, 'shot')).diskState, 'ActiveSAS');
  await compute.snapshots.revokeAccess(group, 'shot', soon);
});

test('a gallery version is published', async () => {
  await compute.galleries.createOrUpdate(group, 'shelf', { location }, soon);
  await compute.galleryImages.createOrUpdate(group, 'shelf', 'linux', { location, osType: 'Linux',
    osState: 'Specialized', hyperVGeneration: 'V2', identifier: { publisher: 'p', offer: 'o', sku: 's' },
    features: [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }] }, soon);
  const id = (await compute.snapshots.get(group, 'shot')).id;
  await compute.galleryImageVersions.createOrUpdate(group, 'shelf', 'linux', '1.0.0', { location,
    storageProfile: { osDiskImage: { source: { id } } },
    publishingProfile: { targetRegions: [{ name: 'East US' }, { name: 'West US 3', regionalReplicaCount: 2 }] } }, soon);
  const version = await compute.galleryImageVersions.get(group, 'shelf', 'linux', '1.0.0',
    { expand: 'ReplicationStatus' });
  assert.equal(version.replicationStatus.aggregatedState, 'Completed');
  assert.equal(version.replicationStatus.summary.length, 2);
  await compute.disks.createOrUpdate(group, 'copy', { location,
    creationData: { createOption: 'FromImage', galleryImageReference: { id: version.id } } }, soon);
  const read = await new BlobClient(await access('copy', 'Read'), new AnonymousCredential()).downloadToBuffer(0, 512);
  assert.deepEqual(read, first);
});

test('limits and sizes are told', async () => {
  const usages = await all(compute.usage.list(location));
  assert.ok(usages.some(one => one.name.value === 'standardDSv5Family' && one.limit > 0));
  const skus = await all(compute.resourceSkus.list({ filter: `location eq '${location}'` }));
  assert.ok(skus.every(one => Array.isArray(one.restrictions) && one.capabilities.length > 10));
});

let keys;

test('a vault keeps keys', async () => {
  const vault = await vaults.vaults.beginCreateOrUpdateAndWait(group, vaultName, { location, properties: {
    tenantId: tenant, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true,
    enablePurgeProtection: true } });
  assert.equal(vault.properties.vaultUri, `${base}/_vault/${vaultName}/`);
  // The client wants a vault to have a host name of its own.
  const host = `https://${vaultName}.vault.azure.net`;
  const inward = { name: 'inward', async sendRequest(request, next) {
    request.url = request.url.replace(host, `${base}/_vault/${vaultName}`);
    const answer = await next(request);
    answer.bodyAsText &&= answer.bodyAsText.replaceAll(`${base}/_vault/${vaultName}`, host);
    return answer;
  } };
  keys = new KeyClient(host, credential, { disableChallengeResourceVerification: true,
    additionalPolicies: [{ policy: inward, position: 'perRetry' }], retryOptions: { maxRetries: 0 } });
  await assert.rejects(keys.createRsaKey('early'), error => error.statusCode === 403);
  const answer = await fetch(`${base}/_vault/${vaultName}/keys?api-version=7.5`,
    { headers: { authorization: `Bearer ${await token()}` } });
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get('www-authenticate'), /resource="https:\/\/vault\.azure\.net"/);
  const other = await fetch(`${base}/subscriptions?api-version=2022-12-01`,
    { headers: { authorization: `Bearer ${await token('https://vault.azure.net/.default')}` } });
  assert.equal(other.status, 401);
  assert.equal((await other.json()).error.code, 'InvalidAuthenticationTokenAudience');
});

const grant = async (principal, role, at) => {
  const url = `${base}${at}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}?api-version=2022-04-01`;
  const answer = await fetch(url, { method: 'PUT', headers: { authorization: `Bearer ${await securityToken()}`,
    'content-type': 'application/json' }, body: JSON.stringify({ properties: { principalId: principal,
    roleDefinitionId: `/subscriptions/${managed}/providers/Microsoft.Authorization/roleDefinitions/${role}` } }) });
  assert.equal(answer.status, 201, await answer.text());
};

test('keys are made, brought, turned over and found again', async () => {
  await grant('44444444-0000-4000-8000-444444444444', '14b46e9e-c2b7-41b4-b07b-48a6ebf60603', scope);
  const own = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' });
  const bytes = Object.fromEntries(Object.entries(own).map(([name, value]) =>
    [name, name === 'kty' ? value : Buffer.from(value, 'base64url')]));
  const brought = await keys.importKey('brought', bytes);
  assert.equal(brought.keyType, 'RSA');
  assert.deepEqual(Buffer.from(brought.key.n), bytes.n);
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
  await assert.rejects(keys.importKey('small', Object.fromEntries(Object.entries(small).map(([name, value]) =>
    [name, name === 'kty' ? value : Buffer.from(value, 'base64url')]))), error => error.code === 'BadParameter');
  const made = await keys.createRsaKey('disks', { keySize: 4096 });
  await keys.updateKeyRotationPolicy('disks', { expiresIn: 'P90D',
    lifetimeActions: [{ action: 'Rotate', timeAfterCreate: 'P30D' }] });
  await assert.rejects(keys.updateKeyRotationPolicy('disks', { expiresIn: 'P20D' }),
    error => error.code === 'BadParameter');
  const turned = await keys.rotateKey('disks');
  assert.notEqual(turned.properties.version, made.properties.version);
  assert.ok(turned.properties.expiresOn > new Date());
  assert.equal((await all(keys.listPropertiesOfKeyVersions('disks'))).length, 2);
  assert.equal((await all(keys.listPropertiesOfKeys())).length, 2);
  await (await keys.beginDeleteKey('brought', soon)).pollUntilDone();
  await assert.rejects(keys.getKey('brought'), error => error.code === 'KeyNotFound');
  await assert.rejects(keys.purgeDeletedKey('brought'), error => error.statusCode === 403);
  await (await keys.beginRecoverDeletedKey('brought', soon)).pollUntilDone();
  await keys.updateKeyProperties('brought', brought.properties.version, { enabled: false });
  assert.equal((await keys.getKey('brought')).properties.enabled, false);
});

test('a disk is encrypted with a key that its set may use', async () => {
  const vaultId = `${scope}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
  const { version } = (await keys.getKey('disks')).properties;
  const set = await compute.diskEncryptionSets.createOrUpdate(group, 'set', { location,
    identity: { type: 'SystemAssigned' }, encryptionType: 'EncryptionAtRestWithCustomerKey',
    activeKey: { sourceVault: { id: vaultId }, keyUrl: `${base}/_vault/${vaultName}/keys/disks/${version}` },
    rotationToLatestKeyVersionEnabled: true }, soon);
  assert.match(set.identity.principalId, /^[0-9a-f-]{36}$/);
  const disk = { location, diskSizeGB: 4, creationData: { createOption: 'Empty' },
    encryption: { type: 'EncryptionAtRestWithCustomerKey', diskEncryptionSetId: set.id } };
  await assert.rejects(compute.disks.createOrUpdate(group, 'locked', disk, soon),
    error => error.code === 'KeyVaultAccessForbidden');
  await grant(set.identity.principalId, 'e147488a-f6f5-4113-8e2d-b22465e65bf6', vaultId);
  await compute.disks.createOrUpdate(group, 'locked', disk, soon);
  await assert.rejects(compute.diskEncryptionSets.delete(group, 'set', soon),
    error => error.statusCode === 409);
  assert.equal((await all(compute.diskEncryptionSets.listAssociatedResources(group, 'set'))).length, 1);
  await compute.disks.delete(group, 'locked', soon);
  await compute.diskEncryptionSets.delete(group, 'set', soon);
});

test('a vault that is deleted stays known', async () => {
  await vaults.vaults.delete(group, vaultName);
  const gone = await all(vaults.vaults.listDeleted());
  assert.deepEqual(gone.map(one => one.name), [vaultName]);
  await assert.rejects(vaults.vaults.beginPurgeDeletedAndWait(vaultName, location, soon),
    error => error.statusCode === 409);
  await compute.disks.revokeAccess(group, 'copy', soon);
});
