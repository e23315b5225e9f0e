import { errorMessage } from '@kubernode/base';
import { type ConfigShape, readConfigDocument } from '../config-document.ts';

/** AuthenticationConfiguration, as its file has it. Nothing is certain before it is validated. */
export interface AuthenticationFileConfig {
  jwt: readonly JwtAuthenticatorConfig[];
  /** Instead of --anonymous-auth. */
  anonymous?: AnonymousConfig | undefined;
}

/** Whether requests without credentials are let in, and, with conditions, to which paths alone. */
export interface AnonymousConfig { enabled: boolean; conditions?: readonly { path: string }[] }

export interface JwtAuthenticatorConfig {
  issuer: { url: string; discoveryURL?: string; certificateAuthority?: string; audiences: readonly string[]; audienceMatchPolicy?: string; egressSelectorType?: string };
  claimValidationRules: readonly ClaimValidationRule[];
  claimMappings: ClaimMappings;
  userValidationRules: readonly { expression?: string; message?: string }[];
}

export interface ClaimValidationRule { claim?: string; requiredValue?: string; expression?: string; message?: string }

export interface ClaimMappings {
  username: PrefixedClaimOrExpression;
  groups?: PrefixedClaimOrExpression;
  uid?: { claim?: string; expression?: string };
  extra?: readonly { key?: string; valueExpression?: string }[];
}

export interface PrefixedClaimOrExpression { claim?: string; prefix?: string; expression?: string }

const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'];
const MAPPING: ConfigShape = { claim: true, prefix: true, expression: true };
const SHAPE: ConfigShape = {
  jwt: [{
    issuer: { url: true, discoveryURL: true, certificateAuthority: true, audiences: true, audienceMatchPolicy: true, egressSelectorType: true },
    claimValidationRules: [{ claim: true, requiredValue: true, expression: true, message: true }],
    claimMappings: { username: MAPPING, groups: MAPPING, uid: { claim: true, expression: true }, extra: [{ key: true, valueExpression: true }] },
    userValidationRules: [{ expression: true, message: true }],
  }],
  anonymous: { enabled: true, conditions: [{ path: true }] },
};

/** Reads a file's text; throws an Error in Kubernetes' words. What is read is not validated yet. */
export function readAuthenticationConfiguration(text: string, file: string): AuthenticationFileConfig {
  try {
    const { jwt, anonymous } = readConfigDocument(text, { kind: 'AuthenticationConfiguration', versions: VERSIONS, shape: SHAPE });
    return {
      jwt: ((jwt ?? []) as Partial<JwtAuthenticatorConfig>[]).map(completed), // of this shape
      ...(anonymous !== undefined && anonymous !== null && { anonymous: { enabled: false, ...anonymous } as AnonymousConfig }), // of this shape
    };
  } catch (error) {
    throw new Error(`failed to load authentication configuration from file ${JSON.stringify(file)}: ${errorMessage(error)}`);
  }
}

function completed({ issuer, claimValidationRules, claimMappings, userValidationRules }: Partial<JwtAuthenticatorConfig>): JwtAuthenticatorConfig {
  return {
    issuer: { url: '', ...issuer, audiences: issuer?.audiences ?? [] }, claimValidationRules: claimValidationRules ?? [],
    claimMappings: { ...claimMappings, username: claimMappings?.username ?? {} }, userValidationRules: userValidationRules ?? [],
  };
}
