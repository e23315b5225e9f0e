import { sourceIPs } from './source-ips.ts';

test.each<[what: string, given: Partial<Parameters<typeof sourceIPs>[0]>, ips: string[]]>([
  ['the connection alone', {}, ['10.0.0.9']],
  ['every proxy, then the connection', { forwardedFor: '1.2.3.4, 5.6.7.8', realIp: '9.9.9.9' }, ['1.2.3.4', '5.6.7.8', '9.9.9.9', '10.0.0.9']],
  ['no address twice', { forwardedFor: '1.2.3.4', realIp: '1.2.3.4' }, ['1.2.3.4', '10.0.0.9']],
  ['the connection once when a proxy names it last', { forwardedFor: '1.2.3.4,10.0.0.9' }, ['1.2.3.4', '10.0.0.9']],
  ['nothing that is no address', { forwardedFor: 'unknown, 300.1.1.1, 1.2.3.4:80', realIp: 'me' }, ['10.0.0.9']],
  ['addresses in one form', { forwardedFor: '001.002.3.4, ::ffff:5.6.7.8, 2001:DB8:0:0::1', remoteAddress: '::ffff:10.0.0.9' }, ['1.2.3.4', '5.6.7.8', '2001:db8::1', '10.0.0.9']],
])('sourceIPs names %s', (_what, given, ips) => {
  expect(sourceIPs({ forwardedFor: undefined, realIp: undefined, remoteAddress: '10.0.0.9', ...given })).toEqual(ips);
});
