import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ReverseWriter } from '@kubernode/rpc';
import { crc32c } from './crc32c.ts';
import { memberJson, type FoundedCluster } from './founding-members.ts';

/**
 * The log with which a member of a restored cluster begins: as if all members had been added one by one, and a snapshot taken after that.
 * The snapshot is what matters: whoever joins later and asks for the log from its beginning is told that it is gone, and gets the whole
 * database instead. Without it, it would begin with an empty one and never know what it lacks.
 *
 *     wal:   checksum 0 │ who am I │ snapshot at 0 │ entry: add member 1 │ … │ term 1, committed n │ snapshot at n
 *     snap:  the members, at entry n
 *
 * The database says that it has applied n entries (`rewrite-database.ts`).
 */
export function writeLog({ dataDir, cluster, name }: { dataDir: string; cluster: FoundedCluster; name: string }): void {
  const self = cluster.members.find((one) => one.name === name);
  if (self === undefined) throw new Error(`broken invariant: ${name} is none of the members`);
  writeNew(path.join(dataDir, 'member/wal'), `${hex(0)}-${hex(0)}.wal`, encodeLog(cluster, self.id));
  writeNew(path.join(dataDir, 'member/snap'), `${hex(FOUNDING_TERM)}-${hex(cluster.members.length)}.snap`, encodeSnapshot(cluster));
}

/** In which the members are added. */
export const FOUNDING_TERM = 1;
const SECRET_MODE = 0o600, SECRET_FOLDER_MODE = 0o700;
const Record = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;
const CONF_CHANGE_ENTRY = 1;
/** What etcd finds behind the last record says that there is no more. */
const END_BYTES = 4096;

function encodeLog({ id, members }: FoundedCluster, self: bigint): Buffer {
  const log = new RecordWriter();
  log.add(Record.crc, undefined);
  log.add(Record.metadata, new ReverseWriter().int(2, id).int(1, self).finish());
  log.add(Record.snapshot, logSnapshot(0, 0));
  members.forEach((member, n) => {
    const change = new ReverseWriter().string(4, memberJson(member)).int(3, member.id).finish(); // of type 0: add
    log.add(Record.entry, new ReverseWriter().bytes(4, change).int(3, n + 1).int(2, FOUNDING_TERM).int(1, CONF_CHANGE_ENTRY).finish());
  });
  log.add(Record.state, new ReverseWriter().int(3, members.length).int(2, members[0]?.id).int(1, FOUNDING_TERM).finish());
  log.add(Record.snapshot, logSnapshot(members.length, FOUNDING_TERM));
  return log.finish();
}

function logSnapshot(index: number, term: number): Buffer { return new ReverseWriter().int(2, term).int(1, index).finish(); }

/** Frames of eight bytes: how long the record is, and in the highest byte how much follows it to a multiple of eight. Checksums go on from one record to the next. */
class RecordWriter {
  readonly #parts: Buffer[] = [];
  #crc = 0;

  add(type: number, data: Buffer | undefined): void {
    this.#crc = crc32c(data ?? Buffer.alloc(0), this.#crc);
    const writer = new ReverseWriter();
    if (data !== undefined) writer.bytes(3, data);
    const record = writer.int(2, this.#crc).int(1, type).finish();
    const padding = (8 - record.length % 8) % 8;
    const head = Buffer.alloc(8);
    head.writeUInt32LE(record.length);
    if (padding > 0) head[7] = 0x80 | padding;
    this.#parts.push(head, record, Buffer.alloc(padding));
  }

  finish(): Buffer { return Buffer.concat([...this.#parts, Buffer.alloc(END_BYTES)]); }
}

function encodeSnapshot(cluster: FoundedCluster): Buffer {
  const writer = new ReverseWriter();
  const { members } = cluster;
  writer.message(2, () => {
    writer.int(3, FOUNDING_TERM).int(2, members.length);
    writer.message(1, () => { for (const { id } of members.toReversed()) writer.int(1, id); });
  }).string(1, JSON.stringify(oldStore(cluster)));
  const data = writer.finish();
  return new ReverseWriter().bytes(2, data).int(1, crc32c(data)).finish();
}

interface StoreNode { Path: string; CreatedIndex: number; ModifiedIndex: number; ExpireTime: string; Value: string; Children: Record<string, StoreNode> | null }

const NEVER = '0001-01-01T00:00:00Z';
/** How many events etcd 2 kept. */
const HISTORY = 1000;

/** etcd 2's tree of keys, in which etcd up to 3.4 keeps its members, and later ones still look. */
function oldStore({ members }: FoundedCluster): object {
  const node = (at: string, index: number, rest: Partial<StoreNode>): StoreNode => ({ Path: at, CreatedIndex: index, ModifiedIndex: index, ExpireTime: NEVER, Value: '', Children: null, ...rest });
  const children = Object.fromEntries(members.map(({ id, peerUrls }, n) => {
    const at = `/0/members/${id.toString(16)}`;
    return [id.toString(16), node(at, n + 1, { Children: { raftAttributes: node(`${at}/raftAttributes`, n + 1, { Value: JSON.stringify({ peerURLs: peerUrls }) }) } })];
  }));
  return {
    Root: node('/', 0, { Children: { 0: node('/0', 0, { Children: { members: node('/0/members', 1, { Children: children }) } }), 1: node('/1', 0, { Children: {} }) } }),
    WatcherHub: { EventHistory: { Queue: { Events: Array.from({ length: HISTORY }, () => null), Size: 0, Front: 0, Back: 0, Capacity: HISTORY }, StartIndex: 0, LastIndex: 0 } },
    CurrentIndex: members.length, Stats: {}, CurrentVersion: 2,
  };
}

function hex(value: number): string { return value.toString(16).padStart(16, '0'); }

function writeNew(folder: string, name: string, bytes: Buffer): void {
  mkdirSync(folder, { recursive: true, mode: SECRET_FOLDER_MODE });
  const fd = openSync(path.join(folder, name), 'wx', SECRET_MODE);
  try { for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done); fsyncSync(fd); } finally { closeSync(fd); }
}
