import type { RemoteVersion } from './api-service.ts';
import { inOpenApiOrder } from './openapi-order.ts';

const remote = (name: string, groupPriority: number, versionPriority: number): RemoteVersion => {
  const [version = '', group = ''] = name.split(/\.(.*)/);
  return { name, group, version, groupPriority, versionPriority, service: { namespace: '', name: '', port: 443 }, serverName: '', caBundle: '', insecure: false, isAvailable: true };
};

test('servers count by the priority of their group, then by name', () => {
  const remotes = [remote('v1.low', 10, 99), remote('v1.high', 5, 1), remote('v2.high', 100, 2), remote('v1.b', 10, 1), remote('v1.a', 10, 1)];
  expect(inOpenApiOrder(remotes).map(({ name }) => name)).toEqual(['v1.high', 'v2.high', 'v1.a', 'v1.b', 'v1.low']);
});
