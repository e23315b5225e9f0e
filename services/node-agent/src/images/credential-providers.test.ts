import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@kubernode/component-base';
import { createFakeClock, type FakeClock } from '@kubernode/testing';
import { CredentialProviders, readCredentialProviders } from './credential-providers.ts';

let dir: string;
let clock: FakeClock;
beforeEach(() => { dir = mkdtempSync(path.join(tmpdir(), 'providers-')); clock = createFakeClock(); });
afterEach(() => { rmSync(dir, { recursive: true, force: true }); });

const CONFIG = `
kind: CredentialProviderConfig
apiVersion: kubelet.config.k8s.io/v1
providers:
- name: helper
  matchImages: ["*.r.io", "s.io/team"]
  defaultCacheDuration: 10m
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  args: [--who]
  env: [{name: TOKEN, value: secret}]
`;
function helper(answer: object | string): void {
  writeFileSync(path.join(dir, 'helper'), `#!/bin/sh\nread request\necho "$1 $TOKEN $request" >> ${dir}/calls\ncat <<'EOF'\n${typeof answer === 'string' ? answer : JSON.stringify(answer)}\nEOF\n`, { mode: 0o755 });
}
const response = (extra: object): object => ({ kind: 'CredentialProviderResponse', apiVersion: 'credentialprovider.kubelet.k8s.io/v1', auth: { '*.r.io': { username: 'u', password: 'p' } }, ...extra });
const calls = (): string[] => { try { return readFileSync(path.join(dir, 'calls'), 'utf8').trim().split('\n'); } catch { return []; } }; // never called
async function providers(): Promise<(image: string) => Promise<unknown>> {
  writeFileSync(path.join(dir, 'config.yaml'), CONFIG);
  const all = new CredentialProviders({ providers: await readCredentialProviders(path.join(dir, 'config.yaml')), binDir: dir, clock, logger: silentLogger });
  return (image) => all.provide(image, { pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }, signal: new AbortController().signal });
}

test('CredentialProviders: asks the program whose images match, and only that', async () => {
  helper(response({ cacheKeyType: 'Image' }));
  const provide = await providers();
  expect([await provide('eu.r.io/a:1'), await provide('other.io/a:1'), await provide('s.io/other:1')]).toEqual([[{ '*.r.io': { username: 'u', password: 'p' } }], [], []]);
  expect(calls()).toEqual(['--who secret {"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"eu.r.io/a:1"}']);
});

test.each([
  ['Image', {}, 2], ['Registry', {}, 1], ['Global', {}, 1], ['Image', { cacheDuration: '0s' }, 3],
])('CredentialProviders: answers for %s, %j, are asked for %d times', async (cacheKeyType, extra, want) => {
  helper(response({ cacheKeyType, ...extra }));
  const provide = await providers();
  for (const image of ['eu.r.io/a:1', 'eu.r.io/a:2', 'eu.r.io/b:1']) await provide(image);
  expect(calls()).toHaveLength(want);
});

test('CredentialProviders: an answer is kept as long as the configuration says', async () => {
  helper(response({ cacheKeyType: 'Image' }));
  const provide = await providers();
  await provide('eu.r.io/a:1');
  await clock.advance(600_001);
  await provide('eu.r.io/a:1');
  expect(calls()).toHaveLength(2);
});

test.each(['no JSON', { kind: 'Other' }, response({}), response({ cacheKeyType: 'Moon' })])('CredentialProviders: %j gives no credentials', async (answer) => {
  helper(answer);
  expect(await (await providers())('eu.r.io/a:1')).toEqual([{}]);
});

test.each([
  ['kind: Other', 'kind must be CredentialProviderConfig'], [CONFIG.replace('helper', '../../bin/sh'), 'providers[0].name: must be the name of a program, without a path'], [CONFIG.replace(/matchImages.*/, 'matchImages: []'), 'providers[0].matchImages: at least 1 item must be specified'],
  [CONFIG.replace(/ {2}default.*\n/, ''), 'defaultCacheDuration is required'], [CONFIG.replace('credentialprovider.kubelet.k8s.io/v1', 'x/v1'), 'unsupported apiVersion "x/v1"'],
])('readCredentialProviders: refuses what is wrong (%#)', async (text, fault) => {
  writeFileSync(path.join(dir, 'config.yaml'), text);
  await expect(readCredentialProviders(path.join(dir, 'config.yaml'))).rejects.toThrow(fault);
});
