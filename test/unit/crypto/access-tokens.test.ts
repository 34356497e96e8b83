import { accessTokenFaultsContract } from '../../contract/access-token-faults.contract';
import { accessTokensContract } from '../../contract/access-tokens.contract';

for (const algorithm of ['HS256', 'ES256', 'RS256'] as const) {
  accessTokensContract(algorithm);
  accessTokenFaultsContract(algorithm);
}
