import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCommandLine } from './proxy-options.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'proxy-options-'));
afterAll(() => { rmSync(dir, { recursive: true }); });

/** The settings that a file with a KubeProxyConfiguration means. */
function filed(text: string, ...args: string[]) {
  const file = path.join(dir, 'config.yaml');
  writeFileSync(file, `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${text}`);
  return readCommandLine([`--config=${file}`, ...args]).settings;
}

test('flags have kube-proxy\'s defaults; nftables serves node ports at the primary address', () => {
  expect(readCommandLine([]).settings).toMatchObject({ mode: 'iptables', masqueradeBit: 14, localhostNodePorts: true, nodePortAddresses: [], healthz: { host: '0.0.0.0', port: 10_256 }, metrics: { host: '127.0.0.1', port: 10_249 }, syncPeriodMs: 30_000, local: { mode: 'ClusterCIDR' } });
  expect(readCommandLine(['--proxy-mode=nftables']).settings).toMatchObject({ localhostNodePorts: false, nodePortAddresses: ['primary'] });
  expect(readCommandLine(['--healthz-port=1', '--metrics-bind-address=[::1]:2']).settings).toMatchObject({ healthz: { host: '127.0.0.1', port: 1 }, metrics: { host: '::1', port: 2 } });
});

test('a file stands for flags, as kubeadm writes it; the flags beside it are ignored but for the node\'s name', () => {
  const kubeadm = 'bindAddress: 0.0.0.0\nclientConnection: {acceptContentTypes: "", burst: 0, contentType: "", kubeconfig: /k, qps: 0}\nclusterCIDR: 10.244.0.0/16,fd00:244::/56\nconfigSyncPeriod: 0s\nconntrack: {maxPerCore: null, min: null}\ndetectLocalMode: ""\nenableProfiling: false\nhealthzBindAddress: ""\niptables: {localhostNodePorts: null, masqueradeAll: true, masqueradeBit: 10, minSyncPeriod: 2s, syncPeriod: 0s}\nipvs: {scheduler: ""}\nmode: ""\nnodePortAddresses: [10.0.0.0/8]\noomScoreAdj: null\nwinkernel: {enableDSR: false}\n';
  expect(filed(kubeadm, '--hostname-override=N1', '--proxy-mode=nftables')).toMatchObject({ connection: { kubeconfig: '/k' }, hostname: 'n1', mode: 'iptables', masqueradeAll: true, masqueradeBit: 10, minSyncPeriodMs: 2000, syncPeriodMs: 30_000, nodePortAddresses: ['10.0.0.0/8'], local: { clusterCidrs: ['10.244.0.0/16', 'fd00:244::/56'] } });
  expect(filed('mode: nftables\nnftables: {masqueradeBit: 3}\niptables: {masqueradeBit: 5}\n')).toMatchObject({ mode: 'nftables', masqueradeBit: 3 });
});

test.each([
  [['--proxy-mode=ipvs'], 'must be iptables, nftables or blank'], [['--iptables-masquerade-bit=32'], 'within the range [0, 31]'], [['--iptables-sync-period=0'], 'greater than 0'], [['--iptables-min-sync-period=1m'], 'greater than or equal to'],
  [['--cluster-cidr=10.0.0.0/8,10.1.0.0/16'], 'dual-stack pair'], [['--nodeport-addresses=primary,10.0.0.0/8'], "can't use both"], [['--nodeport-addresses=10.0.0.1'], 'must be a valid CIDR'], [['--detect-local-mode=Magic'], 'supported values'],
  [['--detect-local-mode=BridgeInterface'], 'must not be empty'], [['--healthz-bind-address=host:1'], 'must be IP:port'], [['--bind-address=x'], 'not a valid textual representation'], [['extra'], 'unexpected argument'],
])('%j is refused: %s', (args, why) => { expect(() => readCommandLine(args)).toThrow(why); });

test.each([['hello: 1\n', 'unknown field "hello"'], ['iptables: {hello: 1}\n', 'unknown field "iptables.hello"']])('a file with %j is refused', (text, why) => { expect(() => filed(text)).toThrow(why); });
