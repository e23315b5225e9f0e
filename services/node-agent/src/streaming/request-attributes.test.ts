import { requestAttributes } from './request-attributes.ts';
import { parseTarget } from './request-target.ts';

test.each<[string, string, string, string[]]>([
  ['GET', '/stats/summary', 'get', ['stats']],
  ['GET', '/metrics', 'get', ['metrics']],
  ['GET', '/metrics/cadvisor?x=y', 'get', ['metrics']],
  ['GET', '/logs/', 'get', ['log']],
  ['POST', '/checkpoint/ns/pod/c', 'create', ['checkpoint']],
  ['GET', '/pods', 'get', ['pods', 'proxy']],
  ['GET', '/runningpods/', 'get', ['pods', 'proxy']],
  ['GET', '/healthz/ping', 'get', ['healthz', 'proxy']],
  ['GET', '/configz', 'get', ['configz', 'proxy']],
  ['GET', '/flagz', 'get', ['configz']],
  ['GET', '/statusz', 'get', ['statusz']],
  ['POST', '/exec/ns/pod/c', 'create', ['proxy']],
  ['GET', '/containerLogs/ns/pod/c', 'get', ['proxy']],
  ['PUT', '/debug/flags/v', 'update', ['proxy']],
  ['DELETE', '/localVolumes/x', 'delete', ['proxy']],
  ['PATCH', '/', 'patch', ['proxy']],
  ['HEAD', '/metrics', '', ['metrics']],
  ['GET', '/statsx', 'get', ['proxy']],
  ['GET', '/podsx', 'get', ['proxy']],
  ['GET', '/constructor', 'get', ['proxy']],
  ['GET', '/%6detrics', 'get', ['metrics']],
  ['GET', '//metrics//exec', 'get', ['metrics']],
])('requestAttributes: %s %s', (method, url, verb, subresources) => {
  expect(requestAttributes(parseTarget({ method, url }))).toEqual({ verb, subresources });
});

test.each([
  '/metrics/../exec/ns/pod/c', '/metrics/%2e%2e/exec/ns/pod/c', '/metrics/.%2E/pods', '/logs/..', '/logs/%2e/x', '/logs/a%2f..%2f..%2fetc%2fshadow', '/logs/a%00b', '/%', '/%ff', 'metrics', 'https://node/metrics', '*',
])('parseTarget refuses %s', (url) => { expect(() => parseTarget({ url })).toThrow(expect.objectContaining({ name: 'HttpFault', code: 400 })); });

test('parseTarget: parts are decoded, what follows the question mark is apart', () => {
  const { segments, query, isDirectory } = parseTarget({ method: 'GET', url: '/exec/n%20s//p/?command=a%2Fb&command=..%2F' });
  expect([segments, query.getAll('command'), isDirectory]).toEqual([['exec', 'n s', 'p'], ['a/b', '../'], true]);
});
