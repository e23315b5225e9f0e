import path from 'node:path';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { decodeHashKv, decodeMemberAdd, decodeMemberList, decodeSnapshotPiece, decodeStatus, encodeHashKv, encodeMemberAdd, encodeMemberId, encodeMoveLeader } from './admin-messages.ts';
import { readMessage } from './etcd-error.ts';
import { decodeRange, decodeTxn, encodeCompaction, encodeDelete, encodePut, encodeRange, encodeTxn } from './kv-messages.ts';
import { decodeWatch, encodeWatchCreate, encodeWatchProgress } from './watch-messages.ts';

// What is written by hand against what a library makes of proto/etcd/rpc.proto.
const file = path.join(import.meta.dirname, '../../../../proto/etcd/rpc.proto');
const root = protobuf.loadSync(file);
const typeOf = (name: string): protobuf.Type => root.lookupType(`etcdserverpb.${name}`);
const decoded = (name: string, framed: Buffer): object => typeOf(name).toObject(typeOf(name).decode(framed.subarray(5)), { longs: Number, enums: String, bytes: String });
const encoded = (name: string, object: object): Buffer => Buffer.from(typeOf(name).encode(typeOf(name).fromObject(object)).finish());
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('messages of etcd', () => {
  test('the contract loads as gRPC wants it', () => {
    expect(Object.keys(loadSync(file)).filter((name) => !('format' in (loadSync(file)[name] as MessageTypeDefinition<object, object>)))).toEqual(['KV', 'Watch', 'Lease', 'Cluster', 'Maintenance'].map((name) => `etcdserverpb.${name}`)); // messages have a format, services none
  });

  test.each<[string, Buffer, object]>([
    ['RangeRequest', encodeRange({ key: 'a', rangeEnd: '\0', limit: 500, revision: 2 ** 40, serializable: true, keysOnly: true, countOnly: true }), { key: base64('a'), rangeEnd: base64('\0'), limit: 500, revision: 2 ** 40, serializable: true, keysOnly: true, countOnly: true }],
    ['PutRequest', encodePut({ key: 'ä', value: Buffer.from('v'), lease: 9n }), { key: base64('ä'), value: base64('v'), lease: 9 }],
    ['DeleteRangeRequest', encodeDelete({ key: 'a', rangeEnd: 'b' }), { key: base64('a'), rangeEnd: base64('b') }],
    ['CompactionRequest', encodeCompaction({ revision: 7, physical: true }), { revision: 7, physical: true }],
    ['TxnRequest', encodeTxn({
      compare: [{ key: 'a', target: 'version', equals: 3 }, { key: 'b', target: 'value', equals: 'x' }, { key: 'c', target: 'createRevision', equals: 1 }],
      success: [{ kind: 'delete', key: 'a' }, { kind: 'put', key: 'b', value: Buffer.from('y') }], failure: [{ kind: 'range', key: 'a', limit: 1 }],
    }), {
      compare: [{ key: base64('a'), version: 3 }, { target: 'VALUE', key: base64('b'), value: base64('x') }, { target: 'CREATE', key: base64('c'), createRevision: 1 }],
      success: [{ requestDeleteRange: { key: base64('a') } }, { requestPut: { key: base64('b'), value: base64('y') } }], failure: [{ requestRange: { key: base64('a'), limit: 1 } }],
    }],
    ['WatchRequest', encodeWatchCreate({ key: '\0', rangeEnd: '\0', startRevision: 5 }), { createRequest: { key: base64('\0'), rangeEnd: base64('\0'), startRevision: 5 } }],
    ['WatchRequest', encodeWatchProgress(), { progressRequest: {} }],
    ['MemberAddRequest', encodeMemberAdd({ peerUrls: ['http://a', 'http://b'], isLearner: true }), { peerURLs: ['http://a', 'http://b'], isLearner: true }],
    ['MemberPromoteRequest', encodeMemberId(7n), { ID: 7 }],
    ['MoveLeaderRequest', encodeMoveLeader(8n), { targetID: 8 }],
    ['HashKVRequest', encodeHashKv(2 ** 40), { revision: 2 ** 40 }],
  ])('%s is what the library reads', (name, framed, expected) => {
    expect(decoded(name, framed)).toEqual(expected);
  });

  test('answers are read as the library writes them', () => {
    const header = { clusterId: 1, memberId: 2, revision: 2 ** 45, raftTerm: 3 };
    const kv = { key: base64('k'), createRevision: 1, modRevision: 2, version: 3, value: base64('v'), lease: '9223372036854775807' };
    const expectedKv = { key: 'k', createRevision: 1, modRevision: 2, version: 3, value: Buffer.from('v'), lease: 2n ** 63n - 1n };
    const range = { header, kvs: [kv], more: true, count: 9 };
    const expectedRange = { revision: 2 ** 45, kvs: [expectedKv], more: true, count: 9 };
    expect(decodeRange(encoded('RangeResponse', range))).toEqual(expectedRange);
    expect(decodeTxn(encoded('TxnResponse', { header, succeeded: true, responses: [{ responsePut: { header } }, { responseDeleteRange: { deleted: 2 } }, { responseRange: range }] }))).toEqual({
      revision: 2 ** 45, succeeded: true, results: [{ kind: 'put' }, { kind: 'delete', deleted: 2 }, { kind: 'range', ...expectedRange }],
    });
    expect(decodeWatch(encoded('WatchResponse', { header, watchId: -1, canceled: true, compactRevision: 4, cancelReason: 'r', events: [{ type: 'DELETE', kv }, { kv }] }))).toEqual({
      revision: 2 ** 45, created: false, canceled: true, compactRevision: 4, cancelReason: 'r', events: [{ type: 'delete', kv: expectedKv }, { type: 'put', kv: expectedKv }],
    });
    expect(decodeMemberList(encoded('MemberListResponse', { header, members: [{ ID: '18446744073709551615', name: 'm', peerURLs: ['p'], clientURLs: ['c', 'd'], isLearner: true }] }))).toEqual([{ id: 2n ** 64n - 1n, name: 'm', peerUrls: ['p'], clientUrls: ['c', 'd'], isLearner: true }]);
    expect(decodeStatus(encoded('StatusResponse', { header, version: '3.6.1', dbSize: 5, leader: 7, raftIndex: 10, raftTerm: 11, raftAppliedIndex: 12, dbSizeInUse: 4, errors: ['e'], isLearner: true, dbSizeQuota: 9 }))).toEqual({
      version: '3.6.1', dbSize: 5, dbSizeInUse: 4, dbSizeQuota: 9, leader: 7n, memberId: 2n, clusterId: 1n, isLearner: true, revision: 2 ** 45, raftTerm: 11, raftIndex: 10, raftAppliedIndex: 12, errors: ['e'],
    });
    expect(decodeMemberAdd(encoded('MemberAddResponse', { header, member: { ID: 5, peerURLs: ['p'] }, members: [{ ID: 6 }] }))).toEqual({ id: 5n, name: '', peerUrls: ['p'], clientUrls: [], isLearner: false });
    expect(decodeHashKv(encoded('HashKVResponse', { header, hash: 4294967295, compactRevision: -1 }))).toEqual({ revision: 2 ** 45, hash: 4294967295, compactRevision: 0 });
    expect(decodeSnapshotPiece(encoded('SnapshotResponse', { header, remainingBytes: 5, blob: base64('piece') }))).toEqual(Buffer.from('piece'));
  });

  test('a transaction is the bytes that protobuf prescribes, also when the buffer grows', () => {
    const value = Buffer.alloc(5_000, 'v');
    const encoded = encodeTxn({ compare: [{ key: 'k', target: 'modRevision', equals: 300 }], success: [{ kind: 'put', key: 'k', value, lease: 1n }], failure: [{ kind: 'range', key: 'k' }] });
    expect(encoded.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, encoded.length - 5 >> 8, encoded.length - 5 & 0xff]));
    const expected = [
      '0a08', '1002', '1a016b', '30ac02', // compare: target MOD, key, mod_revision 300
      '129327', '129027', '0a016b', '128827', value.toString('hex'), '1801', // success: put, key, value, lease
      '1a05', '0a03', '0a016b', // failure: range, key
    ].join('');
    expect(encoded.toString('hex', 5) === expected).toBe(true); // 10 KB of hexadecimal would not help in a failure's text
  });

  test('what etcd did not write is an error of etcd', () => {
    expect(() => readMessage(decodeRange, Buffer.from('0a05', 'hex'))).toThrow(expect.objectContaining({ name: 'EtcdError', code: 'protocol', fateUnknown: true }));
  });

  test('fields that are not known are skipped', () => {
    expect(decodeTxn(Buffer.from('0a02180710017a0161a50100000000a10100000000000000002a00', 'hex'))).toEqual({ revision: 7, succeeded: true, results: [] });
  });
});
