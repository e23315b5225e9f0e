import type { AuthenticationConfig } from '../authn/authentication.ts';
import type { ApiServerConfig } from './options.ts';
import type { ServingFiles } from './serving-files.ts';

/** The configuration as the authenticators take it, with self-made keys filled in. `externalAddress`: host and port by which others reach this server. */
export function authenticationConfig({ tokenFile, bootstrapTokens, serviceAccounts, frontProxy }: ApiServerConfig, { signingKeyFile }: ServingFiles, externalAddress: string): AuthenticationConfig {
  return { tokenFile, bootstrapTokens, frontProxy, externalAddress, serviceAccounts: { ...serviceAccounts, signingKeyFile } };
}
