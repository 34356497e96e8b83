import type { Call } from '../call';
import type { ApiKeyUses } from './api-key-uses';
import type { VerifiedApiKeys } from './verified-api-keys';
import type { ApiKeyVerifier } from './verify-api-key';

export interface MaintainApiKeysDeps {
  readonly verifier: Pick<ApiKeyVerifier, 'refresh'>;
  readonly remembered: VerifiedApiKeys;
  readonly uses: ApiKeyUses;
  readonly internalCall: () => Call;
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/** Brings the remembered API keys up to what the feed has brought, and writes when they were used. Never rejects. */
export function maintainApiKeys({ verifier, remembered, uses, internalCall, onProblem }: MaintainApiKeysDeps) {
  return async (): Promise<void> => {
    verifier.refresh();
    for (const key of remembered) uses.note(key);
    await uses
      .write(internalCall)
      .catch((cause: unknown) => onProblem('The uses of API keys could not be written', cause));
  };
}
