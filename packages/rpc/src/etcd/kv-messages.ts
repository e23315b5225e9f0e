import { EtcdError } from './etcd-error.ts';
import type { Compare, KeyValue, Operation, OperationResult, RangeRequest, RangeResponse, TxnRequest, TxnResponse } from './etcd-client.ts';
import { MessageReader } from '../protobuf/message-reader.ts';
import { ReverseWriter } from '../protobuf/reverse-writer.ts';

/** The messages of service KV in proto/etcd/rpc.proto; field numbers are from there. */

const COMPARE_TARGETS = { version: 0, createRevision: 1, modRevision: 2, value: 3 } as const;
const COMPARE_OPERANDS = { version: 4, createRevision: 5, modRevision: 6 } as const;
const OP_RANGE = 1, OP_PUT = 2, OP_DELETE = 3;

export function encodeRange(request: RangeRequest): Buffer {
  const writer = new ReverseWriter();
  writeRange(writer, request);
  return writer.finishFramed();
}

export function encodePut(request: { key: string; value: Buffer; lease?: bigint | undefined }): Buffer {
  const writer = new ReverseWriter(request.value.length);
  writePut(writer, request);
  return writer.finishFramed();
}

export function encodeDelete(request: { key: string; rangeEnd?: string | undefined }): Buffer {
  const writer = new ReverseWriter();
  writeDelete(writer, request);
  return writer.finishFramed();
}

export function encodeTxn({ compare, success, failure }: TxnRequest): Buffer {
  let size = 0;
  for (const operation of success) if (operation.kind === 'put') size += operation.value.length;
  const writer = new ReverseWriter(size);
  for (const operation of failure.toReversed()) writer.message(3, () => writeOperation(writer, operation));
  for (const operation of success.toReversed()) writer.message(2, () => writeOperation(writer, operation));
  for (const each of compare.toReversed()) writer.message(1, () => writeCompare(writer, each));
  return writer.finishFramed();
}

export function encodeCompaction({ revision, physical }: { revision: number; physical?: boolean | undefined }): Buffer {
  return new ReverseWriter().bool(2, physical).int(1, revision).finishFramed();
}

export function decodeRange(message: Buffer): RangeResponse { return readRange(new MessageReader(message)); }

export function decodePut(message: Buffer): { revision: number } { return { revision: readDeleted(new MessageReader(message)).revision }; }

export function decodeDelete(message: Buffer): { revision: number; deleted: number } { return readDeleted(new MessageReader(message)); }

export function decodeTxn(message: Buffer): TxnResponse {
  const response: TxnResponse = { revision: 0, succeeded: false, results: [] };
  for (const reader = new MessageReader(message); reader.next();) {
    switch (reader.field) {
      case 1: response.revision = readHeaderRevision(reader.message()); break;
      case 2: response.succeeded = reader.bool(); break;
      case 3: response.results.push(readResult(reader.message())); break;
    }
  }
  return response;
}

export function readKeyValue(reader: MessageReader): KeyValue {
  const kv: KeyValue = { key: '', value: NOTHING, createRevision: 0, modRevision: 0, version: 0, lease: 0n };
  while (reader.next()) {
    switch (reader.field) {
      case 1: kv.key = reader.string(); break;
      case 2: kv.createRevision = reader.int(); break;
      case 3: kv.modRevision = reader.int(); break;
      case 4: kv.version = reader.int(); break;
      case 5: kv.value = reader.bytes(); break;
      case 6: kv.lease = reader.bigint(); break;
    }
  }
  return kv;
}

export function readHeaderRevision(reader: MessageReader): number {
  let revision = 0;
  while (reader.next()) if (reader.field === 3) revision = reader.int();
  return revision;
}

/** The raft term in the header with which each answer begins; 0 without one. */
export function readHeaderTerm(message: Buffer): number {
  const reader = new MessageReader(message);
  if (!reader.next() || reader.field !== 1) return 0;
  let term = 0;
  for (const header = reader.message(); header.next();) if (header.field === 4) term = header.int();
  return term;
}

const NOTHING = Buffer.alloc(0);

function writeRange(writer: ReverseWriter, { key, rangeEnd, limit, revision, serializable, keysOnly, countOnly }: RangeRequest): void {
  writer.bool(9, countOnly).bool(8, keysOnly).bool(7, serializable).int(4, revision).int(3, limit).string(2, rangeEnd).string(1, key);
}

function writePut(writer: ReverseWriter, { key, value, lease }: { key: string; value: Buffer; lease?: bigint | undefined }): void {
  writer.int(3, lease).bytes(2, value).string(1, key);
}

function writeDelete(writer: ReverseWriter, { key, rangeEnd }: { key: string; rangeEnd?: string | undefined }): void {
  writer.string(2, rangeEnd).string(1, key);
}

function writeOperation(writer: ReverseWriter, operation: Operation): void {
  switch (operation.kind) {
    case 'range': writer.message(OP_RANGE, () => writeRange(writer, operation)); break;
    case 'put': writer.message(OP_PUT, () => writePut(writer, operation)); break;
    case 'delete': writer.message(OP_DELETE, () => writeDelete(writer, operation)); break;
  }
}

function writeCompare(writer: ReverseWriter, compare: Compare): void {
  if (compare.target === 'value') writer.bytes(7, Buffer.from(compare.equals));
  else writer.int(COMPARE_OPERANDS[compare.target], compare.equals);
  writer.string(3, compare.key).int(2, COMPARE_TARGETS[compare.target]); // EQUAL is 0, the default
}

function readRange(reader: MessageReader): RangeResponse {
  const response: RangeResponse = { revision: 0, kvs: [], more: false, count: 0 };
  while (reader.next()) {
    switch (reader.field) {
      case 1: response.revision = readHeaderRevision(reader.message()); break;
      case 2: response.kvs.push(readKeyValue(reader.message())); break;
      case 3: response.more = reader.bool(); break;
      case 4: response.count = reader.int(); break;
    }
  }
  return response;
}

function readDeleted(reader: MessageReader): { revision: number; deleted: number } {
  const response = { revision: 0, deleted: 0 };
  while (reader.next()) {
    if (reader.field === 1) response.revision = readHeaderRevision(reader.message());
    else if (reader.field === 2) response.deleted = reader.int();
  }
  return response;
}

function readResult(reader: MessageReader): OperationResult {
  if (!reader.next()) throw new EtcdError({ code: 'protocol', message: 'an empty result in an answer of etcd', fateUnknown: true });
  switch (reader.field) {
    case OP_RANGE: return { kind: 'range', ...readRange(reader.message()) };
    case OP_DELETE: return { kind: 'delete', deleted: readDeleted(reader.message()).deleted };
    default: return { kind: 'put' };
  }
}
