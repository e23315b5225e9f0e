import type { JwtAuthenticatorConfig } from './jwt-config.ts';

/** --oidc-*. */
export interface OidcFlags {
  issuerUrl: string;
  clientId: string;
  caFile: string | undefined;
  usernameClaim: string;
  usernamePrefix: string | undefined;
  groupsClaim: string | undefined;
  groupsPrefix: string;
  requiredClaims: Readonly<Record<string, string>>;
  signingAlgorithms: readonly string[];
}

/** One issuer as the flags describe it; `certificateAuthority` is the text of its CA file. */
export function configOfFlags({ issuerUrl, clientId, usernameClaim, usernamePrefix, groupsClaim, groupsPrefix, requiredClaims }: OidcFlags, certificateAuthority: string | undefined): JwtAuthenticatorConfig {
  return {
    issuer: { url: issuerUrl, audiences: [clientId], ...(certificateAuthority !== undefined && { certificateAuthority }) },
    claimValidationRules: Object.entries(requiredClaims).map(([claim, requiredValue]) => ({ claim, requiredValue })),
    claimMappings: {
      username: { claim: usernameClaim, prefix: prefixOf(usernamePrefix, usernameClaim, issuerUrl) },
      ...(groupsClaim !== undefined && { groups: { claim: groupsClaim, prefix: groupsPrefix } }),
    },
    userValidationRules: [],
  };
}

/** Names of an issuer do not meet those of others; addresses are taken to be unique. */
function prefixOf(prefix: string | undefined, claim: string, issuerUrl: string): string {
  if (prefix === undefined || prefix === '') return claim === 'email' ? '' : `${issuerUrl}#`;
  return prefix === '-' ? '' : prefix;
}
