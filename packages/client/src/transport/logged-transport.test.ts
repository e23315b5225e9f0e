import { createLogger } from '@kubernode/component-base';
import type { RawResponse, Transport } from '../client.ts';
import { loggedTransport } from './logged-transport.ts';

const answer = (status: number): RawResponse => ({ status, contentType: '', body: Buffer.alloc(0), warnings: [], auditId: 'a-1' });

test.each<[verbosity: number, outcome: RawResponse | Error, line: object | undefined]>([
  [0, answer(503), undefined], [2, answer(201), undefined], [2, answer(503), { method: 'POST', path: '/api/v1/pods', status: 503, auditID: 'a-1', ms: 5 }],
  [6, answer(201), { method: 'POST', path: '/api/v1/pods', status: 201, auditID: 'a-1', ms: 5 }], [2, new Error('gone'), { method: 'POST', path: '/api/v1/pods', error: 'gone', ms: 5 }],
])('with --v=%i a call that ends with %p', async (verbosity, outcome, line) => {
  const lines: string[] = [];
  let ms = 0;
  const transport: Transport = { call: async () => { ms += 5; if (outcome instanceof Error) throw outcome; return outcome; }, watch: () => { throw new Error('not asked'); }, close: () => undefined };
  const logged = loggedTransport(transport, { logger: createLogger({ component: 'test', verbosity, destination: { write: (text) => { lines.push(text); } } }), clock: { monotonicNow: () => ms }, verbosity: () => verbosity });
  await logged.call({ method: 'POST', path: '/api/v1/pods' }).catch(() => undefined);
  expect(lines.map((text) => { const { time: _time, ...rest } = JSON.parse(text) as object & { time: string }; return rest; })).toEqual(line === undefined ? [] : [{ level: 'debug', component: 'test', msg: 'API call', ...line }]);
});
