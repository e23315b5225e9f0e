import { UserError } from '@kubernode/component-base';
import { BoltReader, type BoltEntry } from './bolt-reader.ts';
import { BoltWriter } from './bolt-writer.ts';

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

/**
 * Makes the database of a new cluster from that of an old one (a snapshot, with or without the hash behind it): all keys with their
 * revisions, history and leases, and nothing of the cluster. etcd 3.4 to 3.6 begin with it when they find it in an otherwise empty data
 * folder, each member with a copy: their own flags say who the members are.
 *
 * `bumpRevision` is added to the revision, and everything up to there counts as compacted: etcd takes the revision up to which history is
 * gone for its own when its newest key is older (so that a compaction never takes it back). Whoever watched the old cluster at a later
 * revision than the snapshot's therefore hears that it is gone, and lists anew, instead of missing events without a word.
 */
export function rewriteDatabase({ from, to, bumpRevision }: { from: string; to: string; bumpRevision: number }): DatabaseSummary {
  const before = summarizeDatabase(from);
  const revision = before.revision + bumpRevision;
  if (!Number.isSafeInteger(bumpRevision) || bumpRevision < 0 || !Number.isSafeInteger(revision)) throw new UserError(`the revision ${before.revision} cannot be raised by ${bumpRevision}`);
  using reader = new BoltReader(from);
  using writer = new BoltWriter(to);
  for (const bucket of reader.buckets()) {
    if (CLUSTER_BUCKETS.has(bucket)) continue;
    writer.bucket(bucket, bucket === 'meta' ? metaEntries(reader, bumpRevision > 0 ? revision : undefined) : reader.entries(bucket));
  }
  writer.finish();
  return bumpRevision > 0 ? { revision, compactRevision: revision } : before;
}

/** Few and small; `compacted` replaces what they say of compactions. */
function metaEntries(reader: BoltReader, compacted: number | undefined): BoltEntry[] {
  const entries = new Map<string, Buffer>([...reader.entries('meta')].map(({ key, value }) => [key.toString('latin1'), value]));
  for (const key of CLUSTER_META) entries.delete(key);
  if (compacted !== undefined) for (const key of [FINISHED, SCHEDULED]) entries.set(key, encodeRevision(compacted));
  return [...entries].map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value })).sort((a, b) => Buffer.compare(a.key, b.key));
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
