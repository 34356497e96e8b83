import type { ComposedMail } from '../../../src/auth/outgoing-mail/composed-mail';
import { type Domain, openDomain, PASSWORD } from '../../support/domain/domain';

export const NEW_PASSWORD = 'another unusual sentence';

/** A domain with mail. */
export const openDomainWithMail = (overrides: Parameters<typeof openDomain>[0] = {}) =>
  openDomain({ mailIsOn: true, ...overrides });

/** The token in the link of a mail. */
export function readToken(mail: ComposedMail | undefined): string {
  return /pstv_[\w-]{43}/.exec(mail?.values.link ?? '')?.[0] ?? 'no token';
}

/** A registered user who has signed in, whose mails so far have been sent. */
export async function aPerson(domain: Domain) {
  const person = await domain.signedIn();
  const mails = await domain.sendMails();
  return { ...person, verification: readToken(mails.at(-1)) };
}

export async function requestReset(domain: Domain, email: string): Promise<string> {
  await domain.auth.requestPasswordReset({ email }, domain.call());
  return readToken((await domain.sendMails()).at(-1));
}

export const reset = (domain: Domain, token: string, newPassword = NEW_PASSWORD) =>
  domain.auth.resetPassword({ token, newPassword }, domain.call());

export const login = (domain: Domain, username: string, password = PASSWORD) =>
  domain.auth.login({ username, password, deviceName: '' }, domain.call());

export const verify = (domain: Domain, token: string) => domain.auth.verifyEmail({ token }, domain.call());

export const setPassword = (domain: Domain, userId: string, newPassword = 'a password of the admin') =>
  domain.admin.setUserPassword({ userId, newPassword }, 'an-admin', domain.call());

export const stored = (domain: Domain, userId: string) => domain.store.users.findById(userId, domain.call());
