import { type Options, UsageError } from '@kubernode/component-base';

/** The flags of kube-apiserver that say who may come in, with its names and meanings. */
export const authenticationOptions = {
  'anonymous-auth': { kind: 'boolean', default: true, help: 'Answer requests without credentials as the user system:anonymous.' },
  'token-auth-file': { kind: 'string', placeholder: 'FILE', help: 'Tokens of users, one `token,user,uid,"group1,group2"` a line. Read once, at start.' },
  'enable-bootstrap-token-auth': { kind: 'boolean', default: false, help: 'Accept tokens of bootstrap secrets in kube-system, by which new nodes join.' },
  'api-audiences': { kind: 'list', help: 'Audiences that tokens for this API have. The first issuer when absent.' },
  'service-account-issuer': { kind: 'list', help: 'Issuer of service account tokens, an https URL. The first signs; tokens of the others are accepted too.' },
  'service-account-jwks-uri': { kind: 'string', placeholder: 'URL', help: 'Where others find the keys of service account tokens.' },
  'service-account-key-file': { kind: 'list', placeholder: 'FILE', help: 'PEM keys that service account tokens are verified with. The signing key when absent.' },
  'service-account-signing-key-file': { kind: 'string', placeholder: 'FILE', help: 'PEM private key that signs service account tokens.' },
  'service-account-max-token-expiration': { kind: 'duration', default: 0, help: 'Longest life of a service account token; 0 for no limit.' },
  'service-account-extend-token-expiration': { kind: 'boolean', default: true, help: 'Let tokens that are mounted into pods live longer than they say, for programs that never read them anew.' },
  'service-account-lookup': { kind: 'boolean', default: true, help: 'Check that the objects behind a token still exist.', ignored: 'always done' },
  'requestheader-allowed-names': { kind: 'list', default: [], help: 'Common names of front proxies that may name users; any of their CA when empty.' },
  'requestheader-username-headers': { kind: 'list', default: [], help: 'Headers by which a front proxy names the user.' },
  'requestheader-uid-headers': { kind: 'list', default: [], help: "Headers by which a front proxy gives the user's uid." },
  'requestheader-group-headers': { kind: 'list', default: [], help: "Headers by which a front proxy gives the user's groups." },
  'requestheader-extra-headers-prefix': { kind: 'list', default: [], help: 'Prefixes of headers by which a front proxy gives extra facts of the user.' },
} as const;

export type AuthenticationOptions = Options<typeof authenticationOptions>;

/** Refuses combinations that cannot work. */
export function validateAuthenticationOptions(options: AuthenticationOptions): void {
  const maxMs = options['service-account-max-token-expiration'];
  if (maxMs !== 0 && (maxMs < 3_600_000 || maxMs > 2 ** 32 * 1000)) throw new UsageError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  if (options['service-account-signing-key-file'] !== undefined && !options['service-account-issuer']?.length) throw new UsageError('service-account-signing-key-file requires service-account-issuer');
}
