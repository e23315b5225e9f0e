import { defaultPullPolicy, parseImageName, withDefaultTag } from './image-name.ts';

test.each([
  ['busybox', { repository: 'docker.io/library/busybox', tag: undefined, digest: undefined }],
  ['user/app:v1', { repository: 'docker.io/user/app', tag: 'v1', digest: undefined }],
  ['index.docker.io/busybox:1', { repository: 'docker.io/library/busybox', tag: '1', digest: undefined }],
  ['localhost/demo:1', { repository: 'localhost/demo', tag: '1', digest: undefined }],
  ['registry:5000/a/b', { repository: 'registry:5000/a/b', tag: undefined, digest: undefined }],
  [`r.io/a:t@sha256:${'a'.repeat(64)}`, { repository: 'r.io/a', tag: 't', digest: `sha256:${'a'.repeat(64)}` }],
])('parseImageName: %s', (image, want) => { expect(parseImageName(image)).toEqual(want); });

test.each([
  ['', 'invalid reference format'], ['FOO/Bar:x', 'invalid reference format: repository name (Bar) must be lowercase'], ['a b', 'invalid reference format'], ['a:b:c', 'invalid reference format'],
  ['f'.repeat(64), `invalid repository name (${'f'.repeat(64)}), cannot specify 64-byte hexadecimal strings`], ['a'.repeat(256), 'repository name must not be more than 255 characters'],
])('parseImageName: %s is refused', (image, fault) => { expect(() => parseImageName(image)).toThrow(`couldn't parse image name ${JSON.stringify(image)}: ${fault}`); });

test.each([['a', 'a:latest', 'Always'], ['a:latest', 'a:latest', 'Always'], ['a:1', 'a:1', 'IfNotPresent'], [`a@sha256:${'0'.repeat(64)}`, `a@sha256:${'0'.repeat(64)}`, 'IfNotPresent']])('withDefaultTag, defaultPullPolicy: %s', (image, tagged, policy) => {
  expect([withDefaultTag(image), defaultPullPolicy(image)]).toEqual([tagged, policy]);
});
