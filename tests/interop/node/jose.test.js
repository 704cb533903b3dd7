// jose: key sets over HTTP before and after each rotation, and tokens that it must not accept.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

import { control, keySetRequests, mint, reset, rotate, url } from './emulator.js';

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const audience = 'orders-api';

// A fetch for an unknown key is allowed at once; nothing but an unknown key causes one.
const keySet = () =>
  createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), { cooldownDuration: 0 });
const verify = (token, keys) => jwtVerify(token, keys, { issuer: url, audience, algorithms });
const token = (algorithm = 'ES256', more = {}) =>
  mint({ subject: 'alice', audience, algorithm, ...more });
const tokens = () => Promise.all(algorithms.map((algorithm) => token(algorithm)));

async function accepts(all, keys) {
  for (const each of all) assert.equal((await verify(each, keys)).payload.sub, 'alice');
}
async function refuses(all, keys, error) {
  for (const each of all) await assert.rejects(verify(each, keys), error);
}

beforeEach(reset);

test('tokens of every algorithm verify with one fetch', async () => {
  const keys = keySet();
  await accepts(await tokens(), keys);
  assert.equal(await keySetRequests(), 1);
});

test('announce and switch: the announced key is known when it begins to sign', async () => {
  const keys = keySet();
  const old = await tokens();
  await rotate('announce');
  await accepts(old, keys);
  await accepts(await tokens(), keys);
  await rotate('switch');
  const fresh = await tokens();
  await accepts(fresh, keys);
  await accepts(old, keys);
  assert.notEqual(fresh[0].split('.')[0], old[0].split('.')[0], 'another kid signs');
  assert.equal(await keySetRequests(), 1);
});

test('switch: new tokens cost one fetch, old ones stay good', async () => {
  const keys = keySet();
  const old = await tokens();
  await accepts(old, keys);
  await rotate('switch');
  await accepts(await tokens(), keys);
  await accepts(old, keys);
  assert.equal(await keySetRequests(), 2);
});

test('hard: the old key is gone with the new one there', async () => {
  const keys = keySet();
  const old = await tokens();
  await accepts(old, keys);
  await rotate('hard');
  await accepts(await tokens(), keys);
  await refuses(old, keys, errors.JWKSNoMatchingKey);
});

test('retire: old tokens are refused, republish: they are good again', async () => {
  const keys = keySet();
  const old = await tokens();
  await rotate('switch');
  await accepts(old, keys);
  await rotate('retire');
  await keys.reload();
  await refuses(old, keys, errors.JWKSNoMatchingKey);
  await accepts(await tokens(), keys);
  await rotate('republish');
  await accepts(old, keys);
  await accepts(await tokens(), keys);
});

test('same_kid: the key under a known kid is another one', async () => {
  const keys = keySet();
  const old = await tokens();
  await accepts(old, keys);
  await rotate('same_kid');
  const fresh = await tokens();
  // jose has no reason to fetch: it knows the kid.
  await refuses(fresh, keys, errors.JWSSignatureVerificationFailed);
  await keys.reload();
  await accepts(fresh, keys);
  await refuses(old, keys, errors.JWSSignatureVerificationFailed);
});

test('what is wrong with a token is what jose says is wrong', async () => {
  const keys = keySet();
  await refuses([await token('ES256', { expires_in: -60 })], keys, errors.JWTExpired);
  await refuses([await token('ES256', { audience: 'other' })], keys, errors.JWTClaimValidationFailed);
  await refuses(
    [await token('ES256', { claims: { iss: 'https://elsewhere.example' } })],
    keys,
    errors.JWTClaimValidationFailed,
  );
  await refuses(
    [await token('ES256', { remove_claims: ['aud'] })],
    keys,
    errors.JWTClaimValidationFailed,
  );
  await refuses(
    [await token('ES256', { header: { kid: 'nobody' } })],
    keys,
    errors.JWKSNoMatchingKey,
  );
  await refuses(
    [await token('ES256', { claims: { nbf: 4102444800 } })],
    keys,
    errors.JWTClaimValidationFailed,
  );
});

for (const [name, forgery, error] of [
  ['alg none', { header: { alg: 'none' }, signature: { bytes: '' } }, errors.JOSEAlgNotAllowed],
  ['HS256 by the public key', { signature: { secret_of_key: 'pem' } }, errors.JOSEAlgNotAllowed],
  [
    'another key, which it brings along',
    { signature: { unpublished: true, embed_key: true } },
    errors.JWSSignatureVerificationFailed,
  ],
  [
    'a signature with one bit changed',
    { edits: [{ part: 'signature', flip_bit: 7 }] },
    errors.JWSSignatureVerificationFailed,
  ],
  ['an ASN.1 signature', { signature: { form: 'der' } }, errors.JWSSignatureVerificationFailed],
]) {
  test(`forged: ${name}`, async () => {
    const forged = await token('ES256', forgery);
    await refuses([forged], keySet(), error);
    // Nor when it is left to the token which algorithm is used.
    await assert.rejects(jwtVerify(forged, keySet()), errors.JOSEError);
  });
}

for (const kind of [
  'unknown_kty', 'duplicate_kid', 'missing_kid', 'use_enc', 'private_member', 'oct_key', 'weak_rsa',
  'exponent_one', 'off_curve', 'bad_base64', 'empty_set', 'html', 'truncate', 'bad_chunking',
]) {
  test(`a key set with ${kind} is an answer or an error, and is over when the fault is`, async () => {
    const good = await token();
    const forged = await token('ES256', { signature: { unpublished: true } });
    await control('POST', 'faults', { kind, path: '/.well-known/jwks.json' });
    await verify(good, keySet()).catch((error) => assert.ok(error instanceof Error, error));
    await assert.rejects(verify(forged, keySet()));
    await control('DELETE', 'faults');
    await accepts([good], keySet());
  });
}

test('time is the emulator\'s: a token of an hour ago is expired', async () => {
  await control('POST', 'clock', { advance: -7200 });
  const old = await token();
  await control('POST', 'clock', { reset: true });
  await refuses([old], keySet(), errors.JWTExpired);
});
