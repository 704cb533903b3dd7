// openid-client: what a relying party does, by discovery.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';

import { callback, control, reset, url, visit, web, worker } from './emulator.js';

const discover = ({ client_id, secret }, authentication = client.ClientSecretBasic) =>
  client.discovery(new URL(url), client_id, secret, authentication(secret), {
    execute: [client.allowInsecureRequests], // http, on this machine
  });

let config;
beforeEach(async () => {
  await reset();
  config = await discover(web);
});

/** Goes to the login page. Returns where it leads, and what the answer is to be checked against. */
async function logIn(parameters = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const location = await visit(
    client.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid profile email offline_access',
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...parameters,
    }),
  );
  return { location, checks };
}

for (const [name, authentication] of [
  ['basic', client.ClientSecretBasic],
  ['post', client.ClientSecretPost],
]) {
  test(`client_credentials with client_secret_${name}`, async () => {
    const machine = await discover(worker, authentication);
    const answer = await client.clientCredentialsGrant(machine, { scope: 'orders:read' });
    assert.equal(answer.token_type.toLowerCase(), 'bearer');
    const claims = decodeJwt(answer.access_token);
    assert.equal(claims.iss, url);
    assert.equal(claims.sub, worker.client_id);
    assert.equal(claims.client_id, worker.client_id);
    assert.equal(claims.aud, 'orders-api');
    assert.equal(claims.org_id, 'org_acme');
    assert.equal(claims.scope, 'orders:read');
    assert.equal(claims.exp - claims.iat, answer.expires_in);
    await assert.rejects(client.clientCredentialsGrant(machine, { scope: 'orders:delete' }), {
      error: 'invalid_scope',
    });
    const stranger = await discover({ ...worker, secret: 'wrong' }, authentication);
    await assert.rejects(client.clientCredentialsGrant(stranger), { status: 401 });
  });
}

test('the code flow: a signed ID token with nonce and at_hash, userinfo, a refreshed token', async () => {
  client.enableNonRepudiationChecks(config); // verify the ID token's signature as well
  const { location, checks } = await logIn();
  const tokens = await client.authorizationCodeGrant(config, location, checks);
  const claims = tokens.claims();
  assert.equal(claims.sub, 'user_alice');
  assert.equal(claims.aud, web.client_id);
  assert.equal(claims.nonce, checks.expectedNonce);
  assert.equal(typeof claims.auth_time, 'number');
  assert.equal(typeof claims.at_hash, 'string');
  assert.equal(decodeProtectedHeader(tokens.id_token).typ ?? 'JWT', 'JWT');

  const user = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(user.email, 'alice@example.com');
  assert.equal(user.name, 'Alice Smith');
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, 'user_bob'));

  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(refreshed.access_token, tokens.access_token);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
  // Used twice: somebody else may have it, so that the whole family is over.
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), {
    error: 'invalid_grant',
  });
  await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), {
    error: 'invalid_grant',
  });
});

test('max_age is met', async () => {
  const { location, checks } = await logIn({ max_age: '300' });
  const tokens = await client.authorizationCodeGrant(config, location, { ...checks, maxAge: 300 });
  assert.ok(tokens.claims().auth_time <= tokens.claims().iat);
});

test('introspection and revocation', async () => {
  const { location, checks } = await logIn();
  const tokens = await client.authorizationCodeGrant(config, location, checks);
  const known = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(known.active, true);
  assert.equal(known.sub, 'user_alice');
  assert.equal(known.client_id, web.client_id);
  await client.tokenRevocation(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), {
    error: 'invalid_grant',
  });
  await client.tokenRevocation(config, tokens.access_token);
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });
  assert.deepEqual(await client.tokenIntrospection(config, 'nonsense'), { active: false });
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, 'user_alice'));
});

test('an answer to another login is refused', async () => {
  const { location, checks } = await logIn();
  await assert.rejects(
    client.authorizationCodeGrant(config, location, { ...checks, expectedState: 'other' }),
    { code: 'OAUTH_INVALID_RESPONSE' },
  );
});

test('an ID token for another nonce is refused', async () => {
  const { location, checks } = await logIn();
  await assert.rejects(
    client.authorizationCodeGrant(config, location, { ...checks, expectedNonce: 'other' }),
    { code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' },
  );
});

test('a code is good once, and only with its verifier', async () => {
  const stolen = await logIn();
  await assert.rejects(
    client.authorizationCodeGrant(config, stolen.location, {
      ...stolen.checks,
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
    }),
    { error: 'invalid_grant' },
  );
  const { location, checks } = await logIn();
  await client.authorizationCodeGrant(config, location, checks);
  await assert.rejects(client.authorizationCodeGrant(config, location, checks), {
    error: 'invalid_grant',
  });
});

test('a code does not outlive its time', async () => {
  const { location, checks } = await logIn();
  await control('POST', 'clock', { advance: 3600 });
  await assert.rejects(client.authorizationCodeGrant(config, location, checks), {
    error: 'invalid_grant',
  });
});

test('who is refused is told so at the redirect URI, with the state', async () => {
  const location = await visit(
    client.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      response_type: 'token',
      state: 'of-mine',
    }),
  );
  assert.equal(location.searchParams.get('state'), 'of-mine');
  await assert.rejects(
    client.authorizationCodeGrant(config, location, { expectedState: 'of-mine' }),
    { error: 'unsupported_response_type' },
  );
});
