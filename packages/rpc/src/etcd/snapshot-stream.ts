import { createHash } from 'node:crypto';
import { abortError, onAbort, type Clock } from '@kubernode/base';
import { decodeSnapshotPiece, encodeEmpty } from './admin-messages.ts';
import type { EndpointConnection } from './endpoint-connection.ts';
import { EtcdError, readMessage } from './etcd-error.ts';

const SNAPSHOT_PATH = '/etcdserverpb.Maintenance/Snapshot';
/** The SHA-256 that ends a snapshot. */
const DIGEST_BYTES = 32;
/** A member that sends nothing for so long is frozen or cut off. */
export const SNAPSHOT_SILENCE_MS = 30_000;

/** See EtcdAdmin.snapshot. */
export async function* snapshotStream({ connection, clock, signal }: { connection: EndpointConnection; clock: Clock; signal: AbortSignal }): AsyncGenerator<Buffer, void> {
  if (signal.aborted) throw abortError(signal);
  const stream = connection.stream(SNAPSHOT_PATH, { requireLeader: false });
  using closing = onAbort(signal, () => stream.destroy());
  void closing;
  stream.end(encodeEmpty());
  const digest = new TrailingDigest();
  try {
    for (;;) {
      const silence = clock.after(SNAPSHOT_SILENCE_MS, () => stream.destroy(new EtcdError({ code: 'deadlineExceeded', message: 'the snapshot does not go on' })));
      const messages = await stream.next();
      silence[Symbol.dispose]();
      if (messages === undefined) break;
      for (const message of messages) {
        const piece = readMessage(decodeSnapshotPiece, message);
        digest.take(piece);
        if (piece.length > 0) yield piece;
      }
    }
  } finally { stream.destroy(); }
  if (signal.aborted) throw abortError(signal);
  if (stream.failure !== undefined) throw stream.failure;
  if (!digest.agrees()) throw new EtcdError({ code: 'protocol', message: 'the snapshot that arrived is not the one that was sent: its SHA-256 differs' });
}

/** Hashes what goes by but for its last 32 bytes, which are compared with the hash at the end. */
class TrailingDigest {
  readonly #hash = createHash('sha256');
  #tail: Buffer = Buffer.alloc(0);

  take(piece: Buffer): void {
    const bytes = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    const keepFrom = Math.max(0, bytes.length - DIGEST_BYTES);
    this.#hash.update(bytes.subarray(0, keepFrom));
    this.#tail = Buffer.from(bytes.subarray(keepFrom)); // a copy: the piece's memory is the connection's
  }

  agrees(): boolean { return this.#tail.length === DIGEST_BYTES && this.#hash.digest().equals(this.#tail); }
}
