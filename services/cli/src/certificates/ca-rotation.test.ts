import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng } from '@kubernode/base';
import { certificatesIn } from '@kubernode/component-base';
import { acceptNextKey, dropOldKey, keyStage, signByNextKey } from './account-keys.ts';
import { dropOld, issueByNext, rotationStage, trustNext } from './ca-rotation.ts';
import { certificatesOfMetrics, compareInUse } from './certificates-in-use.ts';
import { planCertificates } from './certificate-plan.ts';
import { ensureAuthorities, issueCertificates } from './issue-certificates.ts';
import { readAuthority, readPair, writePair } from './pki-folder.ts';


const DAY_MS = 86_400_000;
const now = Date.parse('2026-01-01T00:00:00Z');
const options = { now, rng: seededRng(1) };
const dir = mkdtempSync(path.join(tmpdir(), 'ca-rotation-'));
beforeAll(() => ensureAuthorities(dir, options), 60_000);
afterAll(() => { rmSync(dir, { recursive: true }); });

const plan = planCertificates({ clusterDomain: 'cluster.local', serviceCidr: '10.96.0.0/12', leafLifetimeMs: DAY_MS }, [{ name: 'h', roles: ['etcd', 'control-plane'], addresses: [] }]).filter(({ name }) => ['etcd', 'apiserver', 'front-proxy-client'].includes(name));
const issue = async (): Promise<string[]> => (await issueCertificates({ plan, authoritiesDir: dir, dirOf: () => dir, options })).map(({ reason }) => reason);
const believed = (): string[] => certificatesIn(readPair(dir, 'ca')?.certificate ?? '').map((pem) => new X509Certificate(pem).subject);
const issuerOf = (name: string): string => new X509Certificate(readPair(dir, name)?.certificate ?? '').issuer;

test('an authority is exchanged step by step: believed, issuing, alone; the front proxy\'s is not touched', async () => {
  expect(await issue()).toHaveLength(plan.length);
  const [old] = believed();
  const frontProxy = readPair(dir, 'front-proxy-ca');
  expect(rotationStage(dir, 'ca')).toBe('none');

  await trustNext(dir, 'ca', { ...options, now: now + DAY_MS / 4 });
  expect([rotationStage(dir, 'ca'), believed()]).toEqual(['trusted', ['CN=kubernetes', 'CN=kubernetes-20260101T060000']]);
  await trustNext(dir, 'ca', { ...options, now: now + DAY_MS }); // begun again: the same one
  expect([believed()[1], await issue()]).toEqual(['CN=kubernetes-20260101T060000', []]);

  const interrupted = readPair(dir, 'ca-next');
  issueByNext(dir, 'ca');
  expect([rotationStage(dir, 'ca'), believed(), readAuthority(dir, 'ca')?.issuer.key === interrupted?.key]).toEqual(['issued', ['CN=kubernetes-20260101T060000', old], true]);
  if (interrupted !== undefined) writePair(dir, 'ca-next', interrupted); // as a crash before the last removal leaves it
  expect(rotationStage(dir, 'ca')).toBe('trusted');
  issueByNext(dir, 'ca');
  expect([rotationStage(dir, 'ca'), believed()]).toEqual(['issued', ['CN=kubernetes-20260101T060000', 'CN=kubernetes']]);
  expect([new Set(await issue()), issuerOf('apiserver'), issuerOf('front-proxy-client')]).toEqual([new Set(['signed by another authority']), 'CN=kubernetes-20260101T060000', 'CN=front-proxy-ca']);

  dropOld(dir, 'ca');
  expect([rotationStage(dir, 'ca'), believed(), existsSync(path.join(dir, 'ca-old.key')), await issue()]).toEqual(['none', ['CN=kubernetes-20260101T060000'], false, []]);
  expect([readPair(dir, 'front-proxy-ca'), statSync(path.join(dir, 'ca.key')).mode & 0o777]).toEqual([frontProxy, 0o600]);
}, 60_000);

test('a key of an authority that is another one\'s is refused', async () => {
  const authority = readPair(dir, 'ca');
  if (authority === undefined) throw new Error('made above');
  writePair(dir, 'ca', { ...authority, key: readPair(dir, 'front-proxy-ca')?.key ?? '' });
  await expect(issue()).rejects.toThrow('do not belong together');
  writePair(dir, 'ca', authority);
}, 60_000);

test('the key of service accounts is exchanged so that tokens of both are accepted meanwhile', () => {
  const accepted = (): number => readFileSync(path.join(dir, 'sa.pub'), 'utf8').match(/BEGIN PUBLIC KEY/g)?.length ?? 0;
  const before = readFileSync(path.join(dir, 'sa.key'), 'utf8');
  expect([keyStage(dir), accepted()]).toEqual(['none', 1]);
  acceptNextKey(dir);
  expect([keyStage(dir), accepted(), readFileSync(path.join(dir, 'sa.key'), 'utf8') === before]).toEqual(['accepted', 2, true]);
  signByNextKey(dir);
  expect([keyStage(dir), accepted(), readFileSync(path.join(dir, 'sa.key'), 'utf8') === before]).toEqual(['signing', 2, false]);
  dropOldKey(dir);
  expect([keyStage(dir), accepted()]).toEqual(['none', 1]);
});

test('what a process has in use is read from its metrics, and compared with the disk', () => {
  const inUse = certificatesOfMetrics([
    'kubernode_certificate_expiration_timestamp_seconds{file="/pki/ca.crt",common_name="kubernetes, \\"a\\"",fingerprint="aa"} 1',
    'kubernode_certificate_expiration_timestamp_seconds{file="/pki/ca.crt",common_name="next",fingerprint="bb"} 2',
    'kubernode_certificate_expiration_timestamp_seconds{file="/pki/x.crt",common_name="x",fingerprint="cc"} 2',
    'other{file="/y"} 1',
  ].join('\n'));
  const disk = new Map([['/pki/ca.crt', ['bb', 'aa']], ['/pki/x.crt', ['dd']]]);
  expect(compareInUse('scheduler-0', inUse, (file) => disk.get(file))).toEqual(['scheduler-0 has not taken up /pki/x.crt yet']);
  expect(compareInUse('dns', new Map(), () => [])).toEqual(['dns says of no certificate that it is in use']);
});
