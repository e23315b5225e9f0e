import { X509Certificate } from 'node:crypto';
import { seededRng } from '@kubernode/base';
import { createAuthority, issueCertificate, type KeyPair } from '@kubernode/component-base';
import { type FoundFile, judgeFile, judgeServed } from './judge-certificates.ts';

const DAY_MS = 86_400_000;
const now = Date.parse('2026-01-01T00:00:00Z');
const options = { now, rng: seededRng(1) };
const request = { commonName: 'kube-apiserver', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['server'] as ('client' | 'server')[], lifetimeMs: 100 * DAY_MS };
const authority = await createAuthority({ commonName: 'kubernetes', lifetimeMs: 1000 * DAY_MS }, options);
const stranger = await createAuthority({ commonName: 'kubernetes', lifetimeMs: 1000 * DAY_MS }, options);
const pair = await issueCertificate(authority, request, options);
const judging = { authorities: [new X509Certificate(authority.certificate)], now };
const found = (change: Partial<FoundFile> & { pair?: KeyPair } = {}): FoundFile => ({
  file: '/pki/apiserver.crt', text: (change.pair ?? pair).certificate, mode: 0o100644, key: { file: '/pki/apiserver.key', text: (change.pair ?? pair).key, mode: 0o100600 }, usedBy: ['apiserver-0'],
  planned: { host: 'h', name: 'apiserver', issuer: 'ca', inKubeconfig: false, request }, ...change,
});
const foreign = await issueCertificate(stranger, request, options);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, FoundFile, number, string[]]>([
  ['a good one', found(), now, []],
  ['one whose renewal is overdue', found(), now + 85 * DAY_MS, ['its renewal is overdue']],
  ['one that is over', found(), now + 101 * DAY_MS, ['expired']],
  ['one of the future', found(), now - DAY_MS, ['not valid yet']],
  ['one of another authority of the same name', found({ pair: foreign }), now, ["signed by an authority that is not the cluster's"]],
  ['a key of another', found({ key: { file: '/pki/apiserver.key', text: foreign.key, mode: 0o100600 } }), now, ['/pki/apiserver.key is the key of another certificate']],
  ['a key that all may read', found({ key: { file: '/pki/apiserver.key', text: pair.key, mode: 0o100644 } }), now, ['others may read /pki/apiserver.key']],
  ['one without a planned name', found({ planned: { host: 'h', name: 'apiserver', issuer: 'ca', inKubeconfig: false, request: { ...request, ipAddresses: ['192.0.2.1'] } } }), now, ['not for 192.0.2.1']],
  ['half a file', found({ text: pair.certificate.slice(0, 100) }), now, ['there is no certificate in it']],
])('judgeFile: %s', (_, file, at, problems) => { expect(judgeFile(file, { ...judging, now: at })[0]?.problems).toEqual(problems); });

test('judgeFile judges every certificate of a kubeconfig, and that others may read it', () => {
  const text = `clusters:\n- cluster:\n    certificate-authority-data: ${base64(authority.certificate)}\nusers:\n- user:\n    client-certificate-data: ${base64(pair.certificate)}\n    client-key-data: ${base64(pair.key)}\n`;
  expect(judgeFile({ file: '/admin.kubeconfig', text, mode: 0o100640, usedBy: [] }, judging).map(({ subject, daysLeft, problems }) => [subject, daysLeft, problems])).toEqual([
    ['CN=kubernetes', 1000, ['others may read /admin.kubeconfig, which holds a key']], ['CN=kube-apiserver', 100, []],
  ]);
});

test('judgeServed tells a port that shows another certificate than its file has, and one that shows none', () => {
  const served = { process: 'apiserver-0', port: 6443, file: '/pki/apiserver.crt', fingerprint: 'another' };
  expect(judgeServed({ ...served, certificate: new X509Certificate(pair.certificate) }, judging)).toMatchObject({ where: 'apiserver-0:6443', names: ['localhost', '127.0.0.1'], problems: ['not the one in /pki/apiserver.crt'] });
  expect(judgeServed({ ...served, fault: 'connection refused' }, judging).problems).toEqual(['nothing is served: connection refused']);
});
