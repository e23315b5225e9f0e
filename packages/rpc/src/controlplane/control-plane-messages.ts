import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';
import type { CallRequest, CallResponse, Fence, LeaseHold, LeaseState, WatchFrame } from './messages.ts';

/** The messages of proto/controlplane/v1 as a client says and hears them; field numbers are from there. */

const NOTHING: Buffer = Buffer.alloc(0);

export function encodeCall({ method, path, contentType, body, accept, userAgent, fence }: CallRequest): Buffer {
  const writer = new ReverseWriter(body.length + path.length);
  if (fence !== undefined && fence !== null) writer.message(7, () => writeHold(writer, fence));
  return writer.string(6, userAgent).string(5, accept).bytes(4, body).string(3, contentType).string(2, path).string(1, method).finishFramed();
}

export function encodeHold(hold: LeaseHold): Buffer {
  const writer = new ReverseWriter();
  writeHold(writer, hold);
  return writer.finishFramed();
}

export function decodeCallResponse(message: Buffer): CallResponse {
  const response: CallResponse = { status: 0, contentType: '', body: NOTHING, warnings: [], retryAfterSeconds: 0, auditId: '' };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: response.status = reader.int(); break;
      case 2: response.contentType = reader.string(); break;
      case 3: response.body = reader.bytes(); break;
      case 4: response.warnings.push(reader.string()); break;
      case 5: response.retryAfterSeconds = reader.int(); break;
      case 6: response.auditId = reader.string(); break;
    }
  }
  return response;
}

export function decodeWatchFrame(message: Buffer): WatchFrame {
  const frame: WatchFrame = { status: 0, events: NOTHING };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: frame.status = reader.int(); break;
      case 2: frame.events = reader.bytes(); break;
    }
  }
  return frame;
}

export function decodeLeaseState(message: Buffer): LeaseState {
  let held = false;
  for (const reader = new MessageReader(message); reader.next();) if (reader.field === 1) held = reader.bool();
  return { held };
}

/** A fence and a hold have the same fields. */
function writeHold(writer: ReverseWriter, { namespace, lease, holder, epoch }: Fence): void {
  writer.int(4, epoch).string(3, holder).string(2, lease).string(1, namespace);
}
