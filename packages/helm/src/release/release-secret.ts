import { promisify } from 'node:util';
import { gunzip, gzip, constants } from 'node:zlib';
import { isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { ReleaseError } from './release-error.ts';
import type { HookExecution, Release, ReleaseInfo, StoredChart, StoredHook } from './release.ts';

/** What a Secret may hold in all; the API server refuses more. */
export const RELEASE_BYTES_MAX: number = 1024 * 1024;
/** What a stored release may unpack to; far more than any whose Secret is not a trap. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
const SECRET_TYPE = 'helm.sh/release.v1';

/** Labels that Helm sets itself; users' own may not have these names. */
export const SYSTEM_LABELS: readonly string[] = ['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'];

/** A Secret that holds a release. */
export interface ReleaseSecret {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  type: typeof SECRET_TYPE;
  data: { release: string };
}

/** `sh.helm.release.v1.web.v3`. */
export function releaseSecretName(name: string, version: number): string {
  return `sh.helm.release.v1.${name}.v${version}`;
}

/** The Secret for a release. `stamp` says whether it is new or changed, `now` in ms. ReleaseError when it is too large for one. */
export async function encodeRelease(release: Release, { stamp, now }: { stamp: 'createdAt' | 'modifiedAt'; now: number }): Promise<ReleaseSecret> {
  const { labels, ...stored } = release;
  const packed = await promisify(gzip)(JSON.stringify(stored), { level: constants.Z_BEST_COMPRESSION });
  const text = packed.toString('base64');
  if (text.length > RELEASE_BYTES_MAX) {
    throw new ReleaseError(`the release is too large to be stored: ${text.length} bytes compressed, a Secret holds ${RELEASE_BYTES_MAX}; take large files out of the chart, or list them in .helmignore`);
  }
  return {
    apiVersion: 'v1', kind: 'Secret', type: SECRET_TYPE,
    metadata: {
      name: releaseSecretName(release.name, release.version), namespace: release.namespace,
      labels: { ...labels, [stamp]: String(Math.floor(now / 1000)), name: release.name, owner: 'helm', status: release.info.status, version: String(release.version) },
    },
    data: { release: Buffer.from(text).toString('base64') },
  };
}

/** The release that a Secret holds. ReleaseError when it is none: others may write such Secrets. */
export async function decodeRelease(secret: { metadata: { name: string; labels?: Record<string, string> }; data?: Record<string, string> | null }): Promise<Release> {
  const broken = (why: string): ReleaseError => new ReleaseError(`the Secret ${secret.metadata.name} holds no release: ${why}`);
  const text = secret.data?.['release'];
  if (text === undefined) throw broken('it has no key "release"');
  const labels = Object.fromEntries(Object.entries(secret.metadata.labels ?? {}).filter(([key]) => !SYSTEM_LABELS.includes(key)));
  const bytes = Buffer.from(Buffer.from(text, 'base64').toString('latin1'), 'base64');
  let stored: unknown;
  try { stored = JSON.parse((await unpack(bytes)).toString('utf8')); } catch (error) { throw broken(errorMessage(error)); }
  if (!isJsonObject(stored) || typeof stored['name'] !== 'string' || typeof stored['version'] !== 'number') throw broken('it is not in the form of Helm 3');
  return { ...complete(stored), labels };
}

/** Releases of the first versions of Helm 3 are not compressed. */
function unpack(bytes: Buffer): Promise<Buffer> {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }) : Promise.resolve(bytes);
}

/** Go leaves out what is empty. */
function complete(stored: JsonObject): Omit<Release, 'labels'> {
  const info = isJsonObject(stored['info']) ? stored['info'] : {};
  const hooks = Array.isArray(stored['hooks']) ? stored['hooks'].filter(isJsonObject) : [];
  return {
    ...(stored as unknown as Release), // what is missing follows; fields of newer versions are kept
    namespace: textOf(stored['namespace']), manifest: textOf(stored['manifest']),
    info: { first_deployed: '', last_deployed: '', deleted: '', ...info, ...(info['status'] === undefined && { status: 'unknown' }) } as ReleaseInfo, // Helm's own record
    chart: isJsonObject(stored['chart']) ? { metadata: null, lock: null, templates: null, values: null, schema: null, files: null, ...stored['chart'] } as StoredChart : null, // Helm's own record
    config: isJsonObject(stored['config']) ? stored['config'] : {},
    hooks: hooks.map(completeHook),
  };
}

function completeHook(hook: JsonObject): StoredHook {
  const lastRun = isJsonObject(hook['last_run']) ? hook['last_run'] : {};
  const never: HookExecution = { started_at: '', completed_at: '', phase: '' };
  return { name: '', kind: '', path: '', manifest: '', events: [], ...hook, last_run: { ...never, ...lastRun } } as StoredHook; // Helm's own record
}

function textOf(value: unknown): string { return typeof value === 'string' ? value : ''; }
