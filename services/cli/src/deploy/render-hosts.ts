import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Clock, Rng } from '@kubernode/base';
import { UserError } from '@kubernode/component-base';
import { ChartError, loadChart, renderChart, type Values } from '@kubernode/helm';
import { programPaths, type BundleManifest } from './bundle-manifest.ts';
import { parseHostDocument, type HostDocument } from './host-document.ts';
import type { Inventory } from './inventory.ts';

/** What the chart is rendered with; fixed, so that the same inventory gives the same files. */
const RELEASE = { name: 'kubernode', namespace: 'default', revision: 1, isUpgrade: false } as const;

/** The chart's values: what the inventory says. */
export function chartValues(inventory: Inventory, bundle: BundleManifest): Record<string, unknown> {
  return mergeValues({
    clusterName: inventory.name, clusterDomain: inventory.networks.domain, endpoint: inventory.endpoint, version: bundle.version,
    hosts: inventory.machines.map(({ name, address, roles, labels, taints }) => ({ name, address, roles: [...roles], labels: { ...labels }, taints: [...taints] })),
    networks: { pods: inventory.networks.pods, services: inventory.networks.services, dns: inventory.networks.dns },
    ports: { ...inventory.ports }, programs: { ...programPaths(bundle) },
  }, inventory.values);
}

/** What every host is to have, as the chart says. UserError when the chart or its values are wrong. */
export async function renderHosts(values: Record<string, unknown>, chartDir: string, { clock, rng }: { clock: Clock; rng: Rng }): Promise<readonly HostDocument[]> {
  try {
    const { manifests } = await renderChart(loadChart(chartDir), goValue(values) as Values, { release: RELEASE, now: clock.now(), rng }); // an object becomes a Map
    return manifests.filter(({ kind }) => kind === 'Host').map(({ content }) => parseHostDocument(content));
  } catch (error) {
    if (error instanceof ChartError) throw new UserError(`the chart cannot be rendered with this cluster's values: ${error.message}`);
    throw error;
  }
}

/** The chart beside the program: in a bundle and in the sources' dist alike. */
export function chartDirOf(executable: string): string {
  const dir = path.join(path.dirname(realpathSync(executable)), '../charts/kubernode');
  if (!existsSync(path.join(dir, 'Chart.yaml'))) throw new UserError(`the chart ${dir} is missing; reinstall kubernode`);
  return dir;
}

type GoValue = null | boolean | string | number | readonly GoValue[] | Map<string, GoValue>;

/** Plain data as templates see it: objects are Maps. */
function goValue(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(goValue);
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value).map(([key, one]) => [key, goValue(one)]));
  return value as GoValue; // YAML and JSON have nothing else
}

/** Objects merge, all else replaces. */
function mergeValues(base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
  return { ...base, ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, isObject(value) && isObject(base[key]) ? mergeValues(base[key], value) : value])) };
}
