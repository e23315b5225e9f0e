import { runProgram } from '@kubernode/component-base';
import { environmentWithSbin } from '@kubernode/netfilter';
import type { StaleFlow } from './stale-flows.ts';

const TIMEOUT_MS = 10_000;

/**
 * Removes flows from the kernel's table by the conntrack program. That there is nothing to remove is no fault, nor that the program is
 * not installed: flows then end by their own timeout.
 */
export async function forgetFlows(flows: readonly StaleFlow[]): Promise<void> {
  for (const { destination, port, endpoint } of flows) {
    const args = ['-D', '-p', 'udp', '--orig-dst', destination, '--orig-port-dst', String(port), ...(endpoint === undefined ? [] : ['--dst-nat', endpoint])];
    await runProgram('conntrack', args, { env: environmentWithSbin(), timeoutMs: TIMEOUT_MS });
  }
}
