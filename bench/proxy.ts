// usage: tsx --conditions=source bench/proxy.ts [SERVICES] [MODE…]        (as root; MODE: nftables, iptables-nft, iptables-legacy)
// The service proxy's rules for SERVICES services of two endpoints each, in a network namespace of its own: all at once, then single changes.
// Prints wall-clock time, and CPU of this process and of the programs that it runs.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { systemClock } from '@kubernode/base';
import { createRegistry } from '@kubernode/component-base';
import { createHostIptables, type Backend } from '@kubernode/netfilter';
import { IptablesRules } from '../services/proxy/src/iptables/iptables-rules.ts';
import type { RenderSettings } from '../services/proxy/src/iptables/render-port.ts';
import { createProxyMetrics } from '../services/proxy/src/metrics.ts';
import { createNft } from '../services/proxy/src/nftables/nft.ts';
import { NftablesRules } from '../services/proxy/src/nftables/nftables-rules.ts';
import type { RuleWriter } from '../services/proxy/src/sync/rule-writer.ts';
import { RoutedPorts, type ServiceSource } from '../services/proxy/src/topology/routed-ports.ts';

const SERVICES = Number(process.argv[2] ?? 10_000);
const MODES = process.argv.length > 3 ? process.argv.slice(3) : ['nftables', 'iptables-nft', 'iptables-legacy'];
const NAMESPACE = 'kubernode-bench-proxy';
const PREFIX = ['ip', 'netns', 'exec', NAMESPACE];
const TICKS_PER_SECOND = 100;
const settings: RenderSettings = { family: 'IPv4', local: { by: 'range', range: '10.244.0.0/16' }, masqueradeAll: false, masqueradeBit: 14, nodeIp: '10.0.0.1', nodePorts: { everywhere: true }, localhostNodePorts: false, tcpLiberal: false };
const place = { name: 'n1', zone: '' };

for (const mode of MODES) await measure(mode);

async function measure(mode: string): Promise<void> {
  execFileSync('ip', ['netns', 'add', NAMESPACE]);
  try {
    const endpoints = new Map<string, readonly number[]>(Array.from({ length: SERVICES }, (_, i) => [`load/s${i}`, [2 * i, 2 * i + 1]]));
    const ports = new RoutedPorts(sourceOf(endpoints), 'IPv4');
    const writer = writerOf(mode);
    ports.noteAll();
    await timed(mode, 'all', async () => { ports.update(place); await writer.writeAll([...ports.byService.values()].flat()); });
    const change = async (what: string, key: string, to: readonly number[] | undefined): Promise<void> => {
      if (to === undefined) endpoints.delete(key); else endpoints.set(key, to);
      ports.note(key);
      await timed(mode, what, () => writer.writeChanges(ports.update(place)));
    };
    const middle = SERVICES >> 1;
    await change('one endpoint goes', `load/s${middle}`, [2 * middle]);
    await change('one endpoint comes', `load/s${middle}`, [2 * middle, 2 * middle + 1]);
    await change('one service goes', `load/s${middle}`, undefined);
    await change('one service comes', `load/s${middle}`, [2 * middle, 2 * middle + 1]);
    await timed(mode, 'a look for drift', async () => { if (!await writer.isIntact('thorough')) throw new Error('the rules are not intact'); });
  } finally { execFileSync('ip', ['netns', 'delete', NAMESPACE]); }
}

function writerOf(mode: string): RuleWriter {
  const metrics = createProxyMetrics(createRegistry(), mode === 'nftables' ? 'nftables' : 'iptables').family('IPv4');
  if (mode === 'nftables') return new NftablesRules({ nft: createNft({ family: 'IPv4', prefix: PREFIX }), settings: { ...settings, serviceRanges: ['10.96.0.0/12'] }, clock: systemClock, metrics });
  const backend = mode.slice('iptables-'.length) as Backend; // one of the two
  return new IptablesRules({ iptables: createHostIptables({ backend, prefix: PREFIX }), backend, settings, metrics });
}

function sourceOf(endpoints: ReadonlyMap<string, readonly number[]>): ServiceSource {
  const ip = (first: string, i: number): string => `${first}.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const index = (key: string): number => Number(key.slice('load/s'.length));
  return {
    serviceKeys: () => endpoints.keys(),
    service: (key) => (endpoints.has(key) ? { apiVersion: 'v1', kind: 'Service', metadata: { name: key.slice(5), namespace: 'load' }, spec: { clusterIP: ip('11', index(key)), clusterIPs: [ip('11', index(key))], ports: [{ port: 80 }] } } : undefined),
    slices: (key) => [{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: key, namespace: 'load' }, addressType: 'IPv4', ports: [{ name: '', port: 8080 }], endpoints: (endpoints.get(key) ?? []).map((i) => ({ addresses: [ip('10', i)], nodeName: i % 50 === 0 ? 'n1' : 'n2' })) }],
  };
}

async function timed(mode: string, what: string, run: () => Promise<void>): Promise<void> {
  const [startedAt, before] = [performance.now(), cpuSeconds()];
  await run();
  const after = cpuSeconds();
  process.stdout.write(`${mode}, ${SERVICES} services, ${what}: ${(performance.now() - startedAt).toFixed(0)} ms; CPU ${((after.own - before.own) * 1000).toFixed(0)} ms here, ${((after.programs - before.programs) * 1000).toFixed(0)} ms in programs\n`);
}

/** CPU of this process, and of programs that it ran and that ended. */
function cpuSeconds(): { own: number; programs: number } {
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /, '').split(' ').map(Number);
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) / TICKS_PER_SECOND, programs: (childUser + childSystem) / TICKS_PER_SECOND };
}
