import type { EtcdEvent, WatchRequest } from './etcd-client.ts';
import { readHeaderRevision, readKeyValue } from './kv-messages.ts';
import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

export interface WatchAnswer { revision: number; created: boolean; canceled: boolean; compactRevision: number; cancelReason: string; events: EtcdEvent[] }

export function encodeWatchCreate({ key, rangeEnd, startRevision }: WatchRequest): Buffer {
  const writer = new ReverseWriter();
  return writer.message(1, () => { writer.int(3, startRevision).string(2, rangeEnd).string(1, key); }).finishFramed();
}

/** Asks for an answer without events: a sign of life. */
export function encodeWatchProgress(): Buffer {
  return new ReverseWriter().message(3, () => undefined).finishFramed();
}

export function decodeWatch(message: Buffer): WatchAnswer {
  const answer: WatchAnswer = { revision: 0, created: false, canceled: false, compactRevision: 0, cancelReason: '', events: [] };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: answer.revision = readHeaderRevision(reader.message()); break;
      case 3: answer.created = reader.bool(); break;
      case 4: answer.canceled = reader.bool(); break;
      case 5: answer.compactRevision = reader.int(); break;
      case 6: answer.cancelReason = reader.string(); break;
      case 11: answer.events.push(readEvent(reader.message())); break;
    }
  }
  return answer;
}

function readEvent(reader: MessageReader): EtcdEvent {
  let type: EtcdEvent['type'] = 'put';
  let kv: EtcdEvent['kv'] | undefined;
  while (reader.next()) {
    if (reader.field === 1) type = reader.int() === 1 ? 'delete' : 'put';
    else if (reader.field === 2) kv = readKeyValue(reader.message());
  }
  return { type, kv: kv ?? readKeyValue(new MessageReader(Buffer.alloc(0))) };
}
