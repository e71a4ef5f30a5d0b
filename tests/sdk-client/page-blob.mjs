// SPDX-License-Identifier: Apache-2.0
// page-blob.mjs FILE: puts a file into a page blob of BLOB_URL, without pages that hold nothing, and prints a URL
// that may read it.
import { readFileSync } from 'node:fs';
import { BlobServiceClient, BlobSASPermissions, StorageSharedKeyCredential,
  generateBlobSASQueryParameters } from '@azure/storage-blob';

const { BLOB_URL: url, BLOB_ACCOUNT: account, BLOB_KEY: key } = process.env;
const credential = new StorageSharedKeyCredential(account, key);
const name = `vhds-${Date.now()}`, blob = 'master.vhd', part = 1 << 20;
const container = new BlobServiceClient(url, credential).getContainerClient(name);
const data = readFileSync(process.argv[2]);
const pages = container.getPageBlobClient(blob);

await container.create();
await pages.create(data.length);
for (let at = 0; at < data.length; at += part) {
  const bytes = data.subarray(at, at + part);
  if (bytes.some(byte => byte !== 0)) await pages.uploadPages(bytes, at, bytes.length);
}
console.log(`${url}/${name}/${blob}?` + generateBlobSASQueryParameters({ containerName: name, blobName: blob,
  permissions: BlobSASPermissions.parse('r'), expiresOn: new Date(Date.now() + 3 * 3600e3) }, credential));
