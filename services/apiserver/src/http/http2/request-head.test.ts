import { requestHead } from './request-head.ts';

type Pair = readonly [string, string];
const head = (...pairs: Pair[]): ReturnType<typeof requestHead> => requestHead(pairs.map(([name, value]) => ({ name, value })));
const GET: readonly Pair[] = [[':method', 'GET'], [':scheme', 'https'], [':path', '/api?x=1'], [':authority', 'host:6443']];

test('requestHead joins what came several times, keeps each value, and takes the first where there can be one', () => {
  expect(head(...GET, ['accept', 'a'], ['accept', 'b'], ['accept', 'c'], ['cookie', '1'], ['cookie', '2'], ['authorization', 'first'], ['authorization', 'second'], ['te', 'trailers'])).toEqual({
    method: 'GET', target: '/api?x=1', headers: { accept: 'a, b, c', cookie: '1; 2', authorization: 'first', host: 'host:6443', te: 'trailers' },
    repeated: new Map([['accept', ['a', 'b', 'c']], ['cookie', ['1', '2']], ['authorization', ['first', 'second']]]),
  });
});

test.each<[string, Pair[]]>([
  ['no method', GET.filter(([name]) => name !== ':method')],
  ['no path', GET.filter(([name]) => name !== ':path')],
  ['an empty path', [[':method', 'GET'], [':scheme', 'https'], [':path', '']]],
  ['no scheme', GET.filter(([name]) => name !== ':scheme')],
  ['a pseudo-header twice', [...GET, [':method', 'GET']]],
  ['a pseudo-header that is none', [...GET, [':status', '200']]],
  ['a pseudo-header behind others', [['accept', 'a'], ...GET]],
  ['a header of HTTP/1.1', [...GET, ['connection', 'close']]],
  ['te other than trailers', [...GET, ['te', 'gzip']]],
  ['a method that is several words', [[':method', 'GET /api HTTP/1.1'], [':scheme', 'https'], [':path', '/']]],
  ['lengths that differ', [...GET, ['content-length', '5'], ['content-length', '6']]],
  ['a length that is no number', [...GET, ['content-length', '0x5']]],
  ['a length with a sign', [...GET, ['content-length', '+5']]],
  ['a list of lengths', [...GET, ['content-length', '5, 5']]],
  ['chunks', [...GET, ['transfer-encoding', 'chunked']]],
])('requestHead refuses %s', (_, pairs) => { expect(head(...pairs)).toBeUndefined(); });

test('requestHead takes names that every object has for what the client says of them', () => {
  const { headers, repeated } = head(...GET, ['constructor', 'a'], ['tostring', 'b'], ['__proto__', 'c'], ['valueof', 'd'], ['content-length', '5'], ['content-length', '5']) ?? {};
  expect([Object.getPrototypeOf(headers) === Object.prototype, headers?.['constructor'], repeated?.size]).toEqual([true, 'a', 1]);
});
