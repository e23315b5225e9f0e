import type { coreV1 } from '@kubernode/api';
import { secretRegistries } from './registry-config.ts';
import { credentialsFor, placeMatches } from './registry-credentials.ts';

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const secret = (name: string, auths: object): coreV1.Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ns', uid: `uid-${name}` }, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64({ auths }) } });
const login = (username: string): object => ({ username, password: 'p' });

test.each([
  ['registry.io', 'registry.io/a/b', true], ['registry.io', 'other.io/a', false], ['*.registry.io', 'eu.registry.io/a', true], ['*.registry.io', 'registry.io/a', false], ['*.registry.io', 'a.b.registry.io/a', false],
  ['prefix-*.io', 'prefix-1.io/a', true], ['registry.io:5000', 'registry.io/a', false], ['registry.io:5000', 'registry.io:5000/a', true], ['registry.io/team', 'registry.io/team/app', true], ['registry.io/team', 'registry.io/other', false],
  ['r.io', 'rxio/a', false],
])('placeMatches: %s for %s is %s', (place, image, want) => { expect(placeMatches(place, image)).toBe(want); });

test.each([
  { what: 'the longest place first', auths: { 'r.io': login('host'), 'r.io/team': login('team') }, repository: 'r.io/team/app', want: ['team', 'host'] },
  { what: 'schemes and API paths say nothing', auths: { 'https://r.io/v1/': login('v1') }, repository: 'r.io/a', want: ['v1'] },
  { what: "Docker Hub's old address", auths: { 'https://index.docker.io/v1/': login('hub') }, repository: 'docker.io/library/busybox', want: ['hub'] },
  { what: 'none for another registry', auths: { 'r.io': login('x') }, repository: 's.io/a', want: [] },
])('credentialsFor: $what', ({ auths, repository, want }) => {
  expect(credentialsFor(repository, { secrets: [secret('s', auths)], node: [] }).map(({ username }) => username)).toEqual(want);
});

test("credentialsFor: a pod's secrets before the node's, and only they have an origin", () => {
  expect(credentialsFor('r.io/a', { secrets: [secret('s', { 'r.io': login('pod') })], node: [{ 'r.io': { username: 'node', password: 'p' } }] })).toEqual([
    { username: 'pod', password: 'p', origin: { uid: 'uid-s', namespace: 'ns', name: 's' } }, { username: 'node', password: 'p' },
  ]);
});

test('secretRegistries: both types; auth wins; what is malformed has none', () => {
  const auth = Buffer.from('user:pass:word').toString('base64');
  const of = (type: string, key: string, text: string): unknown => secretRegistries({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type, data: { [key]: Buffer.from(text).toString('base64') } });
  expect([
    of('kubernetes.io/dockercfg', '.dockercfg', JSON.stringify({ 'r.io': { auth, username: 'no' } })), of('kubernetes.io/dockerconfigjson', '.dockerconfigjson', JSON.stringify({ auths: { 'r.io': login('u') } })),
    of('kubernetes.io/dockerconfigjson', '.dockerconfigjson', '{'), of('Opaque', '.dockerconfigjson', JSON.stringify({ auths: { 'r.io': login('u') } })), of('kubernetes.io/dockerconfigjson', '.dockerconfigjson', JSON.stringify({ auths: { 'r.io': { auth: 'bm9jb2xvbg==' } } })),
  ]).toEqual([{ 'r.io': { username: 'user', password: 'pass:word' } }, { 'r.io': login('u') }, {}, {}, {}]);
});
