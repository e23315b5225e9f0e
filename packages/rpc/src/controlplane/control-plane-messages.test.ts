import path from 'node:path';
import protobuf from 'protobufjs';
import { decodeCallResponse, decodeLeaseState, decodeWatchFrame, encodeCall, encodeHold } from './control-plane-messages.ts';

// What is written by hand against what a library makes of the contract.
const root = protobuf.loadSync(path.join(import.meta.dirname, '../../../../proto/controlplane/v1/controlplane.proto'));
const typeOf = (name: string): protobuf.Type => root.lookupType(`kubernode.controlplane.v1.${name}`);
const decoded = (name: string, framed: Buffer): object => typeOf(name).toObject(typeOf(name).decode(framed.subarray(5)), { longs: Number, bytes: String });
const encoded = (name: string, object: object): Buffer => Buffer.from(typeOf(name).encode(typeOf(name).fromObject(object)).finish());
const hold = { namespace: 'kube-system', lease: 'kube-scheduler', holder: 'ä', epoch: 2 ** 40 };

test.each<[string, Buffer, object]>([
  ['CallRequest', encodeCall({ method: 'PUT', path: '/api?a=ü', contentType: 'application/json', body: Buffer.from('{}'), accept: 'a', userAgent: 'u', fence: hold }), { method: 'PUT', path: '/api?a=ü', contentType: 'application/json', body: Buffer.from('{}').toString('base64'), accept: 'a', userAgent: 'u', fence: hold }],
  ['CallRequest', encodeCall({ method: 'GET', path: '/', contentType: '', body: Buffer.alloc(0), accept: '', userAgent: '', fence: null }), { method: 'GET', path: '/' }],
  ['LeaseHold', encodeHold(hold), hold],
])('%s is what the library reads', (name, framed, expected) => {
  expect(framed.readUInt32BE(1)).toBe(framed.length - 5);
  expect(decoded(name, framed)).toEqual(expected);
});

test('answers are what the library writes', () => {
  const response = { status: 201, contentType: 'application/json', body: Buffer.from('{}'), warnings: ['a', 'b'], retryAfterSeconds: 7, auditId: 'i' };
  expect(decodeCallResponse(encoded('CallResponse', response))).toEqual(response);
  expect(decodeCallResponse(encoded('CallResponse', {}))).toEqual({ status: 0, contentType: '', body: Buffer.alloc(0), warnings: [], retryAfterSeconds: 0, auditId: '' });
  expect(decodeWatchFrame(encoded('WatchFrame', { status: 200, events: Buffer.from('e\n') }))).toEqual({ status: 200, events: Buffer.from('e\n') });
  expect([decodeLeaseState(encoded('LeaseState', { held: true })), decodeLeaseState(encoded('LeaseState', {}))]).toEqual([{ held: true }, { held: false }]);
});
