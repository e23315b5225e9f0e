import { hostname } from 'node:os';
import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { Clock, Rng } from '@kubernode/base';
import { followKubeconfig } from '@kubernode/client';
import { type FileFollower, type Logger, UsageError } from '@kubernode/component-base';
import { openExternalJwtSigner } from '@kubernode/rpc';
import type { Registry } from 'prom-client';
import type { ApiServerConfig } from '../app/options.ts';
import type { ObjectSources, ObjectWriter, PathHandler } from '../endpoints/endpoint.ts';
import type { Authenticator } from '../pipeline/api-request.ts';
import { type AnonymousAccess, anonymousAccess } from './anonymous.ts';
import { type AuthenticationMetrics, createAuthenticationMetrics } from './authentication-metrics.ts';
import { BearerTokenAuthenticator } from './bearer-token.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts';
import { ClientCertificateAuthenticator } from './client-certificate.ts';
import type { ExpressionCompiler } from './expression.ts';
import { httpsGet } from './jwt/https-get.ts';
import { setUpJwtIssuers } from './jwt/jwt-issuers.ts';
import { requestHeaderAuthenticator } from './request-header.ts';
import { accountKeys, type AccountKeys } from './service-account/account-keys.ts';
import { ExternalKeys } from './service-account/external-keys.ts';
import type { TokenLookups } from './service-account/lookups.ts';
import { usedSecretMarker } from './service-account/mark-used.ts';
import { openIdHandlers } from './service-account/openid-metadata.ts';
import { serviceAccountTokenAuthenticator } from './service-account/service-account-token.ts';
import type { TokenIssuer } from './service-account/token-request.ts';
import { parseTokenFile, tokenFileAuthenticator } from './token-file.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';
import { unionTokenAuthenticator } from './token-authenticator.ts';
import { RequestCounts } from './request-counts.ts';
import { unionAuthenticator } from './union-authenticator.ts';
import { reviewWebhook, WEBHOOK_TIMEOUT_MS } from './webhook/review-webhook.ts';
import { tokenWebhookAuthenticator } from './webhook/token-webhook.ts';
import { websocketTokenAuthenticator } from './websocket-token.ts';

/** A signer has this long to come up and to answer. */
const EXTERNAL_SIGNER_TIMEOUT_MS = 60_000;

export type AuthenticationConfig = Pick<ApiServerConfig, 'tokenFile' | 'bootstrapTokens' | 'serviceAccounts' | 'frontProxy' | 'oidc' | 'authenticationConfigFile' | 'tokenWebhook' | 'anonymousAuth' | 'signingEndpoint'> & { /** Everything is allowed to everybody. */ alwaysAllow: boolean; /** Host and port by which others reach this server. */ externalAddress: string };

export interface Authentication {
  authenticator: Authenticator;
  bearer: BearerTokenAuthenticator;
  anonymous: AnonymousAccess;
  counts: RequestCounts;
  apiAudiences: readonly string[];
  issuer: TokenIssuer | undefined;
  /** OpenID discovery. */
  pathHandlers: PathHandler[];
  /** Keeps the keys of an external signer as new as they should be, until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export interface AuthenticationDeps { sources: ObjectSources; writer: Pick<ObjectWriter, 'get' | 'update'>; files: FileFollower; expressions: ExpressionCompiler; clock: Clock; rng: Rng; logger: Logger; registry: Registry; newId(): string }

/** Builds the authenticators that the options ask for, in kube-apiserver's order. Reads files; throws a UserError that names a bad one. */
export async function setUpAuthentication(config: AuthenticationConfig, deps: AuthenticationDeps): Promise<Authentication> {
  const { issuers, audiences, jwksUri } = config.serviceAccounts;
  checkTokenLife(config.serviceAccounts);
  const external = await externalKeys(config, deps);
  const apiAudiences = audiences.length > 0 ? audiences : issuers.slice(0, 1);
  const lookups = tokenLookups(deps);
  const metrics = createAuthenticationMetrics({ registry: deps.registry, clock: deps.clock, serverId: hostname() });
  const keys = external ?? accountKeys(config.serviceAccounts, deps.files);
  const jwt = setUpJwtIssuers({ oidc: config.oidc, file: config.authenticationConfigFile }, { ...deps, apiAudiences, disallowedIssuers: issuers, get: httpsGet, metrics });
  const kinds = [...ownTokens(config, { ...deps, apiAudiences, keys, lookups, metrics }), ...(jwt.tokens === undefined ? [] : [jwt.tokens]), ...tokenWebhooks(config, { ...deps, apiAudiences })];
  const bearer = new BearerTokenAuthenticator({ tokens: unionTokenAuthenticator(kinds), apiAudiences, clock: deps.clock });
  const [issuer] = issuers;
  return {
    authenticator: unionAuthenticator([...frontProxies(config.frontProxy), new ClientCertificateAuthenticator(deps.clock), bearer, websocketTokenAuthenticator(bearer)]),
    bearer, apiAudiences, anonymous: anonymousAccess({ flag: config.anonymousAuth, config: jwt.anonymous, alwaysAllow: config.alwaysAllow }),
    counts: new RequestCounts(deps.registry),
    run: async (signal) => external?.run(signal),
    issuer: issuer === undefined ? undefined : tokenIssuer(config, keys, { issuer, apiAudiences, lookups, ...deps }),
    pathHandlers: issuer === undefined ? [] : openIdHandlers({ issuer, jwksUri: jwksUri ?? `https://${config.externalAddress}/openid/v1/jwks`, keys }),
  };
}

/** A signer in another process, which also holds the keys; undefined when the server has its own. */
async function externalKeys({ signingEndpoint: socket, serviceAccounts: { maxTokenMs } }: AuthenticationConfig, { clock, logger }: AuthenticationDeps): Promise<ExternalKeys | undefined> {
  if (socket === undefined) return undefined;
  const keys = await ExternalKeys.open({ signer: openExternalJwtSigner({ socket, timeoutMs: EXTERNAL_SIGNER_TIMEOUT_MS, clock }), clock, logger });
  if (maxTokenMs / 1000 > keys.maxTokenSeconds) throw new UsageError(`service-account-max-token-expiration cannot be set longer than the token expiration supported by service-account-signing-endpoint: ${maxTokenMs / 1000}s > ${keys.maxTokenSeconds}s`);
  return keys;
}

/** Undefined without a signing key: then nobody can ask for tokens. */
function tokenIssuer({ serviceAccounts: { maxTokenMs, extendTokens } }: AuthenticationConfig, keys: AccountKeys, parts: Pick<TokenIssuer, 'issuer' | 'apiAudiences' | 'lookups' | 'clock' | 'newId'>): TokenIssuer | undefined {
  const first = keys.signer();
  const own = maxTokenMs / 1000;
  return first && { ...parts, signer: () => keys.signer() ?? first, maxExpirationSeconds: own > 0 ? own : keys.maxTokenSeconds ?? 0, extendExpiration: extendTokens };
}

function checkTokenLife({ maxTokenMs }: AuthenticationConfig['serviceAccounts']): void {
  if (maxTokenMs !== 0 && (maxTokenMs < 3_600_000 || maxTokenMs > 2 ** 32 * 1000)) throw new UsageError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
}

function frontProxies({ allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraPrefixes }: AuthenticationConfig['frontProxy']): Authenticator[] {
  return usernameHeaders.length === 0 ? [] : [requestHeaderAuthenticator({ allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes: extraPrefixes })];
}

interface OwnTokensDeps extends AuthenticationDeps { apiAudiences: readonly string[]; keys: AccountKeys; lookups: TokenLookups; metrics: AuthenticationMetrics }

/** The kinds of tokens that the server judges by itself. */
function ownTokens({ tokenFile, bootstrapTokens, serviceAccounts: { issuers } }: AuthenticationConfig, { sources, files, clock, apiAudiences, keys, lookups, metrics }: OwnTokensDeps): TokenAuthenticator[] {
  const kinds: TokenAuthenticator[] = [];
  if (tokenFile !== undefined && tokenFile !== '') kinds.push(tokenFileAuthenticator(parseTokenFile(files.read(tokenFile), tokenFile), apiAudiences));
  if (keys.verification().length > 0) kinds.push(serviceAccountTokenAuthenticator({ issuers, keys, apiAudiences, lookups, clock, observe: metrics.tokenUsed }));
  if (bootstrapTokens) {
    const secrets = sources<coreV1.Secret & KubeObject>({ group: '', resource: 'secrets' });
    kinds.push(bootstrapTokenAuthenticator({ secret: (name) => secrets.get('kube-system', name), apiAudiences, clock }));
  }
  return kinds;
}

function tokenWebhooks({ tokenWebhook }: AuthenticationConfig, { files, clock, rng, logger, apiAudiences }: AuthenticationDeps & { apiAudiences: readonly string[] }): TokenAuthenticator[] {
  if (tokenWebhook === undefined) return [];
  const { kubeconfig, version, cacheTtlMs } = tokenWebhook;
  const webhook = reviewWebhook({ transport: followKubeconfig(kubeconfig, files), timeoutMs: WEBHOOK_TIMEOUT_MS, clock, rng });
  return [tokenWebhookAuthenticator({ webhook, version, cacheTtlMs, apiAudiences, clock, logger })];
}

/** From the caches, and from the store itself for what they do not have yet: a token may be used the moment it is issued. */
function tokenLookups({ sources, writer, clock, logger }: AuthenticationDeps): TokenLookups {
  const look = <T extends KubeObject>(resource: string) => (namespace: string, name: string): Readonly<T> | undefined | Promise<T | undefined> => (
    sources<T>({ group: '', resource }).get(namespace, name) ?? writer.get<T>({ group: '', resource }, namespace, name)
  );
  const node = look<coreV1.Node & KubeObject>('nodes');
  return {
    serviceAccount: look<coreV1.ServiceAccount & KubeObject>('serviceaccounts'), pod: look<coreV1.Pod & KubeObject>('pods'),
    secret: look<coreV1.Secret & KubeObject>('secrets'), node: (name) => node('', name), markUsed: usedSecretMarker({ writer, clock, logger }),
  };
}
