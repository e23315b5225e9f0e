import type { PodWorker } from '../pod-workers/pod-worker.ts';
import { upgradeForm } from './accept-upgrade.ts';
import { parseTarget } from './request-target.ts';
import { queryPorts, queryStreams, type StreamDeps, streamTarget } from './stream-target.ts';

const worker = {
  pod: { metadata: { name: 'web', namespace: 'ns', uid: 'u1' }, spec: { containers: [{ name: 'c' }, { name: 'tty', tty: true }, { name: 'ended' }] } },
  state: { sandboxes: [{ id: 's1', ready: true }], containers: [{ id: 'i1', name: 'c', phase: 'running' }, { id: 'i2', name: 'tty', phase: 'running' }, { id: 'i3', name: 'ended', phase: 'exited' }] },
} as unknown as PodWorker; // the parts that are read

const deps: StreamDeps = {
  workers: { find: (namespace, name) => (namespace === 'ns' && name === 'web' ? worker : undefined) },
  runtime: {
    execUrl: (id, { cmd, ...streams }) => Promise.resolve(`exec ${id} ${cmd.join(' ')} ${JSON.stringify(streams)}`),
    attachUrl: (id, streams) => Promise.resolve(`attach ${id} ${JSON.stringify(streams)}`),
    portForwardUrl: (id, ports) => Promise.resolve(`forward ${id} ${ports.join(' ')}`),
  },
};

test.each([
  ['/exec/ns/web/c?output=1&command=a&command=b%20c', 'exec i1 a b c {"stdin":false,"stdout":true,"stderr":false,"tty":false}'],
  ['/exec/ns/web/u1/c?input=1&command=a', 'exec i1 a {"stdin":true,"stdout":false,"stderr":false,"tty":false}'],
  ['/exec/ns/web/c?tty=1&output=1&error=1&command=a', 'exec i1 a {"stdin":false,"stdout":true,"stderr":false,"tty":true}'],
  ['/attach/ns/web/tty?output=1&error=1', 'attach i2 {"stdin":false,"stdout":true,"stderr":false,"tty":true}'],
  ['/attach/ns/web/c?output=1&error=1&tty=1', 'attach i1 {"stdin":false,"stdout":true,"stderr":false,"tty":false}'],
  ['/portForward/ns/web', 'forward s1 '],
])('streamTarget: %s', async (url, want) => { expect(await streamTarget(deps, parseTarget({ url }), { portsInQuery: false }).open()).toBe(want); });

test.each([
  ['/exec/ns/web/c?command=a', 400, 'you must specify at least 1 of stdin, stdout, stderr'],
  ['/exec/ns/none/c?output=1', 404, 'pod does not exist'],
  ['/exec/ns/web/ended?output=1', 500, 'container not found ("ended")'],
  ['/exec/ns/web/u2/c?output=1', 500, 'container not found ("c")'],
  ['/attach/ns/web/ended?output=1', 500, 'container ended not found in pod web_ns'],
  ['/portForward/ns/none', 404, 'pod does not exist'],
  ['/portForward/ns/web/u2', 404, 'pod not found'],
  ['/exec/ns/web', 404, '404: Page Not Found'],
  ['/exec/ns/web/u1/c/more?output=1', 404, '404: Page Not Found'],
])('streamTarget refuses %s', (url, code, message) => {
  expect(() => streamTarget(deps, parseTarget({ url }), { portsInQuery: false })).toThrow(expect.objectContaining({ code, message }));
});

test.each([
  ['port=80', [80]], ['port=80,81&port=65535', [80, 81, 65_535]],
])('queryPorts: %s', (query, want) => { expect(queryPorts(new URLSearchParams(query))).toEqual(want); });

test.each([
  ['', 'query parameter "port" is required'], ['port=', 'query parameter "port" cannot be empty'],
  ['port=x', 'unable to parse "x" as a port: strconv.ParseUint: parsing "x": invalid syntax'], ['port=80,-1', 'unable to parse "80,-1" as a port: strconv.ParseUint: parsing "-1": invalid syntax'],
  ['port=65536', 'unable to parse "65536" as a port: strconv.ParseUint: parsing "65536": value out of range'], ['port=0', 'port "0" must be > 0'],
])('queryPorts refuses %s', (query, message) => { expect(() => queryPorts(new URLSearchParams(query))).toThrow(expect.objectContaining({ code: 400, message })); });

test('queryStreams: only 1 means yes', () => {
  expect(queryStreams(new URLSearchParams('input=true&output=1&error=0&tty=yes'))).toEqual({ stdin: false, stdout: true, stderr: false, tty: false });
});

const websocket = (protocols: string): Record<string, string> => ({ upgrade: 'WebSocket', 'sec-websocket-protocol': protocols });
test.each([
  ['exec', websocket('v4.channel.k8s.io, v5.channel.k8s.io'), { kind: 'channels', protocol: 'v5.channel.k8s.io' }],
  ['attach', websocket('channel.k8s.io,v4.channel.k8s.io'), { kind: 'channels', protocol: 'v4.channel.k8s.io' }],
  ['exec', websocket('base64.channel.k8s.io'), { kind: 'passed', isWebsocket: true }],
  ['exec', { upgrade: 'SPDY/3.1', 'sec-websocket-protocol': 'v5.channel.k8s.io' }, { kind: 'passed', isWebsocket: false }],
  ['portForward', websocket('SPDY/3.1+portforward.k8s.io'), { kind: 'tunnel', protocol: 'SPDY/3.1+portforward.k8s.io' }],
  ['portForward', websocket('v4.channel.k8s.io'), { kind: 'passed', isWebsocket: true }],
  ['exec', websocket('SPDY/3.1+portforward.k8s.io'), { kind: 'passed', isWebsocket: true }],
])('upgradeForm: %s with %o', (kind, headers, want) => { expect(upgradeForm(kind, headers)).toEqual(want); });
