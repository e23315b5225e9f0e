import { foundCluster, memberJson, parseInitialCluster } from './founding-members.ts';

test('ids are those that etcd computes', () => { // as etcdctl snapshot restore printed them
  const members = parseInitialCluster('m0=http://127.0.0.1:21870,m1=http://127.0.0.1:21871') ?? [];
  const { id, members: founded } = foundCluster({ members, token: 'tok' });
  expect([id.toString(16), ...founded.map((one) => one.id.toString(16))]).toEqual(['1ea4f3b933d99dc7', '6d7a0cba93ecf0fe', 'd7d7ce6149f5b4bb']);
  expect(founded.map(memberJson)).toEqual(['{"id":7888631692778074366,"peerURLs":["http://127.0.0.1:21870"],"name":"m0"}', '{"id":15553126755395286203,"peerURLs":["http://127.0.0.1:21871"],"name":"m1"}']);
});

test('another token makes strangers of the same members', () => {
  const members = [{ name: 'm0', peerUrls: ['http://a:2380'] }];
  expect(foundCluster({ members, token: 'one' }).id).not.toBe(foundCluster({ members, token: 'two' }).id);
});

test.each(['', 'm0', 'm0=', 'm0=a:2380', 'm0=http://a,=http://b', '=http://a'])('%j is no list of members', (text) => { expect(parseInitialCluster(text)).toBeUndefined(); });
