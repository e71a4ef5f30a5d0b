// SPDX-License-Identifier: Apache-2.0
// Microsoft's blob client against azure-local, and the same tests against Azurite, Microsoft's own emulator:
// BLOB_URL, BLOB_ACCOUNT and BLOB_KEY say where; AZURITE is set where Azurite is meant. What it does otherwise
// than Azure has its reason in tests/azure-local/README.md.
import { test, before } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { BlobServiceClient, BlobSASPermissions, BlobClient, ContainerSASPermissions, SASProtocol,
  StorageSharedKeyCredential, generateBlobSASQueryParameters } from '@azure/storage-blob';

const azurite = process.env.AZURITE === 'yes';
const { BLOB_URL: url, BLOB_ACCOUNT: account, BLOB_KEY: key } = process.env;
const credential = new StorageSharedKeyCredential(account, key);
const options = { retryOptions: { maxTries: 1 } };
const service = new BlobServiceClient(url, credential, options);
const name = `pages-${Date.now()}`;
const container = service.getContainerClient(name);
const fails = (promise, status, code) => assert.rejects(promise, error => {
  assert.equal(error.statusCode, status, `${error.statusCode} ${error.code}`);
  if (code) assert.equal(error.code ?? error.details?.errorCode, code);
  return true;
});
const page = fill => Buffer.alloc(512, fill);
const md5 = bytes => createHash('md5').update(bytes).digest();
const text = async response => {
  const parts = [];
  for await (const part of response.readableStreamBody) parts.push(part);
  return Buffer.concat(parts);
};
const signed = (blob, permissions, more = {}) => `${url}/${name}/${blob}?` + generateBlobSASQueryParameters({
  containerName: name, blobName: blob, permissions: BlobSASPermissions.parse(permissions),
  expiresOn: new Date(Date.now() + 3600e3), ...more }, credential);

before(async () => { await container.create(); });

test('containers', async () => {
  await fails(container.create(), 409, 'ContainerAlreadyExists');
  await fails(service.getContainerClient(`${name}-none`).getProperties(), 404);
  await fails(service.getContainerClient('No').create(), 400, azurite ? 'OutOfRangeInput' : 'InvalidResourceName');
  const names = [];
  for await (const one of service.listContainers({ prefix: name })) names.push(one.name);
  assert.deepEqual(names, [name]);
});

test('block blobs in one piece and in blocks', async () => {
  const blob = container.getBlockBlobClient('folder/one.txt');
  await blob.upload('hello', 5, { blobHTTPHeaders: { blobContentType: 'text/plain' }, metadata: { colour: 'blue' } });
  const got = await blob.download(1, 3);
  assert.equal((await text(got)).toString(), 'ell');
  assert.equal(got.contentRange, 'bytes 1-3/5');
  assert.equal(got.contentType, 'text/plain');
  assert.equal(got.metadata.colour, 'blue');
  if (azurite) assert.equal((await text(await blob.download(5))).length, 0);
  else await fails(blob.download(5), 416, 'InvalidRange');
  const blocks = container.getBlockBlobClient('folder/two.txt');
  const ids = ['a', 'b'].map(id => Buffer.from(id).toString('base64'));
  await blocks.stageBlock(ids[0], 'one ', 4);
  await blocks.stageBlock(ids[1], 'two', 3);
  await fails(blocks.download(), 404, 'BlobNotFound');
  await fails(blocks.commitBlockList([...ids, Buffer.from('c').toString('base64')]), 400, 'InvalidBlockList');
  await blocks.commitBlockList(ids);
  assert.equal((await text(await blocks.download())).toString(), 'one two');
  assert.deepEqual((await blocks.getBlockList('committed')).committedBlocks.map(one => Number(one.size)), [4, 3]);
});

test('append blobs', async () => {
  const blob = container.getAppendBlobClient('log');
  await blob.create();
  assert.equal((await blob.appendBlock('one ', 4)).blobAppendOffset, '0');
  await blob.appendBlock('two', 3, { conditions: { appendPosition: 4 } });
  await fails(blob.appendBlock('x', 1, { conditions: { appendPosition: 1 } }), 412, 'AppendPositionConditionNotMet');
  assert.equal((await text(await blob.download())).toString(), 'one two');
});

test('lists have pages, prefixes and folders', async () => {
  const names = [];
  let pages = 0;
  for await (const one of container.listBlobsFlat({ prefix: 'folder/' }).byPage({ maxPageSize: 1 })) {
    pages++;
    names.push(...one.segment.blobItems.map(item => item.name));
  }
  assert.deepEqual(names, ['folder/one.txt', 'folder/two.txt']);
  assert.ok(pages >= 2);
  const seen = [];
  for await (const one of container.listBlobsByHierarchy('/')) seen.push(`${one.kind} ${one.name}`);
  assert.ok(seen.includes('prefix folder/') && seen.includes('blob log'), seen.join());
});

test('page blobs', async () => {
  const blob = container.getPageBlobClient('disk');
  await fails(blob.create(1000), 400, azurite ? 'InvalidOperation' : 'InvalidHeaderValue');
  await blob.create(8 * 1024 ** 3); // mostly holes
  const outside = azurite ? 'Requested Range Not Satisfiable' : 'InvalidPageRange';
  const made = await blob.getProperties();
  assert.equal(made.contentLength, 8 * 1024 ** 3);
  assert.equal(made.blobType, 'PageBlob');
  await blob.uploadPages(page('a'), 0, 512, { transactionalContentMD5: md5(page('a')) });
  await blob.uploadPages(Buffer.alloc(4 << 20, 'b'), 1 << 20, 4 << 20);
  await fails(blob.uploadPages(page('a'), 0, 512, { transactionalContentMD5: md5(page('b')) }), 400, 'Md5Mismatch');
  await fails(blob.uploadPages(page('a'), 100, 512), 416, outside);
  await fails(blob.uploadPages(page('a'), 8 * 1024 ** 3, 512), 416, outside);
  const ranges = async (...range) => (await blob.getPageRanges(...range)).pageRange
    .map(one => [one.offset, one.count + 1]); // the client counts one too few
  assert.deepEqual(await ranges(0, 8 * 1024 ** 3), [[0, 512], [1 << 20, 4 << 20]]);
  await blob.clearPages(2 << 20, 1 << 20);
  assert.deepEqual(await ranges(0, 8 * 1024 ** 3), [[0, 512], [1 << 20, 1 << 20], [3 << 20, 2 << 20]]);
  assert.deepEqual(await ranges(3 << 20, 512), [[3 << 20, 512]]);
  const part = await text(await blob.download((2 << 20) - 512, 1024));
  assert.deepEqual(part, Buffer.concat([page('b'), page(0)]));
  const summed = await blob.download(0, 512, { rangeGetContentMD5: true });
  assert.deepEqual(Buffer.from(summed.contentMD5), md5(page('a')));
  await blob.resize(1 << 20);
  assert.equal((await blob.getProperties()).contentLength, 1 << 20);
  await blob.updateSequenceNumber('update', 7);
  await fails(blob.uploadPages(page('c'), 0, 512, { conditions: { ifSequenceNumberLessThan: 5 } }), 412,
    'SequenceNumberConditionNotMet');
});

test('conditions', async () => {
  const blob = container.getPageBlobClient('disk');
  const { etag, lastModified } = await blob.getProperties();
  await blob.uploadPages(page('d'), 0, 512, { conditions: { ifMatch: etag } });
  await fails(blob.uploadPages(page('d'), 0, 512, { conditions: { ifMatch: etag } }), 412, 'ConditionNotMet');
  await fails(blob.download(0, 512, { conditions: { ifMatch: etag } }), 412, 'ConditionNotMet');
  await fails(blob.download(0, 512, { conditions: { ifUnmodifiedSince: new Date(lastModified - 60e3) } }), 412,
    'ConditionNotMet');
  await fails(container.getBlockBlobClient('log').upload('', 0, { conditions: { ifNoneMatch: '*' } }), 409,
    'BlobAlreadyExists');
});

test('properties and metadata', async () => {
  const blob = container.getBlobClient('folder/one.txt');
  await blob.setMetadata({ colour: 'red' });
  await blob.setHTTPHeaders({ blobContentType: 'text/csv', blobContentLanguage: 'fi' });
  const now = await blob.getProperties();
  assert.equal(now.metadata.colour, 'red');
  assert.equal(now.contentType, 'text/csv');
  assert.equal(now.contentLanguage, 'fi');
  await blob.delete();
  await fails(blob.delete(), 404, 'BlobNotFound');
  await fails(blob.getProperties(), 404);
});

test('signatures open what they say, and no more', async () => {
  const unsigned = azurite ? 'AuthorizationFailure' : 'AuthenticationFailed';
  const ask = (...given) => new BlobClient(signed('disk', ...given), undefined, options);
  assert.equal((await text(await ask('r').download(0, 512))).length, 512);
  await fails(new BlobClient(signed('log', 'r').replace('/log?', '/disk?'), undefined, options).download(), 403,
    unsigned);
  await fails(ask('r', { expiresOn: new Date(Date.now() - 60e3) }).download(), 403,
    unsigned);
  await fails(ask('r', { startsOn: new Date(Date.now() + 600e3) }).download(), 403,
    unsigned);
  await fails(ask('w').download(), 403, 'AuthorizationPermissionMismatch');
  await fails(ask('r').delete(), 403, 'AuthorizationPermissionMismatch');
  if (!azurite) await fails(ask('r', { ipRange: { start: '10.0.0.1', end: '10.0.0.9' } }).download(), 403,
    'AuthorizationSourceIPMismatch');
  const whole = `${url}/${name}/log?` + generateBlobSASQueryParameters({ containerName: name,
    permissions: ContainerSASPermissions.parse('rl'), expiresOn: new Date(Date.now() + 3600e3),
    protocol: SASProtocol.HttpsAndHttp }, credential);
  assert.equal((await text(await new BlobClient(whole, undefined, options).download())).toString(), 'one two');
  const plain = await fetch(`${url}/${name}/log`);
  assert.equal(plain.status, azurite ? 403 : 401);
});

test('the reason of a refusal is told', { skip: azurite && 'Azurite tells none' }, async () => {
  const answer = await fetch(signed('disk', 'r', { expiresOn: new Date(Date.now() - 60e3) }));
  const body = await answer.text();
  assert.equal(answer.headers.get('x-ms-error-code'), 'AuthenticationFailed');
  assert.match(body, /<AuthenticationErrorDetail>Signature not valid in the specified time frame/);
  assert.match(await (await fetch(signed('disk', 'r').replace(/sig=.*/, 'sig=AAAA'))).text(),
    /<AuthenticationErrorDetail>Signature did not match/);
});

test('pages from a URL', { skip: azurite && 'Azurite does not implement it' }, async () => {
  const from = container.getPageBlobClient('disk'), to = container.getPageBlobClient('copy');
  await from.uploadPages(page('z'), 0, 512);
  await to.create(1024);
  await to.uploadPagesFromURL(signed('disk', 'r'), 0, 512, 512, { sourceContentMD5: md5(page('z')) });
  assert.deepEqual(await text(await to.download()), Buffer.concat([page(0), page('z')]));
  await fails(to.uploadPagesFromURL(signed('disk', 'r'), 0, 0, 512, { sourceContentMD5: md5(page('y')) }), 400,
    'Md5Mismatch');
  await fails(to.uploadPagesFromURL(signed('none', 'r'), 0, 0, 512), 404, 'CannotVerifyCopySource');
  await fails(to.uploadPagesFromURL(signed('disk', 'w'), 0, 0, 512), 403, 'CannotVerifyCopySource');
  await fails(to.uploadPagesFromURL('https://192.0.2.1/disk', 0, 0, 512), 400);
  const server = createServer((request, response) => {
    const [, from, until] = /bytes=(\d+)-(\d+)/.exec(request.headers.range);
    if (request.url !== '/disk') return response.writeHead(404).end();
    return response.writeHead(206).end(Buffer.concat([page('m'), page('n')]).subarray(+from, +until + 1));
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const other = `http://127.0.0.1:${server.address().port}`;
  await to.uploadPagesFromURL(`${other}/disk`, 512, 0, 512);
  assert.deepEqual(await text(await to.download()), Buffer.concat([page('n'), page('z')]));
  await fails(to.uploadPagesFromURL(`${other}/none`, 0, 0, 512), 404, 'CannotVerifyCopySource');
  server.close();
  server.closeAllConnections();
});

test('a big disk with little in it is read whole', { skip: azurite && 'it would take its time' }, async () => {
  const blob = container.getPageBlobClient('sparse');
  await blob.create(256 << 20);
  await blob.uploadPages(page('e'), (256 << 20) - 512, 512);
  let length = 0, last;
  for await (const part of (await blob.download()).readableStreamBody) {
    length += part.length;
    last = part;
  }
  assert.equal(length, 256 << 20);
  assert.equal(last[last.length - 1], 'e'.charCodeAt(0));
});
