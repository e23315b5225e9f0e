import type { coreV1 } from '@kubernode/api';
import type { ReferencedData } from '../pod/compute-environment.ts';
import { type DownwardFacts, fieldValue, resourceValue } from '../pod/downward-values.ts';
import type { Payload, PayloadFile } from './atomic-writer.ts';

/** A volume that cannot be set up now; the message is the event's. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

export interface PayloadInput {
  data: ReferencedData;
  facts: DownwardFacts;
  /** Tokens by `tokenKey`. */
  tokens: ReadonlyMap<string, string>;
}

const DEFAULT_MODE = 0o644;

type ConfigItems = readonly coreV1.KeyToPath[] | undefined;

/** The files of a volume whose content comes from the API; undefined for other volumes. */
export function computePayload(volume: coreV1.Volume, input: PayloadInput): Payload | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return configMapFiles(configMap, configMap.defaultMode ?? DEFAULT_MODE, input);
  if (secret) return secretFiles({ ...secret, name: secret.secretName ?? '' }, secret.defaultMode ?? DEFAULT_MODE, input);
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_MODE, input);
  if (projected) return projectedFiles(projected, input);
  return undefined;
}

interface NamedSource { name?: string; items?: coreV1.KeyToPath[]; optional?: boolean }

function configMapFiles({ name = '', items, optional = false }: NamedSource, mode: number, { data }: PayloadInput): Map<string, PayloadFile> {
  const map = data.configMap(name);
  if (map === undefined && !optional) throw new VolumeError(`configmap "${name}" not found`);
  const values = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(map?.data ?? {})) values.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(map?.binaryData ?? {})) values.set(key, Buffer.from(base64, 'base64'));
  return pick(values, { items, mode, optional, what: 'configmap' });
}

function secretFiles({ name = '', items, optional = false }: NamedSource, mode: number, { data }: PayloadInput): Map<string, PayloadFile> {
  const secret = data.secret(name);
  if (secret === undefined && !optional) throw new VolumeError(`secret "${name}" not found`);
  const values = new Map(Object.entries(secret?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const));
  return pick(values, { items, mode, optional, what: 'secret' });
}

function pick(values: ReadonlyMap<string, Buffer>, { items, mode, optional, what }: { items: ConfigItems; mode: number; optional: boolean; what: string }): Map<string, PayloadFile> {
  if (items === undefined || items.length === 0) return new Map([...values].map(([key, data]) => [key, { data, mode }]));
  const files = new Map<string, PayloadFile>();
  for (const { key, path, mode: own } of items) {
    const data = values.get(key);
    if (data === undefined) {
      if (optional) continue;
      throw new VolumeError(`references non-existent ${what} key: ${key}`);
    }
    files.set(path, { data, mode: own ?? mode });
  }
  return files;
}

function downwardFiles(items: readonly coreV1.DownwardAPIVolumeFile[], mode: number, { facts }: PayloadInput): Map<string, PayloadFile> {
  return new Map(items.map(({ path, fieldRef, resourceFieldRef, mode: own }) => {
    const text = fieldRef ? fieldValue(fieldRef.fieldPath, facts) : resourceFieldRef ? resourceValue(resourceFieldRef, undefined, facts) : '';
    return [path, { data: Buffer.from(text), mode: own ?? mode }];
  }));
}

function projectedFiles({ sources = [], defaultMode = DEFAULT_MODE }: coreV1.ProjectedVolumeSource, input: PayloadInput): Map<string, PayloadFile> {
  const files = new Map<string, PayloadFile>();
  for (const source of sources) for (const [name, file] of sourceFiles(source, defaultMode, input)) files.set(name, file);
  return files;
}

function sourceFiles({ configMap, secret, downwardAPI, serviceAccountToken }: coreV1.VolumeProjection, mode: number, input: PayloadInput): Map<string, PayloadFile> {
  if (configMap) return configMapFiles(configMap, mode, input);
  if (secret) return secretFiles(secret, mode, input);
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], mode, input);
  if (serviceAccountToken) {
    const token = input.tokens.get(tokenKey(serviceAccountToken));
    if (token === undefined) throw new VolumeError('failed to fetch token: not there yet');
    return new Map([[serviceAccountToken.path, { data: Buffer.from(token), ...tokenAccess(mode, input.facts) }]]);
  }
  return new Map();
}

/** A token is its reader's alone, where the reader is known. */
function tokenAccess(mode: number, { pod }: DownwardFacts): Pick<PayloadFile, 'mode' | 'uid'> {
  const { containers = [], securityContext } = pod.spec ?? {};
  const users = new Set(containers.map((container) => container.securityContext?.runAsUser ?? securityContext?.runAsUser));
  const [user] = users;
  if (users.size === 1 && user !== undefined) return { mode: 0o600, uid: user };
  return { mode: securityContext?.fsGroup === undefined ? mode : 0o600 };
}

/** Names one token of a pod. */
export function tokenKey({ audience = '', expirationSeconds = 3600 }: { audience?: string; expirationSeconds?: number }): string {
  return `${audience}/${expirationSeconds}`;
}

/** The tokens that a pod's volumes ask for. */
export function wantedTokens(volumes: readonly coreV1.Volume[]): readonly coreV1.ServiceAccountTokenProjection[] {
  return volumes.flatMap(({ projected }) => (projected?.sources ?? []).flatMap(({ serviceAccountToken }) => (serviceAccountToken ? [serviceAccountToken] : [])));
}
