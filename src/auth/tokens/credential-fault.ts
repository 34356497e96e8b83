/**
 * What exactly is wrong with a credential that was refused, for the operator's log line; never sent, because it would
 * help an attacker who tries out forged ones. Text of the caller is never a part of it. What each word means and what
 * to do: docs/repair.md.
 */
export const CREDENTIAL_FAULTS = [
  // No credential could be taken out of the request.
  'no_bearer',
  'scheme',
  'empty_bearer',
  'several_credentials',
  'no_api_key',
  // The text is no access token.
  'malformed',
  'bearer_in_token',
  'refresh_token',
  // Its header (RFC 7515 section 4.1) and its signature.
  'type',
  'algorithm',
  'unknown_key',
  'signature',
  // Its claims (RFC 9068 section 2.2).
  'issuer',
  'audience',
  'claims',
  'lifetime',
  'not_yet_valid',
  'expired',
  // The text begins as an API key does.
  'api_key_shape',
  'api_key_checksum',
  'api_key_unknown',
  'api_key_secret',
  'api_key_network',
] as const;

export type CredentialFault = (typeof CREDENTIAL_FAULTS)[number];
