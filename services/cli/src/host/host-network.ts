import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { replaceFileSync, runProgram, UserError } from '@kubernode/component-base';
import { createHostIpSet } from '@kubernode/netfilter';
import { findProgram } from './programs.ts';

/** Chains that pod networking and service proxying make: by their conventional names, and the node agent's own. */
const OURS = /^(KUBE|KUBERNODE|CNI)-/;
/** Forwarding between pods, and their bridged traffic through iptables. */
const SYSCTLS: Readonly<Record<string, string>> = { 'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1' };
/** What node agent and service proxy may set beside these: forwarding of IPv6, node ports on loopback, and what the options of conntrack ask for. */
const SET_BY_NODES = [
  'net.ipv6.conf.all.forwarding', 'net.bridge.bridge-nf-call-ip6tables', 'net.ipv4.conf.all.route_localnet',
  ...['max', 'tcp_timeout_established', 'tcp_timeout_close_wait', 'tcp_be_liberal', 'udp_timeout', 'udp_timeout_stream'].map((name) => `net.netfilter.nf_conntrack_${name}`),
];

/** What the host had before a node ran on it. */
export interface HostNetworkState {
  /** `PROGRAM/TABLE/CHAIN` of chains with such names that were there already: never ours to remove. */
  chains: readonly string[];
  /** Names of sets of addresses that were there already. */
  sets: readonly string[];
  /** `FAMILY NAME` of tables of nftables that were there already; absent in what older versions wrote. */
  tables?: readonly string[];
  sysctls: Readonly<Record<string, string>>;
}

/** How the names of sets of addresses begin that nodes make. */
const SETS = 'KUBE-NP';
/** The service proxy's, where it works by nftables. */
const TABLE = 'kube-proxy';

/** Remembers what was there, once, and switches on what nodes need. */
export async function prepareHostNetwork(manifest: string): Promise<void> {
  if (!existsSync(manifest)) {
    const state: HostNetworkState = {
      chains: (await Promise.all(iptablesPrograms().map(async (iptables) => chainsIn(await saveRules(iptables)).map((chain) => `${iptables}/${chain}`)))).flat(),
      sets: [...(await createHostIpSet().sizes(SETS)).keys()],
      tables: await proxyTables(),
      sysctls: Object.fromEntries([...Object.keys(SYSCTLS), ...SET_BY_NODES].map((name) => [name, readSysctl(name)])),
    };
    replaceFileSync(manifest, JSON.stringify(state, null, 1), { mode: 0o600 });
  }
  for (const [name, value] of Object.entries(SYSCTLS)) if (readSysctl(name) !== value) writeSysctl(name, value);
}

/** Removes all chains, sets and tables that came since, with the rules that lead to them, and sets back what was switched on. Returns what was removed. */
export async function restoreHostNetwork(manifest: string): Promise<readonly string[]> {
  if (!existsSync(manifest)) return [];
  const before = JSON.parse(readFileSync(manifest, 'utf8')) as HostNetworkState; // written by prepareHostNetwork
  const removed: string[] = [];
  for (const iptables of iptablesPrograms()) {
    const keep = new Set(before.chains.filter((chain) => chain.startsWith(`${iptables}/`)).map((chain) => chain.slice(iptables.length + 1)));
    const { input, chains } = planChainRemoval(await saveRules(iptables), keep);
    if (chains.length === 0) continue;
    const { status, stderr } = await runProgram(program(`${iptables}-restore`), ['--noflush'], { input });
    if (status !== 0) throw new UserError(`cannot remove chains of ${iptables}: ${stderr.trim()}`);
    removed.push(...chains.map((chain) => `iptables chain ${chain}`));
  }
  const ipset = createHostIpSet();
  const sets = [...(await ipset.sizes(SETS)).keys()].filter((name) => !before.sets.includes(name));
  if (sets.length > 0) await ipset.restore(sets.map((name) => `destroy ${name}\n`).join(''));
  const tables = (await proxyTables()).filter((table) => before.tables?.includes(table) !== true);
  for (const table of tables) await runProgram(program('nft'), ['delete', 'table', ...table.split(' ')]);
  return [...removed, ...sets.map((name) => `address set ${name}`), ...tables.map((table) => `nftables table ${table}`), ...restoreSysctls(before.sysctls)];
}

/** Whatever was there; a setting whose module was not loaded then has no value to go back to, and one that is gone needs none. */
function restoreSysctls(before: HostNetworkState['sysctls']): readonly string[] {
  const changed = Object.entries(before).filter(([name, value]) => value !== '' && !['', value].includes(readSysctl(name)));
  for (const [name, value] of changed) writeSysctl(name, value);
  return changed.map(([name, value]) => `the change of ${name}, which is ${value} again`);
}

/** Of both families; none on a host without nftables. */
async function proxyTables(): Promise<readonly string[]> {
  const nft = findProgram('nft', process.env['PATH']);
  if (nft === undefined) return [];
  const { stdout } = await runProgram(nft, ['list', 'tables']);
  return stdout.split('\n').map((line) => line.replace(/^table /, '')).filter((table) => table === `ip ${TABLE}` || table === `ip6 ${TABLE}`);
}

/** Of both families and both of iptables' implementations, where the host has them apart. */
function iptablesPrograms(): readonly string[] {
  return ['iptables', 'ip6tables'].flatMap((name) => {
    const apart = [`${name}-nft`, `${name}-legacy`].filter((one) => findProgram(`${one}-save`, process.env['PATH']) !== undefined);
    if (apart.length > 0) return apart;
    return name === 'iptables' || findProgram(`${name}-save`, process.env['PATH']) !== undefined ? [name] : [];
  });
}

/** The input of iptables-restore that removes every chain of ours which is not in `keep`. Pure. */
export function planChainRemoval(saved: string, keep: ReadonlySet<string>): { input: string; chains: readonly string[] } {
  const chains = chainsIn(saved).filter((chain) => !keep.has(chain));
  const blocks: string[] = [];
  for (const [table, lines] of tablesIn(saved)) {
    const names = chains.filter((chain) => chain.startsWith(`${table}/`)).map((chain) => chain.slice(table.length + 1));
    if (names.length === 0) continue;
    const gone = new Set(names);
    const jumps = lines.filter((line) => line.startsWith('-A ') && !gone.has(line.split(' ')[1] ?? '') && gone.has(/ -[jg] (\S+)/.exec(line)?.[1] ?? ''));
    blocks.push(`*${table}`, ...jumps.map((line) => line.replace(/^-A /, '-D ')), ...names.map((name) => `-F ${name}`), ...names.map((name) => `-X ${name}`), 'COMMIT');
  }
  return { input: `${blocks.join('\n')}\n`, chains };
}

function chainsIn(saved: string): string[] {
  return tablesIn(saved).flatMap(([table, lines]) => lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ')[0] ?? '').filter((chain) => OURS.test(chain)).map((chain) => `${table}/${chain}`));
}

function tablesIn(saved: string): [string, string[]][] {
  return saved.split(/^\*/m).slice(1).map((block) => {
    const [table = '', ...lines] = block.split('\n');
    return [table.trim(), lines];
  });
}

async function saveRules(iptables: string): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program(`${iptables}-save`), []);
  if (status !== 0) throw new UserError(`cannot read ${iptables}: ${stderr.trim()}`);
  return stdout;
}

function program(name: string): string {
  const file = findProgram(name, process.env['PATH']);
  if (file === undefined) throw new UserError(`${name} is not installed; apt-get install iptables`);
  return file;
}

const sysctlFile = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;
const readSysctl = (name: string): string => (existsSync(sysctlFile(name)) ? readFileSync(sysctlFile(name), 'utf8').trim() : '');

function writeSysctl(name: string, value: string): void {
  if (!existsSync(sysctlFile(name))) throw new UserError(`the kernel has no ${name}; load it with 'modprobe br_netfilter'`);
  writeFileSync(sysctlFile(name), value);
}
