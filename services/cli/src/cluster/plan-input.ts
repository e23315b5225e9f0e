import { hostname } from 'node:os';
import type { CommandContext } from '@kubernode/component-base';
import { hostAddresses } from '../host/host-address.ts';
import { findCniBinDir, findProgram } from '../host/programs.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { Layout } from './layout.ts';
import type { PlanInput } from './process-plan.ts';

/** The configuration together with what this host has: all that planProcesses asks for. */
export function planInput({ config, layout, context }: { config: ClusterConfig; layout: Layout; context: Pick<CommandContext, 'env' | 'executable'> }): PlanInput {
  const program = (name: string): string => findProgram(name, context.env['PATH']) ?? name;
  return {
    config, layout, nodeNames: nodeNames(config), kubernode: [process.execPath, ...process.execArgv, context.executable],
    programs: { etcd: program('etcd'), haproxy: program('haproxy'), containerd: program('containerd'), cniBinDir: findCniBinDir() ?? '/opt/cni/bin' },
    advertiseAddress: advertiseAddress(config),
  };
}

/** Under which pods reach the front; loopback where no node runs. */
export function advertiseAddress({ nodes }: ClusterConfig): string {
  return nodes > 0 ? hostAddresses()[0] ?? '127.0.0.1' : '127.0.0.1';
}

/** A node is named as its host; further ones have a number behind that. */
export function nodeNames({ nodes }: ClusterConfig): readonly string[] {
  return Array.from({ length: nodes }, (_, node) => `${hostname().toLowerCase()}${node === 0 ? '' : `-${node}`}`);
}
