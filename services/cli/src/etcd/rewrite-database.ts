import { UserError } from '@kubernode/component-base';
import { BoltReader, type BoltEntry } from './bolt-reader.ts';
import { BoltWriter } from './bolt-writer.ts';
import { memberJson, type FoundedCluster } from './founding-members.ts';
import { FOUNDING_TERM } from './write-log.ts';

/** What a database of etcd says of itself. */
export interface DatabaseSummary {
  /** The newest revision that it knows of. */
  revision: number;
  /** Up to where history is gone; 0 when it never was compacted. */
  compactRevision: number;
}

/** Of the cluster that wrote it, not of the data: who its members were, how far its log was applied, its alarms. A new cluster begins without them. */
const CLUSTER_BUCKETS: ReadonlySet<string> = new Set(['alarm', 'cluster', 'members', 'members_removed']);
const CLUSTER_META: ReadonlySet<string> = new Set(['consistent_index', 'term', 'confState', 'storageVersion']);
/** etcd's, before anything is written. */
const FIRST_REVISION = 1;
const FINISHED = 'finishedCompactRev', SCHEDULED = 'scheduledCompactRev';
/** Main revision, `_`, revision within a transaction; a deletion has one byte more. */
const REVISION_BYTES = 17;

export function summarizeDatabase(file: string): DatabaseSummary {
  using reader = new BoltReader(file);
  if (!reader.buckets().includes('key')) throw new UserError(`${file} is not a database of etcd: it has no keys' bucket`);
  const meta = new Map([...reader.entries('meta')].map(({ key, value }) => [key.toString('latin1'), Buffer.from(value)]));
  const compactRevision = mainRevision(meta.get(FINISHED));
  return { compactRevision, revision: Math.max(FIRST_REVISION, mainRevision(reader.lastKey('key')), compactRevision, mainRevision(meta.get(SCHEDULED))) };
}

export interface RewriteOptions {
  from: string;
  to: string;
  bumpRevision: number;
  /** Whose database it is to be. */
  cluster: FoundedCluster;
}

/**
 * Makes the database of a new cluster from that of an old one (a snapshot, with or without the hash behind it): all keys with their
 * revisions, history and leases, nothing of the old cluster, and the members of the new. It says that it has applied the entries that add
 * those, with which their log begins (`write-log.ts`).
 *
 * `bumpRevision` is added to the revision, and everything up to there counts as compacted: etcd takes the revision up to which history is
 * gone for its own when its newest key is older (so that a compaction never takes it back). Whoever watched the old cluster at a later
 * revision than the snapshot's therefore hears that it is gone, and lists anew, instead of missing events without a word.
 */
export function rewriteDatabase({ from, to, bumpRevision, cluster }: RewriteOptions): DatabaseSummary {
  const before = summarizeDatabase(from);
  const revision = before.revision + bumpRevision;
  if (!Number.isSafeInteger(bumpRevision) || bumpRevision < 0 || !Number.isSafeInteger(revision)) throw new UserError(`the revision ${before.revision} cannot be raised by ${bumpRevision}`);
  using reader = new BoltReader(from);
  using writer = new BoltWriter(to);
  for (const bucket of [...new Set([...reader.buckets(), 'members', 'meta'])].sort()) {
    if (bucket === 'members') writer.bucket(bucket, memberEntries(cluster));
    else if (bucket === 'meta') writer.bucket(bucket, metaEntries(reader, { compacted: bumpRevision > 0 ? revision : undefined, cluster }));
    else if (!CLUSTER_BUCKETS.has(bucket)) writer.bucket(bucket, reader.entries(bucket));
  }
  writer.finish();
  return bumpRevision > 0 ? { revision, compactRevision: revision } : before;
}

/** Few and small; `compacted` replaces what they say of compactions. */
function metaEntries(reader: BoltReader, { compacted, cluster: { members } }: { compacted: number | undefined; cluster: FoundedCluster }): BoltEntry[] {
  const entries = new Map<string, Buffer>([...reader.entries('meta')].map(({ key, value }) => [key.toString('latin1'), value]));
  for (const key of CLUSTER_META) entries.delete(key);
  if (compacted !== undefined) for (const key of [FINISHED, SCHEDULED]) entries.set(key, encodeRevision(compacted));
  entries.set('consistent_index', uint64(members.length));
  entries.set('term', uint64(FOUNDING_TERM));
  entries.set('confState', Buffer.from(`{"voters":[${members.map(({ id }) => id).join(',')}],"auto_leave":false}`));
  return [...entries].map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value })).sort((a, b) => Buffer.compare(a.key, b.key));
}

function memberEntries({ members }: FoundedCluster): BoltEntry[] {
  return members.map((member) => ({ key: Buffer.from(member.id.toString(16)), value: Buffer.from(memberJson(member)) })).sort((a, b) => Buffer.compare(a.key, b.key));
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function mainRevision(bytes: Buffer | undefined): number {
  return bytes === undefined || bytes.length < REVISION_BYTES ? 0 : Number(bytes.readBigInt64BE());
}

function encodeRevision(main: number): Buffer {
  const bytes = Buffer.alloc(REVISION_BYTES);
  bytes.writeBigInt64BE(BigInt(main));
  bytes.write('_', 8);
  return bytes;
}
