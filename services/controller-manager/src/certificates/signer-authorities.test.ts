import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRng } from '@kubernode/base';
import { createAuthority } from '@kubernode/component-base';
import { parseManagerOptions } from '../app/options.ts';
import { signerAuthorities } from './signer-authorities.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'authorities-'));
const file = (name: string, text: string): string => { const at = path.join(directory, name); writeFileSync(at, text); return at; };
const given = (...flags: string[]): ReturnType<typeof signerAuthorities> => signerAuthorities(parseManagerOptions(flags));
const [one, other] = [await createAuthority({ commonName: 'one', lifetimeMs: 1000 }, { now: 0, rng: seededRng(1) }), await createAuthority({ commonName: 'other', lifetimeMs: 1000 }, { now: 0, rng: seededRng(2) })];
const shared = [`--cluster-signing-cert-file=${file('ca.crt', one.certificate)}`, `--cluster-signing-key-file=${file('ca.key', one.key)}`];
const forKubelets = [`--cluster-signing-kubelet-client-cert-file=${file('kubelet.crt', one.certificate)}`, `--cluster-signing-kubelet-client-key-file=${file('kubelet.key', one.key)}`];

afterAll(() => { rmSync(directory, { recursive: true }); });

test.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['half an authority', shared.slice(0, 1), []],
  ['one authority', shared, ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kube-apiserver-client', 'kubernetes.io/legacy-unknown']],
  ['one signer\'s authority', forKubelets, ['kubernetes.io/kube-apiserver-client-kubelet']],
])('who signs, given %s', (_title, flags, want) => { expect([...given(...flags).keys()]).toEqual(want); });

test('both kinds of authorities are a mistake, and half a signer\'s is', () => {
  expect(() => given(...shared, ...forKubelets)).toThrow('cannot specify default and per controller certs at the same time');
  expect(() => given(...forKubelets.slice(0, 1))).toThrow('--cluster-signing-kubelet-client-key-file: cannot read');
});

test('an authority that is replaced is used, and nothing is signed while half of it is', () => {
  const authority = given(...forKubelets).get('kubernetes.io/kube-apiserver-client-kubelet');
  file('kubelet.crt', other.certificate);
  expect(() => authority?.()).toThrow('do not belong together');
  file('kubelet.key', other.key);
  expect(authority?.()).toEqual(other);
});
