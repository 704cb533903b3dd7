// @workos-inc/node: organizations and API keys, as services that use it do.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { WorkOS } from '@workos-inc/node';

import { reset, url } from './emulator.js';

const { hostname, port } = new URL(url);
const connect = (key) =>
  new WorkOS(key, { apiHostname: hostname, port: Number(port), https: false });
const workos = connect('sk_test_interop');
const acme = 'org_acme';

beforeEach(reset);

test('an organization is made, read, changed and deleted', async () => {
  const made = await workos.organizations.createOrganization({
    name: 'Initech',
    externalId: 'initech-1',
    metadata: { tier: 'gold' },
  });
  assert.equal(made.object, 'organization');
  const { id } = made;
  assert.deepEqual(await workos.organizations.getOrganization(id), made);
  assert.equal(made.externalId, 'initech-1');
  assert.deepEqual(made.metadata, { tier: 'gold' });
  const changed = await workos.organizations.updateOrganization({
    organization: id,
    name: 'Initrode',
  });
  assert.equal(changed.name, 'Initrode');
  assert.equal(changed.externalId, 'initech-1');
  await workos.organizations.deleteOrganization(id);
  await assert.rejects(workos.organizations.getOrganization(id), { status: 404 });
});

test('lists come in pages', async () => {
  for (let i = 0; i < 8; ++i) await workos.organizations.createOrganization({ name: `Tenant ${i}` });
  const names = async (options) =>
    (await workos.organizations.listOrganizations(options)).data.map(({ name }) => name);

  const first = await workos.organizations.listOrganizations({ limit: 6, order: 'asc' });
  assert.deepEqual(first.data.slice(0, 3).map(({ name }) => name), ['Acme', 'Globex', 'Tenant 0']);
  const second = await workos.organizations.listOrganizations({
    limit: 6,
    order: 'asc',
    after: first.listMetadata.after,
  });
  assert.equal(second.data.length, 4);
  assert.equal(second.data.at(-1).name, 'Tenant 7');
  assert.equal(second.listMetadata.after, null);
  assert.deepEqual(
    await names({ limit: 6, order: 'asc', before: second.listMetadata.before }),
    first.data.map(({ name }) => name),
  );
  const all = await (await workos.organizations.listOrganizations()).autoPagination();
  assert.equal(all.length, 10);
});

test('an API key is shown once, validates, and is worth nothing once it is deleted', async () => {
  const key = await workos.organizations.createOrganizationApiKey({
    organizationId: acme,
    name: 'deploy',
    permissions: ['orders:read'],
  });
  assert.match(key.value, /^sk_/);
  assert.equal(key.obfuscatedValue, `sk_...${key.value.slice(-4)}`);
  assert.deepEqual(key.owner, { type: 'organization', id: acme });

  const { apiKey } = await workos.apiKeys.validateApiKey({ value: key.value });
  assert.equal(apiKey.id, key.id);
  assert.deepEqual(apiKey.permissions, ['orders:read']);
  const listed = await workos.organizations.listOrganizationApiKeys({ organizationId: acme });
  assert.deepEqual(listed.data.map(({ name }) => name).sort(), ['deploy', 'interop']);
  assert.ok(!JSON.stringify(listed.data).includes(key.value));
  const foreign = await workos.organizations.listOrganizationApiKeys({
    organizationId: 'org_globex',
  });
  assert.equal(foreign.data.length, 0);

  assert.ok(await connect(key.value).organizations.listOrganizations());
  await workos.apiKeys.deleteApiKey(key.id);
  assert.deepEqual(await workos.apiKeys.validateApiKey({ value: key.value }), { apiKey: null });
  await assert.rejects(connect(key.value).organizations.listOrganizations(), { status: 401 });
});

test('a key that is none is refused, and so is a request that makes no sense', async () => {
  await assert.rejects(connect('sk_wrong').organizations.listOrganizations(), { status: 401 });
  await assert.rejects(workos.organizations.createOrganization({ name: '' }), { status: 422 });
  assert.deepEqual(await workos.apiKeys.validateApiKey({ value: 'sk_wrong' }), { apiKey: null });
});
