// The emulator under test, and what can be told to it (/_emulate/).

export const url = process.env.JWKS_INTEROP_URL;
export const callback = 'http://127.0.0.1/callback';
export const worker = { client_id: 'client_worker', secret: 's3cret +%:&=/ü' };
export const web = { client_id: 'client_web', secret: 'web-secret' };

export async function control(method, path, body) {
  const response = await fetch(`${url}/_emulate/${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

export const reset = () => control('POST', 'reset');
export const rotate = (mode) => control('POST', 'keys/rotate', { mode });
export const mint = async (request) => (await control('POST', 'tokens', request)).token;

/** How often the JWK Set was served since the last reset. */
export async function keySetRequests() {
  const { counts } = await control('GET', 'journal');
  return counts['/.well-known/jwks.json'] ?? 0;
}

/** Follows the login page, which lets in the first user, and returns where it sends the browser. */
export async function visit(authorizationUrl) {
  const response = await fetch(authorizationUrl, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect: ${response.status} ${await response.text()}`);
  return new URL(location);
}
