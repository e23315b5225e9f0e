import type { AuthenticationConfig } from '../authn/authentication.ts';
import type { ApiServerConfig } from './options.ts';
import type { ServingFiles } from './serving-files.ts';

/** The configuration as the authenticators take it, with self-made keys filled in. */
export function authenticationConfig({ tokenFile, bootstrapTokens, serviceAccounts, frontProxy }: ApiServerConfig, { signingKeyFile }: ServingFiles): AuthenticationConfig {
  return { tokenFile, bootstrapTokens, frontProxy, serviceAccounts: { ...serviceAccounts, signingKeyFile } };
}
