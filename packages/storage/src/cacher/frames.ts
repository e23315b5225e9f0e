import type { StoredObject, WatchEvent } from '../store/object-store.ts';

type FrameType = WatchEvent['type'];

/** Frames of the objects that were sent most recently. All watchers of an object send it within moments, so a few are enough. */
const frames = new Map<StoredObject, Map<FrameType, Buffer>>();
const FRAMED_OBJECTS_MAX = 512;
/** They hold no more than this, however large the objects are. */
const FRAMED_BYTES_MAX = 8 * 1024 * 1024;
let framedBytes = 0;

const HEADS: Readonly<Record<FrameType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'), MODIFIED: Buffer.from('{"type":"MODIFIED","object":'), DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const TAIL = Buffer.from('}\n');

/** Frames of several events as one buffer, as long as somebody has the events. */
const joined = new WeakMap<readonly WatchEvent[], Buffer>();

/** `{"type":…,"object":…}\n`, made once for all watchers that send this event. Shared: not to be changed. */
export function frameOf(type: FrameType, object: StoredObject): Buffer {
  const byType = frames.get(object) ?? remember(object);
  const known = byType.get(type);
  if (known !== undefined) return known;
  const frame = Buffer.concat([HEADS[type], object.bytes, TAIL]);
  byType.set(type, frame);
  framedBytes += frame.length;
  return frame;
}

/** The frames of what a watcher has read, one behind the other in one buffer; the same one for all watchers that were given the same array. */
export function framesOf(events: readonly WatchEvent[]): Buffer {
  const [first] = events;
  if (first !== undefined && events.length === 1) return frameOf(first.type, first.object);
  let known = joined.get(events);
  if (known === undefined) {
    known = Buffer.concat(events.flatMap(({ type, object }) => [HEADS[type], object.bytes, TAIL]));
    joined.set(events, known);
  }
  return known;
}

function remember(object: StoredObject): Map<FrameType, Buffer> {
  for (const [oldest, byType] of frames) {
    if (frames.size < FRAMED_OBJECTS_MAX && framedBytes < FRAMED_BYTES_MAX) break;
    frames.delete(oldest);
    for (const frame of byType.values()) framedBytes -= frame.length;
  }
  const byType = new Map<FrameType, Buffer>();
  frames.set(object, byType);
  return byType;
}
