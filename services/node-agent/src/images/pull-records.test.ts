import { mkdtempSync, rmSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@kubernode/base';
import { mayAccess, PullRecords, type RecordedSecret, requiresVerification, type VerificationPolicy } from './pull-records.ts';

const a: RecordedSecret = { uid: '1', namespace: 'ns', name: 'a', credentialHash: 'x' };
const b: RecordedSecret = { uid: '2', namespace: 'ns', name: 'b', credentialHash: 'y' };
const IMAGE = 'r.io/app:1';
let dir: string;
let records: PullRecords;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'records-'));
  records = new PullRecords({ dir, policy: 'NeverVerifyPreloadedImages', preloaded: [], clock: systemClock });
});
afterEach(() => { rmSync(dir, { recursive: true, force: true }); });

test.each<[VerificationPolicy, boolean, boolean]>([
  ['NeverVerify', true, false], ['AlwaysVerify', false, true], ['NeverVerifyPreloadedImages', false, false], ['NeverVerifyPreloadedImages', true, true], ['NeverVerifyAllowlistedImages', false, true], ['NeverVerifyAllowlistedImages', true, true],
])('requiresVerification: %s, pulled by the node %s: %s', (policy, ours, want) => { expect(requiresVerification({ policy, preloaded: [] }, IMAGE, ours)).toBe(want); });

test('requiresVerification: allowlisted images, whole or by the beginning of their path', () => {
  const of = (preloaded: string[]): boolean => requiresVerification({ policy: 'NeverVerifyAllowlistedImages', preloaded }, IMAGE, false);
  expect([of(['r.io/app']), of(['r.io/*']), of(['r.io/other']), of(['s.io/*'])]).toEqual([false, false, true, true]);
});

test.each([
  [undefined, [a], false], [{ nodePodsAccessible: true }, [], true], [{ kubernetesSecrets: [a] }, [a], true], [{ kubernetesSecrets: [a] }, [b], false],
  [{ kubernetesSecrets: [a] }, [{ ...b, credentialHash: 'x' }], true], [{ kubernetesSecrets: [a] }, [{ ...a, credentialHash: 'new' }], true], [{ kubernetesSecrets: [a] }, [], false],
])('mayAccess: %j with %j: %s', (access, secrets, want) => { expect(mayAccess(access, secrets)).toBe(want); });

test('PullRecords: an image that was here before is open; one that was pulled opens by what opened it', async () => {
  expect(await records.mustPull(IMAGE, 'ref', [])).toBe(false);
  await records.begin(IMAGE);
  expect(await records.mustPull(IMAGE, 'ref', [])).toBe(true); // ended halfway: nobody has shown anything
  await records.pulled(IMAGE, 'ref', a);
  expect([await records.mustPull(IMAGE, 'ref', []), await records.mustPull(IMAGE, 'ref', [b]), await records.mustPull(IMAGE, 'ref', [a]), await records.mustPull('r.io/another:1', 'ref', [a])]).toEqual([true, true, false, true]);
  await records.pulled(IMAGE, 'ref', undefined);
  expect(await records.mustPull(IMAGE, 'ref', [])).toBe(false);
  expect(readdirSync(path.join(dir, 'pulling'))).toEqual([]);
});

test('PullRecords: survives a restart, is for root alone, forgets images that are gone, and trusts no damaged file', async () => {
  await records.pulled(IMAGE, 'ref', a);
  const [file = ''] = readdirSync(path.join(dir, 'pulled'));
  expect(statSync(path.join(dir, 'pulled', file)).mode & 0o777).toBe(0o600);
  const again = new PullRecords({ dir, policy: 'NeverVerifyPreloadedImages', preloaded: [], clock: systemClock });
  expect(await again.mustPull(IMAGE, 'ref', [b])).toBe(true);
  writeFileSync(path.join(dir, 'pulled', file), '{');
  expect(await again.mustPull(IMAGE, 'ref', [a])).toBe(true);
  await again.keepOnly(new Set());
  expect(readdirSync(path.join(dir, 'pulled'))).toEqual([]);
});
