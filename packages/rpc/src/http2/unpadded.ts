import { ConnectionError, ErrorCode, Flag } from './protocol.ts';

/** What a frame carries behind `skipped` bytes of fields and without its padding. A ConnectionError where it is too short for both. */
export function unpadded(flags: number, payload: Buffer, skipped: number): Buffer {
  const isPadded = (flags & Flag.padded) !== 0;
  if (!isPadded && skipped === 0) return payload;
  const start = skipped + (isPadded ? 1 : 0);
  const end = payload.length - (isPadded ? payload[0] ?? 0 : 0);
  if (start > end) throw new ConnectionError(ErrorCode.protocolError, 'more padding than frame');
  return payload.subarray(start, end);
}
