import type { AuthenticationConfig } from '../authn/authentication.ts';
import type { ApiServerConfig } from './options.ts';
import type { OwnFiles } from './serving-files.ts';

/** The configuration as the authenticators take it, with self-made keys filled in. `externalAddress`: host and port by which others reach this server. */
export function authenticationConfig(config: ApiServerConfig, { signingKeyFile }: Pick<OwnFiles, 'signingKeyFile'>, externalAddress: string): AuthenticationConfig {
  const { tokenFile, bootstrapTokens, serviceAccounts, frontProxy, oidc, authenticationConfigFile, tokenWebhook, anonymousAuth, signingEndpoint, authorization } = config;
  return {
    tokenFile, bootstrapTokens, frontProxy, oidc, authenticationConfigFile, tokenWebhook, anonymousAuth, signingEndpoint, alwaysAllow: authorization.modes.includes('AlwaysAllow'),
    externalAddress, serviceAccounts: { ...serviceAccounts, signingKeyFile },
  };
}
