// oauth4webapi: the same protocol step by step, with every answer checked against its RFC.

import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';

import * as oauth from 'oauth4webapi';

import { callback, mint, reset, url, visit, web, worker } from './emulator.js';

const http = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(url);
const webClient = { client_id: web.client_id };
const workerClient = { client_id: worker.client_id };
const webSecret = oauth.ClientSecretPost(web.secret);

let server;
before(async () => {
  const oidc = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oidc' });
  server = await oauth.processDiscoveryResponse(issuer, oidc);
});
beforeEach(reset);

async function credentials(authentication, client = workerClient) {
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, {}, http);
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function codeFlow({ nonce, expectedNonce = nonce, expectedState }) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const authorization = new URL(server.authorization_endpoint);
  authorization.search = new URLSearchParams({
    client_id: web.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString();
  const parameters = oauth.validateAuthResponse(
    server, webClient, await visit(authorization), expectedState ?? state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, webClient, webSecret, parameters, callback, verifier, http);
  const tokens = await oauth.processAuthorizationCodeResponse(server, webClient, response, {
    expectedNonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, response, http);
  return tokens;
}

test('both metadata documents name the issuer and PKCE with S256', async () => {
  const response = await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' });
  const rfc8414 = await oauth.processDiscoveryResponse(issuer, response);
  for (const each of [server, rfc8414]) {
    assert.deepEqual(each.code_challenge_methods_supported, ['S256']);
    assert.equal(each.token_endpoint, `${url}/oauth2/token`);
  }
});

test('client_credentials with Basic and post', async () => {
  for (const method of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
    const { access_token: token } = await credentials(method(worker.secret));
    assert.equal(token.split('.').length, 3);
    await assert.rejects(credentials(method('wrong')), (error) => error.status === 401);
  }
});

test('an access token is one by RFC 9068', async () => {
  const { access_token: token } = await credentials(oauth.ClientSecretBasic(worker.secret));
  const request = (text) =>
    new Request('http://127.0.0.1/orders', { headers: { authorization: `Bearer ${text}` } });
  const check = (text, audience = 'orders-api') =>
    oauth.validateJwtAccessToken(server, request(text), audience, http);
  assert.equal((await check(token)).client_id, worker.client_id);
  await assert.rejects(check(token, 'other-api'));
  const claims = { client_id: 'client_worker' };
  const wanted = { subject: 'alice', audience: 'orders-api', claims };
  assert.equal((await check(await mint(wanted))).sub, 'alice');
  await assert.rejects(check(await mint({ ...wanted, expires_in: -60 })));
  await assert.rejects(check(await mint({ ...wanted, header: { typ: 'JWT' } })));
  await assert.rejects(check(await mint({ ...wanted, claims: { ...claims, iss: 'https://other' } })));
});

test('an m2m application is no user agent, and a web application no machine', async () => {
  await assert.rejects(credentials(webSecret, webClient), (error) =>
    error.error === 'unauthorized_client');
});

test('the code flow, with the ID token and its signature checked', async () => {
  const tokens = await codeFlow({ nonce: oauth.generateRandomNonce() });
  assert.equal(oauth.getValidatedIdTokenClaims(tokens).sub, 'user_alice');

  const userinfo = await oauth.userInfoRequest(server, webClient, tokens.access_token, http);
  const user = await oauth.processUserInfoResponse(server, webClient, 'user_alice', userinfo);
  assert.equal(user.sub, 'user_alice');

  const refresh = await oauth.refreshTokenGrantRequest(
    server, webClient, webSecret, tokens.refresh_token, http);
  const refreshed = await oauth.processRefreshTokenResponse(server, webClient, refresh);
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token);

  const introspection = await oauth.introspectionRequest(
    server, webClient, webSecret, refreshed.access_token, http);
  const known = await oauth.processIntrospectionResponse(server, webClient, introspection);
  assert.equal(known.active, true);
  const revocation = await oauth.revocationRequest(
    server, webClient, webSecret, refreshed.access_token, http);
  await oauth.processRevocationResponse(revocation);
  const again = await oauth.introspectionRequest(
    server, webClient, webSecret, refreshed.access_token, http);
  assert.equal((await oauth.processIntrospectionResponse(server, webClient, again)).active, false);
});

test('another nonce and another state are refused', async () => {
  await assert.rejects(codeFlow({ nonce: 'one', expectedNonce: 'two' }), {
    code: oauth.JWT_CLAIM_COMPARISON,
  });
  await assert.rejects(codeFlow({ nonce: 'one', expectedState: 'of another login' }), {
    code: oauth.INVALID_RESPONSE,
  });
});
