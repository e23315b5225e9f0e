import { createHash } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { secretRegistries, type RegistryLogin } from './registry-config.ts';

/** Where credentials came from, when they are a pod's own; what is not is the whole node's. */
export interface SecretOrigin { uid: string; namespace: string; name: string }

export interface PullCredentials extends RegistryLogin { origin?: SecretOrigin }

interface Entry { key: string; credentials: PullCredentials }

const DEFAULT_REGISTRY = 'index.docker.io';

/** A registry's logins by the place they are for. */
export type RegistryLogins = Readonly<Record<string, RegistryLogin>>;

/**
 * All credentials that may open a repository: of the pod's secrets first, then the node's. The place of the longest name comes first; a place may have
 * `*` within the parts of its host, and stands for all repositories whose path begins with its own.
 */
export function credentialsFor(repository: string, { secrets, node }: { secrets: readonly Readonly<coreV1.Secret>[]; node: readonly RegistryLogins[] }): readonly PullCredentials[] {
  const own = secrets.flatMap((secret) => entriesOf(secretRegistries(secret), { uid: secret.metadata.uid ?? '', namespace: secret.metadata.namespace ?? '', name: secret.metadata.name }));
  return [...lookUp(repository, own), ...node.flatMap((logins) => lookUp(repository, entriesOf(logins)))];
}

function entriesOf(logins: RegistryLogins, origin?: SecretOrigin): Entry[] {
  return Object.entries(logins).flatMap(([place, login]) => {
    const key = placeKey(place);
    return key === undefined ? [] : [{ key, credentials: { ...login, ...(origin && { origin }) } }];
  });
}

function lookUp(repository: string, entries: readonly Entry[]): PullCredentials[] {
  const byKey = [...entries].sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
  const found = byKey.filter(({ key }) => placeMatches(key, repository));
  const [host = ''] = repository.split('/');
  if (found.length === 0 && (host === 'docker.io' || host === DEFAULT_REGISTRY)) return entries.filter(({ key }) => key === DEFAULT_REGISTRY).map(({ credentials }) => credentials);
  return found.map(({ credentials }) => credentials);
}

/** Host and path of a place: schemes, and the path `/v1/` or `/v2/` of a registry's API, say nothing. Undefined for what is no address. */
function placeKey(place: string): string | undefined {
  const [, host, path = ''] = /^(?:https?:\/\/)?([^/?#]+)(\/[^?#]*)?/.exec(place) ?? [];
  if (host === undefined) return undefined;
  const effective = /^\/v[12]\//.test(path) ? path.slice(3) : path;
  return effective === '/' ? host : host + effective;
}

/** Whether a place (`*.example.com/team`, `registry:5000`) holds a repository or image. Hosts must have as many parts, and the same port. */
export function placeMatches(place: string, image: string): boolean {
  const glob = splitPlace(place);
  const target = splitPlace(image);
  if (glob.port !== target.port || glob.parts.length !== target.parts.length || !target.path.startsWith(glob.path)) return false;
  return glob.parts.every((part, i) => partMatches(part, target.parts[i] ?? ''));
}

function splitPlace(place: string): { parts: readonly string[]; port: string; path: string } {
  const slash = place.indexOf('/');
  const host = slash === -1 ? place : place.slice(0, slash);
  const [, name = host, port = ''] = /^(.*):(\d+)$/.exec(host) ?? [];
  return { parts: name.split('.'), port, path: slash === -1 ? '' : place.slice(slash) };
}

/** `*` and `?` as in a shell. */
function partMatches(pattern: string, part: string): boolean {
  const text = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${text}$`).test(part);
}

/** By what two credentials are known to be the same without keeping them. */
export function credentialHash({ username, password, identityToken = '', registryToken = '' }: RegistryLogin): string {
  return createHash('sha256').update(JSON.stringify({ username, password, identityToken, registryToken })).digest('hex');
}
