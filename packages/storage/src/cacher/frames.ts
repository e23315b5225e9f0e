import type { StoredObject, WatchEvent } from '../store/object-store.ts';

type FrameType = WatchEvent['type'];

/** Frames of the objects that were sent most recently. All watchers of an object send it within moments, so a few are enough. */
const frames = new Map<StoredObject, Map<FrameType, Buffer>>();
const FRAMED_OBJECTS_MAX = 512;

const HEADS: Readonly<Record<FrameType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'), MODIFIED: Buffer.from('{"type":"MODIFIED","object":'), DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const TAIL = Buffer.from('}\n');

/** `{"type":…,"object":…}\n`, made once for all watchers that send this event. Shared: not to be changed. */
export function frameOf(type: FrameType, object: StoredObject): Buffer {
  const byType = frames.get(object) ?? remember(object);
  const known = byType.get(type);
  if (known !== undefined) return known;
  const frame = Buffer.concat([HEADS[type], object.bytes, TAIL]);
  byType.set(type, frame);
  return frame;
}

function remember(object: StoredObject): Map<FrameType, Buffer> {
  if (frames.size >= FRAMED_OBJECTS_MAX) for (const oldest of frames.keys()) { frames.delete(oldest); break; }
  const byType = new Map<FrameType, Buffer>();
  frames.set(object, byType);
  return byType;
}
