import { spawn } from 'node:child_process';
import type { StaleFlow } from './stale-flows.ts';

/** Removes flows from the kernel's table by the conntrack program; that there is nothing to remove is no fault. */
export async function forgetFlows(flows: readonly StaleFlow[]): Promise<void> {
  for (const { destination, port, endpoint } of flows) {
    await run(['-D', '-p', 'udp', '--orig-dst', destination, '--orig-port-dst', String(port), ...(endpoint === undefined ? [] : ['--dst-nat', endpoint])]);
  }
}

function run(args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('conntrack', args, { stdio: 'ignore', timeout: 10_000, env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
    child.on('error', () => resolve()); // conntrack is not installed: flows then end by their own timeout
    child.on('close', () => resolve());
  });
}
