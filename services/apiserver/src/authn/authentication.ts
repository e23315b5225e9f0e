import { readFileSync } from 'node:fs';
import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { type Clock, errorMessage } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import type { ObjectSources, ObjectWriter, PathHandler } from '../endpoints/endpoint.ts';
import type { Authenticator } from '../pipeline/api-request.ts';
import { type AuthenticationOptions, validateAuthenticationOptions } from './authentication-options.ts';
import { BearerTokenAuthenticator } from './bearer-token.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts';
import { ClientCertificateAuthenticator } from './client-certificate.ts';
import { requestHeaderAuthenticator } from './request-header.ts';
import { readSigningKey, readVerificationKeys, type SigningKey, type VerificationKey } from './service-account/keys.ts';
import type { TokenLookups } from './service-account/lookups.ts';
import { openIdHandlers } from './service-account/openid-metadata.ts';
import { serviceAccountTokenAuthenticator } from './service-account/service-account-token.ts';
import type { TokenIssuer } from './service-account/token-request.ts';
import { parseTokenFile, tokenFileAuthenticator } from './token-file.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';
import { unionTokenAuthenticator } from './token-authenticator.ts';
import { unionAuthenticator } from './union-authenticator.ts';

export interface Authentication {
  authenticator: Authenticator;
  bearer: BearerTokenAuthenticator;
  apiAudiences: readonly string[];
  issuer: TokenIssuer | undefined;
  /** OpenID discovery. */
  pathHandlers: PathHandler[];
}

export interface AuthenticationDeps { sources: ObjectSources; writer: Pick<ObjectWriter, 'get'>; clock: Clock; newId(): string }

/** Builds the authenticators that the options ask for, in kube-apiserver's order. Reads files; throws a UserError that names a bad one. */
export async function setUpAuthentication(options: AuthenticationOptions, deps: AuthenticationDeps): Promise<Authentication> {
  validateAuthenticationOptions(options);
  const issuers = options['service-account-issuer'] ?? [];
  const apiAudiences = options['api-audiences'] ?? issuers.slice(0, 1);
  const lookups = tokenLookups(deps);
  const { signer, keys } = readKeys(options);
  const bearer = new BearerTokenAuthenticator({ tokens: unionTokenAuthenticator(tokenKinds(options, { ...deps, apiAudiences, issuers, keys, lookups })), apiAudiences, clock: deps.clock });
  const [issuer] = issuers;
  return {
    authenticator: unionAuthenticator([...frontProxies(options), new ClientCertificateAuthenticator(), bearer]),
    bearer, apiAudiences,
    issuer: signer === undefined || issuer === undefined ? undefined : {
      issuer, apiAudiences, signer, lookups, clock: deps.clock, newId: deps.newId,
      maxExpirationSeconds: options['service-account-max-token-expiration'] / 1000, extendExpiration: options['service-account-extend-token-expiration'],
    },
    pathHandlers: issuer === undefined ? [] : await openIdHandlers({ issuer, jwksUri: options['service-account-jwks-uri'] ?? `${issuer.replace(/\/$/, '')}/openid/v1/jwks`, keys }),
  };
}

function frontProxies(options: AuthenticationOptions): Authenticator[] {
  const usernameHeaders = options['requestheader-username-headers'];
  if (usernameHeaders.length === 0) return [];
  return [requestHeaderAuthenticator({
    usernameHeaders, allowedNames: options['requestheader-allowed-names'], uidHeaders: options['requestheader-uid-headers'],
    groupHeaders: options['requestheader-group-headers'], extraHeaderPrefixes: options['requestheader-extra-headers-prefix'],
  })];
}

interface TokenKindsDeps extends AuthenticationDeps { apiAudiences: readonly string[]; issuers: readonly string[]; keys: readonly VerificationKey[]; lookups: TokenLookups }

function tokenKinds(options: AuthenticationOptions, { sources, clock, apiAudiences, issuers, keys, lookups }: TokenKindsDeps): TokenAuthenticator[] {
  const kinds: TokenAuthenticator[] = [];
  const file = options['token-auth-file'];
  if (file !== undefined && file !== '') kinds.push(tokenFileAuthenticator(parseTokenFile(readText(file), file), apiAudiences));
  if (keys.length > 0) kinds.push(serviceAccountTokenAuthenticator({ issuers, keys, apiAudiences, lookups, clock }));
  if (options['enable-bootstrap-token-auth']) {
    const secrets = sources<coreV1.Secret & KubeObject>({ group: '', resource: 'secrets' });
    kinds.push(bootstrapTokenAuthenticator({ secret: (name) => secrets.get('kube-system', name), apiAudiences, clock }));
  }
  return kinds;
}

function readKeys(options: AuthenticationOptions): { signer: SigningKey | undefined; keys: readonly VerificationKey[] } {
  const signingFile = options['service-account-signing-key-file'];
  const files = options['service-account-key-file'] ?? (signingFile === undefined ? [] : [signingFile]);
  const keys = files.flatMap((file) => readVerificationKeys(readText(file), file));
  const signer = signingFile === undefined ? undefined : readSigningKey(readText(signingFile), signingFile);
  return { signer, keys: [...new Map(keys.map((key) => [key.id, key])).values()] };
}

/** From the caches, and from the store itself for what they do not have yet: a token may be used the moment it is issued. */
function tokenLookups({ sources, writer }: AuthenticationDeps): TokenLookups {
  const look = <T extends KubeObject>(resource: string) => (namespace: string, name: string): Readonly<T> | undefined | Promise<T | undefined> => (
    sources<T>({ group: '', resource }).get(namespace, name) ?? writer.get<T>({ group: '', resource }, namespace, name)
  );
  const node = look<coreV1.Node & KubeObject>('nodes');
  return {
    serviceAccount: look<coreV1.ServiceAccount & KubeObject>('serviceaccounts'), pod: look<coreV1.Pod & KubeObject>('pods'),
    secret: look<coreV1.Secret & KubeObject>('secrets'), node: (name) => node('', name),
  };
}

function readText(file: string): string {
  try { return readFileSync(file, 'utf8'); } catch (error) { throw new UserError(`cannot read ${file}: ${errorMessage(error)}`); }
}
