import * as wire from '../src/gen/postern/auth/v1/auth_service';
import { connectionsFor, type Load } from './load/load';

type UnboundLoad = Omit<Load, 'address'>;

const UUID_LENGTH = 36;
/** The proto package of the build that is measured: one of before its name says another (`auth.v1`). */
const PACKAGE = process.env.BENCH_PACKAGE ?? 'postern.auth.v1';

/** How long the answer about a user named `username` is, in bytes. */
export function validateReplyBytes(username: string): number {
  return wire.ValidateResponse.encode({ principal: principal(username) }).finish().length;
}

/** The same of an API key of that user. */
export function validateKeyReplyBytes(username: string): number {
  const apiKeyId = '0'.repeat(UUID_LENGTH);
  return wire.ValidateResponse.encode({ principal: { ...principal(username), apiKeyId } }).finish().length;
}

export function checkRoleReplyBytes(username: string): number {
  return wire.CheckRoleResponse.encode({ principal: principal(username), matchedRole: 'user' }).finish().length;
}

/** The same of BatchValidate, when every one of its tokens is good. */
export function batchReplyBytes(username: string, size: number): number {
  const result = { outcome: { $case: 'principal' as const, principal: principal(username) } };
  return wire.BatchValidateResponse.encode({ results: Array.from({ length: size }, () => result) }).finish().length;
}

export function validateRequest(accessToken: string): Buffer {
  return Buffer.from(wire.ValidateRequest.encode({ accessToken, allowAnonymous: false, fresh: false }).finish());
}

export function checkRoleRequest(accessToken: string): Buffer {
  return Buffer.from(wire.CheckRoleRequest.encode({ accessToken, roles: ['admin', 'user'] }).finish());
}

export function loginRequest(username: string, password: string): Buffer {
  return Buffer.from(wire.LoginRequest.encode({ username, password, deviceName: 'bench' }).finish());
}

export function resetRequest(email: string): Buffer {
  return Buffer.from(wire.RequestPasswordResetRequest.encode({ email }).finish());
}

export function refreshRequest(refreshToken: string): Buffer {
  return Buffer.from(wire.RefreshRequest.encode({ refreshToken }).finish());
}

/** `concurrency` lanes over as many connections as clients would open. */
export function buildLoad(
  method: string,
  requests: readonly Buffer[],
  replyBytes: number | undefined,
  { concurrency, calls }: { readonly concurrency: number; readonly calls: number },
): UnboundLoad {
  const path = method.startsWith('/') ? method : `/${PACKAGE}.AuthService/${method}`;
  return { path, requests, replyBytes, concurrency, calls, connections: connectionsFor(concurrency) };
}

function principal(username: string): wire.Principal {
  const id = '0'.repeat(UUID_LENGTH);
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  return {
    userId: id,
    username,
    roles: ['user'],
    sessionId: id,
    issuedAt: now,
    expiresAt: now,
    anonymous: false,
    anonymousReason: '',
    kind: wire.UserKind.USER_KIND_PERSON,
    apiKeyId: '',
  };
}
