import { UserError } from '@kubernode/component-base';

/** One file of an archive. */
export interface BackupFile {
  /** Within the archive. */
  path: string;
  bytes: number;
  sha256: string;
  mode: number;
  /** Where it was on its host, of files that are not the cluster's own. */
  source?: string;
}

/** What an archive holds; its first file. */
export interface BackupManifest {
  /** Of archives; a newer one is refused. */
  formatVersion: 1;
  /** RFC 3339. */
  createdAt: string;
  kubernode: string;
  kubernetes: string;
  cluster: string;
  etcd: {
    version: string;
    clusterId: string;
    revision: number;
    compactRevision: number;
    keys: number;
    /** etcd's own hash of all keys and their history; absent when a compaction came between. */
    hash?: number;
  };
  files: readonly BackupFile[];
}

export const MANIFEST_PATH = 'manifest.json';
export const SNAPSHOT_PATH = 'etcd/snapshot.db';
export const CONFIG_PATH = 'cluster.json';
/** An archive says which files it has, and it may have no others: nothing is ever written but where these lead. */
const PATHS = /^(etcd\/snapshot\.db|cluster\.json|(pki|extra)\/[A-Za-z0-9][A-Za-z0-9._-]{0,80})$/;
const FILES_MAX = 10_000;

/** Throws a UserError with the first thing that is wrong. */
export function parseManifest(text: string, archive: string): BackupManifest {
  const refuse = (why: string): UserError => new UserError(`${archive} is not a backup of kubernode: ${why}`);
  let parsed: unknown;
  try { parsed = JSON.parse(text); } catch { throw refuse('its manifest is not JSON'); }
  const manifest = parsed as Partial<BackupManifest> | null; // checked field by field below
  if (typeof manifest !== 'object' || manifest === null) throw refuse('its manifest is no object');
  if (manifest.formatVersion !== 1) throw refuse(`its form is ${String(manifest.formatVersion)}, this version reads 1`);
  const { etcd, files, createdAt, cluster } = manifest;
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt)) || typeof cluster !== 'string') throw refuse('its manifest has no time or no cluster');
  if (etcd === undefined || ![etcd.revision, etcd.compactRevision, etcd.keys].every(isCount) || (etcd.hash !== undefined && !isCount(etcd.hash))) throw refuse('its manifest does not describe etcd');
  if (!Array.isArray(files) || files.length > FILES_MAX) throw refuse('its manifest names no files, or too many');
  for (const file of files as Partial<BackupFile>[]) { // likewise
    if (typeof file.path !== 'string' || !PATHS.test(file.path)) throw refuse(`it has a file of the name ${JSON.stringify(file.path)}`);
    if (!isCount(file.bytes) || !isCount(file.mode) || typeof file.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(file.sha256)) throw refuse(`its manifest does not describe ${file.path}`);
    if (file.source !== undefined && (typeof file.source !== 'string' || !file.source.startsWith('/'))) throw refuse(`its manifest does not say where ${file.path} was`);
  }
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size !== files.length) throw refuse('its manifest names a file twice');
  if (!paths.has(SNAPSHOT_PATH)) throw refuse('it has no snapshot of etcd');
  return manifest as BackupManifest; // checked
}

function isCount(value: unknown): value is number { return Number.isSafeInteger(value) && (value as number) >= 0; }
