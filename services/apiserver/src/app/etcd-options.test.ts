import { parseApiServerOptions } from './options.ts';

const parse = (...flags: string[]): ReturnType<typeof parseApiServerOptions>['etcd'] => parseApiServerOptions(['--etcd-servers=http://a', ...flags]).etcd;

describe('flags of etcd', () => {
  test.each([['registry', '/registry'], ['/registry/', '/registry'], ['/a//b/', '/a/b'], ['', '']])('--etcd-prefix=%s is %s', (given, prefix) => {
    expect(parse(`--etcd-prefix=${given}`).prefix).toBe(prefix);
  });

  test('--etcd-servers-overrides names resources and their servers', () => {
    expect(parse('--etcd-servers-overrides=/events#http://b;http://c,apps/deployments#http://d').overrides).toEqual([
      { group: '', resource: 'events', servers: ['http://b', 'http://c'] }, { group: 'apps', resource: 'deployments', servers: ['http://d'] },
    ]);
  });

  test.each(['events#http://b', '/events', '/events#', '/events#http://b;', '/events#http://b#http://c', 'a/b/c#http://d'])('--etcd-servers-overrides=%s is refused', (given) => {
    expect(() => parse(`--etcd-servers-overrides=${given}`)).toThrow('--etcd-servers-overrides invalid, must be of format: group/resource#servers, where servers are URLs, semicolon separated');
  });
});
