import { optionTable, UsageError, type Options, type OptionSpec } from '@kubernode/component-base';
import type { OidcFlags } from '../authn/jwt/oidc-flags.ts';
import type { AuthorizationConfig } from '../authz/authorization.ts';
import { sniFlag, tlsCiphers, tlsVersion } from './tls-flags.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

type Text = OptionSpec<'string'> & { kind: 'string' };
type TextWithDefault = Text & { default: string };
type Duration = OptionSpec<'duration'> & { kind: 'duration'; default: number };
type List = OptionSpec<'list'> & { kind: 'list'; default: readonly string[] };
type AuthTable = Readonly<
  Record<'oidc-issuer-url' | 'oidc-client-id' | 'oidc-ca-file' | 'oidc-username-prefix' | 'oidc-groups-claim' | 'oidc-groups-prefix' | 'authentication-config' | 'authentication-token-webhook-config-file' | 'authorization-config' | 'authorization-webhook-config-file' | 'service-account-signing-endpoint' | 'tls-min-version', Text>
  & Record<'oidc-username-claim' | 'authentication-token-webhook-version' | 'authorization-webhook-version', TextWithDefault>
  & Record<'authentication-token-webhook-cache-ttl' | 'authorization-webhook-cache-authorized-ttl' | 'authorization-webhook-cache-unauthorized-ttl', Duration>
  & Record<'oidc-signing-algs' | 'tls-sni-cert-key' | 'tls-cipher-suites' | 'authorization-mode', List>
> & {
  readonly 'oidc-required-claim': OptionSpec<'map'> & { kind: 'map'; default: Readonly<Record<string, string>> };
  readonly 'anonymous-auth': OptionSpec<'boolean'> & { kind: 'boolean' };
};

/** Flags of authentication by others' tokens, of authorization and of TLS, under kube-apiserver's names. */
export const authOptions: AuthTable = optionTable({
  'anonymous-auth': { kind: 'boolean', help: 'requests without credentials are those of system:anonymous (default true, unless everything is allowed)' },
  'oidc-issuer-url': { kind: 'string', help: 'OpenID issuer whose tokens are credentials; https only', placeholder: 'URL' },
  'oidc-client-id': { kind: 'string', help: 'audience that tokens of the OpenID issuer must be meant for', placeholder: 'ID' },
  'oidc-ca-file': { kind: 'string', help: "CA that vouches for the OpenID issuer; the host's roots when absent", placeholder: 'FILE' },
  'oidc-username-claim': { kind: 'string', default: 'sub', help: 'claim that names the user', placeholder: 'CLAIM' },
  'oidc-username-prefix': { kind: 'string', help: 'what user names get in front; "-" for nothing, otherwise ISSUER# for claims other than email', placeholder: 'PREFIX' },
  'oidc-groups-claim': { kind: 'string', help: "claim that lists the user's groups", placeholder: 'CLAIM' },
  'oidc-groups-prefix': { kind: 'string', help: 'what groups get in front', placeholder: 'PREFIX' },
  'oidc-required-claim': { kind: 'map', default: {}, help: 'claims that tokens must have with these values; may be given again', placeholder: 'CLAIM=VALUE' },
  'oidc-signing-algs': { kind: 'list', default: ['RS256'], help: 'algorithms by which tokens may be signed', placeholder: 'ALG,…' },
  'authentication-config': { kind: 'string', help: 'AuthenticationConfiguration: JWT issuers and anonymous requests; taken up anew when it changes', placeholder: 'FILE' },
  'authentication-token-webhook-config-file': { kind: 'string', help: 'kubeconfig of a server that is asked by TokenReviews', placeholder: 'FILE' },
  'authentication-token-webhook-version': { kind: 'string', default: 'v1beta1', help: 'version of the TokenReviews: v1 or v1beta1', placeholder: 'VERSION' },
  'authentication-token-webhook-cache-ttl': { kind: 'duration', default: 2 * MINUTE_MS, help: "how long the webhook's answers hold" },
  'service-account-signing-endpoint': { kind: 'string', help: 'unix socket of a process that signs service account tokens and holds their keys (externaljwt v1), instead of key files', placeholder: 'SOCKET' },
  'authorization-mode': { kind: 'list', default: [], help: 'AlwaysAllow, AlwaysDeny, Node, RBAC, Webhook; in the order they are asked (default AlwaysAllow)', placeholder: 'MODE,…' },
  'authorization-config': { kind: 'string', help: 'AuthorizationConfiguration: the chain of authorizers, instead of the flags; taken up anew when it changes', placeholder: 'FILE' },
  'authorization-webhook-config-file': { kind: 'string', help: 'kubeconfig of a server that is asked by SubjectAccessReviews, for mode Webhook', placeholder: 'FILE' },
  'authorization-webhook-version': { kind: 'string', default: 'v1beta1', help: 'version of the SubjectAccessReviews: v1 or v1beta1', placeholder: 'VERSION' },
  'authorization-webhook-cache-authorized-ttl': { kind: 'duration', default: 5 * MINUTE_MS, help: 'how long what the webhook allowed holds' },
  'authorization-webhook-cache-unauthorized-ttl': { kind: 'duration', default: 30 * SECOND_MS, help: 'how long what it did not allow holds' },
  'tls-sni-cert-key': { kind: 'list', whole: true, default: [], help: 'a further certificate and its key, for the domains in it or those listed: CERT,KEY or CERT,KEY:DOMAIN,…; may be given again', placeholder: 'CERT,KEY[:DOMAIN,…]' },
  'tls-min-version': { kind: 'string', help: 'oldest version of TLS: VersionTLS12 or VersionTLS13', placeholder: 'VERSION' },
  'tls-cipher-suites': { kind: 'list', default: [], help: "cipher suites of TLS 1.2; Node's choice when absent", placeholder: 'SUITE,…' },
});

export interface AuthSettings {
  authorization: AuthorizationConfig;
  /** Undefined when the flag was not given. */
  anonymousAuth: boolean | undefined;
  oidc: OidcFlags | undefined;
  authenticationConfigFile: string | undefined;
  /** A unix socket. */
  signingEndpoint: string | undefined;
  tokenWebhook: { kubeconfig: string; version: string; cacheTtlMs: number } | undefined;
  tls: { sni: readonly ReturnType<typeof sniFlag>[]; minVersion: ReturnType<typeof tlsVersion>; ciphers: string | undefined };
}

/** The settings that these flags mean; throws a UsageError for combinations that cannot be. */
export function authSettings(options: Options<AuthTable>): AuthSettings {
  return {
    authorization: authorizationConfig(options), anonymousAuth: options['anonymous-auth'], oidc: oidcFlags(options), authenticationConfigFile: options['authentication-config'], tokenWebhook: tokenWebhook(options), signingEndpoint: options['service-account-signing-endpoint'],
    tls: { sni: options['tls-sni-cert-key'].map(sniFlag), minVersion: tlsVersion(options['tls-min-version']), ciphers: tlsCiphers(options['tls-cipher-suites']) },
  };
}

function authorizationConfig(options: Options<AuthTable>): AuthorizationConfig {
  const modes = options['authorization-mode'];
  const [file, kubeconfig] = [options['authorization-config'], options['authorization-webhook-config-file']];
  if (file !== undefined && (modes.length > 0 || kubeconfig !== undefined)) throw new UsageError('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined');
  if (kubeconfig !== undefined && !modes.includes('Webhook')) throw new UsageError('cannot specify --authorization-webhook-config-file without mode Webhook');
  return {
    modes: file === undefined && modes.length === 0 ? ['AlwaysAllow'] : modes, file,
    webhook: { kubeconfig, version: options['authorization-webhook-version'], authorizedTtlMs: options['authorization-webhook-cache-authorized-ttl'], unauthorizedTtlMs: options['authorization-webhook-cache-unauthorized-ttl'] },
  };
}

function oidcFlags(options: Options<AuthTable>): OidcFlags | undefined {
  const [issuerUrl, clientId, file] = [options['oidc-issuer-url'], options['oidc-client-id'], options['authentication-config']];
  const others = [options['oidc-ca-file'], options['oidc-username-prefix'], options['oidc-groups-claim'], options['oidc-groups-prefix']];
  if (file !== undefined && [issuerUrl, clientId, ...others].some((value) => value !== undefined)) throw new UsageError('authentication-config file and oidc-* flags are mutually exclusive');
  if ((issuerUrl === undefined) !== (clientId === undefined)) throw new UsageError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  if (issuerUrl === undefined || clientId === undefined) {
    if (others.some((value) => value !== undefined)) throw new UsageError('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
    return undefined;
  }
  return {
    issuerUrl, clientId, caFile: options['oidc-ca-file'], usernameClaim: options['oidc-username-claim'], usernamePrefix: options['oidc-username-prefix'],
    groupsClaim: options['oidc-groups-claim'], groupsPrefix: options['oidc-groups-prefix'] ?? '', requiredClaims: options['oidc-required-claim'], signingAlgorithms: options['oidc-signing-algs'],
  };
}

function tokenWebhook(options: Options<AuthTable>): AuthSettings['tokenWebhook'] {
  const [kubeconfig, version] = [options['authentication-token-webhook-config-file'], options['authentication-token-webhook-version']];
  if (kubeconfig === undefined) return undefined;
  if (!['v1', 'v1beta1'].includes(version)) throw new UsageError(`unsupported authentication webhook version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`);
  return { kubeconfig, version, cacheTtlMs: options['authentication-token-webhook-cache-ttl'] };
}
