import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

/** The messages of service Lease. */

export function encodeLeaseGrant(ttlSeconds: number): Buffer { return new ReverseWriter().int(1, ttlSeconds).finishFramed(); }
/** Of revocation and keep-alive alike. */
export function encodeLeaseId(id: bigint): Buffer { return new ReverseWriter().int(1, id).finishFramed(); }

/** Of grants and keep-alives alike. */
export function decodeLease(message: Buffer): { id: bigint; ttlSeconds: number } {
  const lease = { id: 0n, ttlSeconds: 0 };
  for (const reader = new MessageReader(message); reader.next();) {
    if (reader.field === 2) lease.id = reader.bigint();
    else if (reader.field === 3) lease.ttlSeconds = Math.max(Number(reader.bigint()), 0); // -1 for a lease that is gone
  }
  return lease;
}
