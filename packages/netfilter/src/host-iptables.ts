import type { IpFamily } from '@kubernode/apimachinery';
import { runProgram, type ProgramResult } from '@kubernode/component-base';
import { environmentWithSbin } from './environment-with-sbin.ts';
import type { Iptables } from './iptables.ts';
import type { Jump, Rule } from './rule-set.ts';

export interface HostIptablesOptions {
  /** Runs the programs elsewhere: `['ip', 'netns', 'exec', NAME]`. */
  prefix?: readonly string[];
  family?: IpFamily;
  backend?: Backend;
}

/** Two implementations of iptables, each with rules of its own in the kernel; `''` is the one that the host calls iptables. */
export type Backend = '' | 'nft' | 'legacy';

/** How long a call waits for another program that holds iptables' lock, s. */
const LOCK_WAIT_SECONDS = 5;
/** Rules of ten thousand services take a while on a busy host. */
const TIMEOUT_MS = 120_000;

/** iptables by its programs, which come with the host. */
export function createHostIptables({ prefix = [], family = 'IPv4', backend = '' }: HostIptablesOptions = {}): Iptables {
  const iptables = `${family === 'IPv4' ? 'iptables' : 'ip6tables'}${backend === '' ? '' : `-${backend}`}`;
  const run = (command: string, args: readonly string[], input = ''): Promise<ProgramResult> => {
    const [program = '', ...rest] = [...prefix, command, ...args];
    return runProgram(program, rest, { env: environmentWithSbin(), input, timeoutMs: TIMEOUT_MS });
  };
  const jumpArgs = ({ table, chain, rule }: Jump) => (action: string): string[] => ['-w', String(LOCK_WAIT_SECONDS), '-t', table, action, chain, ...splitRule(rule)];
  return {
    async restore(input) {
      const { status, stderr } = await run(`${iptables}-restore`, ['-w', String(LOCK_WAIT_SECONDS), '--noflush', '--counters'], input);
      if (status !== 0) throw new Error(`${iptables}-restore: ${stderr.trim()}`);
    },
    async has(rules) { return (await run(`${iptables}-restore`, ['-w', String(LOCK_WAIT_SECONDS), '--noflush', '--counters'], checkInput(rules))).status === 0; },
    async ensureJump(jump) {
      const args = jumpArgs(jump);
      if ((await run(iptables, args('-C'))).status === 0) return;
      const { status, stderr } = await run(iptables, args(jump.position === 'first' ? '-I' : '-A'));
      if (status !== 0) throw new Error(`${iptables}: ${stderr.trim()}`);
    },
    async removeJump(jump) {
      const args = jumpArgs(jump);
      while ((await run(iptables, args('-C'))).status === 0) {
        const { status, stderr } = await run(iptables, args('-D'));
        if (status !== 0) throw new Error(`${iptables}: ${stderr.trim()}`);
      }
    },
    async chains() {
      const { status, stdout, stderr } = await run(`${iptables}-save`, []);
      if (status !== 0) throw new Error(`${iptables}-save: ${stderr.trim()}`);
      return chainsIn(stdout);
    },
  };
}

function checkInput(rules: readonly Rule[]): string {
  const tables = [...new Set(rules.map(({ table }) => table))];
  return tables.map((table) => [`*${table}`, ...rules.filter((one) => one.table === table).map(({ chain, rule }) => `-C ${chain} ${rule}`), 'COMMIT', ''].join('\n')).join('');
}

function chainsIn(saved: string): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  let chains = new Map<string, number>();
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) found.set(line.slice(1).trim(), chains = new Map());
    const [, kind, chain = ''] = /^(:|-A )(KUBE-\S+)/.exec(line) ?? [];
    if (kind !== undefined) chains.set(chain, kind === ':' ? 0 : (chains.get(chain) ?? 0) + 1);
  }
  return found;
}

/** The words of a rule; double quotes keep blanks together. */
function splitRule(rule: string): string[] {
  return [...rule.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
