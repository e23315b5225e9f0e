import { runProgram, type ProgramResult } from '@kubernode/component-base';
import { environmentWithSbin } from './environment-with-sbin.ts';
import type { Iptables } from './iptables.ts';
import type { Jump } from './rule-set.ts';

/** How long a call waits for another program that holds iptables' lock, s. */
const LOCK_WAIT_SECONDS = 5;

/** iptables by its programs, which come with the host. `prefix` runs them elsewhere: `['ip', 'netns', 'exec', NAME]`. */
export function createHostIptables({ prefix = [] }: { prefix?: readonly string[] } = {}): Iptables {
  const run = (command: string, args: readonly string[], input = ''): Promise<ProgramResult> => {
    const [program = '', ...rest] = [...prefix, command, ...args];
    return runProgram(program, rest, { env: environmentWithSbin(), input });
  };
  return {
    async restore(input) {
      const { status, stderr } = await run('iptables-restore', ['-w', String(LOCK_WAIT_SECONDS), '--noflush', '--counters'], input);
      if (status !== 0) throw new Error(`iptables-restore: ${stderr.trim()}`);
    },
    async ensureJump({ table, chain, rule, position }: Jump) {
      const words = splitRule(rule);
      const base = ['-w', String(LOCK_WAIT_SECONDS), '-t', table];
      if ((await run('iptables', [...base, '-C', chain, ...words])).status === 0) return;
      const { status, stderr } = await run('iptables', [...base, position === 'first' ? '-I' : '-A', chain, ...words]);
      if (status !== 0) throw new Error(`iptables: ${stderr.trim()}`);
    },
    async chains() {
      const { status, stdout, stderr } = await run('iptables-save', []);
      if (status !== 0) throw new Error(`iptables-save: ${stderr.trim()}`);
      const found = new Map<string, Set<string>>();
      let table = '';
      for (const line of stdout.split('\n')) {
        if (line.startsWith('*')) { table = line.slice(1).trim(); found.set(table, new Set()); }
        const chain = /^:(KUBE-\S+)/.exec(line)?.[1];
        if (chain !== undefined) found.get(table)?.add(chain);
      }
      return found;
    },
  };
}

/** The words of a rule; double quotes keep blanks together. */
function splitRule(rule: string): string[] {
  return [...rule.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
