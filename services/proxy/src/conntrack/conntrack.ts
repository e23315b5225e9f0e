import type { IpFamily } from '@kubernode/apimachinery';
import { runProgram } from '@kubernode/component-base';
import { environmentWithSbin } from '@kubernode/netfilter';
import { readFlows, type Flow } from './stale-flows.ts';

/** The kernel's table of flows, as narrow as the proxy needs it; a fake in tests. */
export interface Conntrack {
  udpFlows(): Promise<readonly Flow[]>;
  forget(flow: Flow): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/**
 * By the conntrack program. That it is not installed is no fault, nor that a flow ended by itself: flows then end by their own timeout.
 * `prefix` runs it elsewhere: `['ip', 'netns', 'exec', NAME]`.
 */
export function createConntrack({ family, prefix = [] }: { family: IpFamily; prefix?: readonly string[] }): Conntrack {
  const run = (args: readonly string[]) => {
    const [program = '', ...rest] = [...prefix, 'conntrack', '-f', family === 'IPv4' ? 'ipv4' : 'ipv6', ...args];
    return runProgram(program, rest, { env: environmentWithSbin(), timeoutMs: TIMEOUT_MS });
  };
  return {
    async udpFlows() { return readFlows((await run(['-L', '-p', 'udp'])).stdout); },
    async forget({ destination, port, replySource, replyPort }) {
      await run(['-D', '-p', 'udp', '--orig-dst', destination, '--orig-port-dst', String(port), '--reply-src', replySource, '--reply-port-src', String(replyPort)]);
    },
  };
}
