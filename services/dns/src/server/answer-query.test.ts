import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { codeName } from '../wire/record-type.ts';
import type { ZoneView } from '../zone/zone-view.ts';
import { answerQuery } from './answer-query.ts';

const many = Array.from({ length: 200 }, (_, i) => `10.244.${i >> 8}.${i & 255}`);
const view: ZoneView = {
  domain: 'cluster.local', namespaceExists: () => true, serviceByAddress: () => undefined, slicesByAddress: () => [],
  service: (_, name) => (name === 'web' ? { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { clusterIPs: ['10.96.0.9'], ports: [{ port: 80 }] } } : name === 'many' ? { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'a' }, spec: { clusterIP: 'None' } } : undefined),
  slices: () => [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 's' }, addressType: 'IPv4', endpoints: [{ addresses: many }] }],
};
const query = (name: string, type: 'A' | 'AAAA' = 'A', additionals: object[] = []): Buffer => encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type }], additionals: additionals as never[] });

function answerTo(bytes: Buffer, transport: 'udp' | 'tcp' = 'udp') {
  const outcome = answerQuery(bytes, transport, view);
  if (outcome.kind !== 'answer') return outcome.kind;
  const { id, questions, answers, authorities, additionals, flag_aa, flag_ra, flag_tc, flag_rd } = decode(outcome.bytes);
  return { id, name: questions?.[0]?.name, code: codeName(outcome.code), answers: answers?.length, authorities: authorities?.map((one) => one.type), additionals: additionals?.map((one) => one.type), flag_aa, flag_ra, flag_tc, flag_rd, bytes: outcome.bytes.length };
}

test('answerQuery is authoritative for the cluster, keeps the id and the case of the letters', () => {
  expect(answerTo(query('WEB.a.svc.Cluster.local'))).toMatchObject({ id: 7, name: 'WEB.a.svc.Cluster.local', code: 'NOERROR', answers: 1, authorities: [], additionals: [], flag_aa: true, flag_ra: true, flag_rd: true });
});

test('answerQuery names the authority in negative answers, so that they can be kept', () => {
  expect(answerTo(query('none.a.svc.cluster.local'))).toMatchObject({ code: 'NXDOMAIN', answers: 0, authorities: ['SOA'] });
  expect(answerTo(query('web.a.svc.cluster.local', 'AAAA'))).toMatchObject({ code: 'NOERROR', answers: 0, authorities: ['SOA'] });
});

const opt = (facts: object): object => ({ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [], ...facts });

test('answerQuery cuts a UDP answer to what fits and says so; EDNS lets more fit, TCP all', () => {
  const small = answerTo(query('many.a.svc.cluster.local'));
  expect(small).toMatchObject({ flag_tc: true, additionals: [] });
  expect((small as { bytes: number }).bytes).toBeLessThanOrEqual(512);
  const more = answerTo(query('many.a.svc.cluster.local', 'A', [opt({})]));
  expect(more).toMatchObject({ flag_tc: true, additionals: ['OPT'] });
  expect((more as { bytes: number }).bytes).toBeLessThanOrEqual(1232);
  expect((more as { answers: number }).answers).toBeGreaterThan((small as { answers: number }).answers);
  expect(answerTo(query('many.a.svc.cluster.local'), 'tcp')).toMatchObject({ flag_tc: false, answers: 200 });
});

test.each<[string, Buffer, string | object]>([
  ['a name of others', query('example.org'), 'forward'],
  ['an answer', encode({ type: 'response', id: 7, questions: [{ name: 'web.a.svc.cluster.local', type: 'A' }] }), 'ignore'],
  ['half a header', Buffer.from([0, 7, 1]), 'ignore'],
  ['no question', encode({ type: 'query', id: 7, questions: [] }), { id: 7, code: 'FORMERR' }],
  ['two questions', encode({ type: 'query', id: 7, questions: [{ name: 'a', type: 'A' }, { name: 'b', type: 'A' }] }), { id: 7, code: 'FORMERR' }],
  ['another operation', encode({ type: 'query', id: 7, flags: 2 << 11, questions: [{ name: 'web.a.svc.cluster.local', type: 'A' }] }), { id: 7, code: 'NOTIMP' }],
  ['class CHAOS', encode({ type: 'query', id: 7, questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] }), { id: 7, code: 'REFUSED' }],
  ['a transfer of the zone', encode({ type: 'query', id: 7, questions: [{ name: 'cluster.local', type: 'AXFR' }] }), { id: 7, code: 'REFUSED' }],
  ['a newer EDNS', query('web.a.svc.cluster.local', 'A', [opt({ ednsVersion: 1 })]), { id: 7, code: 'BADVERS', additionals: ['OPT'] }],
  ['two OPT', query('web.a.svc.cluster.local', 'A', [opt({}), opt({})]), { id: 7, code: 'FORMERR' }],
])('answerQuery deals with %s', (_, bytes, want) => {
  const got = answerTo(bytes);
  if (typeof want === 'string') expect(got).toBe(want); else expect(got).toMatchObject(want);
});

test('answerQuery never throws and never answers more than fits, whatever comes', () => {
  const check = (bytes: Buffer): void => {
    const outcome = answerQuery(bytes, 'udp', view);
    if (outcome.kind === 'answer') { expect(outcome.bytes.length).toBeLessThanOrEqual(1232); decode(outcome.bytes); }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => check(Buffer.from(bytes))));
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(60), (bytes, at) => {
    const whole = Buffer.from(query('web.a.svc.cluster.local', 'A', [opt({})]));
    Buffer.from(bytes).copy(whole, Math.min(at, whole.length - 1));
    check(whole);
  }), { numRuns: 500 });
});
