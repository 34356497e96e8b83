import * as oauth from 'oauth4webapi';

const overHttp = { [oauth.allowInsecureRequests]: true };

async function validate(server, audience, token) {
  const request = new Request('http://127.0.0.1/', { headers: { authorization: `Bearer ${token}` } });
  await oauth.validateJwtAccessToken(server, request, audience, overHttp);
}

/** Reads the document of RFC 8414 below the issuer. */
export async function minimal({ issuer, audience }) {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...overHttp });
  const server = await oauth.processDiscoveryResponse(url, response);
  return (token) => validate(server, audience, token);
}

export function configured({ issuer, audience, jwksUrl }) {
  return (token) => validate({ issuer, jwks_uri: jwksUrl }, audience, token);
}
