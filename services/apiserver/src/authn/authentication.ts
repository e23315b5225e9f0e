import { readFileSync } from 'node:fs';
import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { type Clock, errorMessage } from '@kubernode/base';
import { type Logger, UsageError, UserError } from '@kubernode/component-base';
import type { ApiServerConfig } from '../app/options.ts';
import type { ObjectSources, ObjectWriter, PathHandler } from '../endpoints/endpoint.ts';
import type { Authenticator } from '../pipeline/api-request.ts';
import { BearerTokenAuthenticator } from './bearer-token.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts';
import { ClientCertificateAuthenticator } from './client-certificate.ts';
import { requestHeaderAuthenticator } from './request-header.ts';
import { readSigningKey, readVerificationKeys, type SigningKey, type VerificationKey } from './service-account/keys.ts';
import type { TokenLookups } from './service-account/lookups.ts';
import { usedSecretMarker } from './service-account/mark-used.ts';
import { openIdHandlers } from './service-account/openid-metadata.ts';
import { serviceAccountTokenAuthenticator } from './service-account/service-account-token.ts';
import type { TokenIssuer } from './service-account/token-request.ts';
import { parseTokenFile, tokenFileAuthenticator } from './token-file.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';
import { unionTokenAuthenticator } from './token-authenticator.ts';
import { unionAuthenticator } from './union-authenticator.ts';

export type AuthenticationConfig = Pick<ApiServerConfig, 'tokenFile' | 'bootstrapTokens' | 'serviceAccounts' | 'frontProxy'> & { /** Host and port by which others reach this server. */ externalAddress: string };

export interface Authentication {
  authenticator: Authenticator;
  bearer: BearerTokenAuthenticator;
  apiAudiences: readonly string[];
  issuer: TokenIssuer | undefined;
  /** OpenID discovery. */
  pathHandlers: PathHandler[];
}

export interface AuthenticationDeps { sources: ObjectSources; writer: Pick<ObjectWriter, 'get' | 'update'>; clock: Clock; logger: Logger; newId(): string }

/** Builds the authenticators that the options ask for, in kube-apiserver's order. Reads files; throws a UserError that names a bad one. */
export async function setUpAuthentication(config: AuthenticationConfig, deps: AuthenticationDeps): Promise<Authentication> {
  const { issuers, audiences, jwksUri } = config.serviceAccounts;
  checkTokenLife(config.serviceAccounts);
  const apiAudiences = audiences.length > 0 ? audiences : issuers.slice(0, 1);
  const lookups = tokenLookups(deps);
  const { signer, keys } = readKeys(config.serviceAccounts);
  const tokens = unionTokenAuthenticator(tokenKinds(config, { ...deps, apiAudiences, keys, lookups }));
  const bearer = new BearerTokenAuthenticator({ tokens, apiAudiences, clock: deps.clock });
  const [issuer] = issuers;
  return {
    authenticator: unionAuthenticator([...frontProxies(config.frontProxy), new ClientCertificateAuthenticator(), bearer]),
    bearer, apiAudiences, issuer: signer === undefined || issuer === undefined ? undefined : tokenIssuer(config, { issuer, apiAudiences, signer, lookups, ...deps }),
    pathHandlers: issuer === undefined ? [] : await openIdHandlers({ issuer, jwksUri: jwksUri ?? `https://${config.externalAddress}/openid/v1/jwks`, keys }),
  };
}

function tokenIssuer({ serviceAccounts: { maxTokenMs, extendTokens } }: AuthenticationConfig, parts: Pick<TokenIssuer, 'issuer' | 'apiAudiences' | 'signer' | 'lookups' | 'clock' | 'newId'>): TokenIssuer {
  return { ...parts, maxExpirationSeconds: maxTokenMs / 1000, extendExpiration: extendTokens };
}

function checkTokenLife({ maxTokenMs }: AuthenticationConfig['serviceAccounts']): void {
  if (maxTokenMs !== 0 && (maxTokenMs < 3_600_000 || maxTokenMs > 2 ** 32 * 1000)) throw new UsageError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
}

function frontProxies({ allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraPrefixes }: AuthenticationConfig['frontProxy']): Authenticator[] {
  return usernameHeaders.length === 0 ? [] : [requestHeaderAuthenticator({ allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes: extraPrefixes })];
}

interface TokenKindsDeps extends AuthenticationDeps { apiAudiences: readonly string[]; keys: readonly VerificationKey[]; lookups: TokenLookups }

function tokenKinds({ tokenFile, bootstrapTokens, serviceAccounts: { issuers } }: AuthenticationConfig, { sources, clock, apiAudiences, keys, lookups }: TokenKindsDeps): TokenAuthenticator[] {
  const kinds: TokenAuthenticator[] = [];
  if (tokenFile !== undefined && tokenFile !== '') kinds.push(tokenFileAuthenticator(parseTokenFile(readText(tokenFile), tokenFile), apiAudiences));
  if (keys.length > 0) kinds.push(serviceAccountTokenAuthenticator({ issuers, keys, apiAudiences, lookups, clock }));
  if (bootstrapTokens) {
    const secrets = sources<coreV1.Secret & KubeObject>({ group: '', resource: 'secrets' });
    kinds.push(bootstrapTokenAuthenticator({ secret: (name) => secrets.get('kube-system', name), apiAudiences, clock }));
  }
  return kinds;
}

/** Tokens are verified with the signing key when no others are given. */
function readKeys({ keyFiles, signingKeyFile }: AuthenticationConfig['serviceAccounts']): { signer: SigningKey | undefined; keys: readonly VerificationKey[] } {
  const files = keyFiles.length > 0 || signingKeyFile === undefined ? keyFiles : [signingKeyFile];
  const keys = files.flatMap((file) => readVerificationKeys(readText(file), file));
  const signer = signingKeyFile === undefined ? undefined : readSigningKey(readText(signingKeyFile), signingKeyFile);
  return { signer, keys: [...new Map(keys.map((key) => [key.id, key])).values()] };
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

function readText(file: string): string {
  try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`cannot read ${file}: ${errorMessage(error)}`); }
}
