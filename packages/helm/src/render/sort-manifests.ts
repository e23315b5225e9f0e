import { decodeYaml, isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import { ChartError } from '../chart/chart-error.ts';
import { compareBytes } from '../values/value.ts';
import type { Hook, HookDeletePolicy, HookEvent, Manifest } from './rendered-chart.ts';

/** Kinds that others need come first; unknown ones last, by their names. */
const INSTALL_ORDER: readonly string[] = [
  'PriorityClass', 'Namespace', 'NetworkPolicy', 'ResourceQuota', 'LimitRange', 'PodSecurityPolicy', 'PodDisruptionBudget', 'ServiceAccount', 'Secret', 'SecretList', 'ConfigMap', 'StorageClass',
  'PersistentVolume', 'PersistentVolumeClaim', 'CustomResourceDefinition', 'ClusterRole', 'ClusterRoleList', 'ClusterRoleBinding', 'ClusterRoleBindingList', 'Role', 'RoleList', 'RoleBinding', 'RoleBindingList',
  'Service', 'DaemonSet', 'Pod', 'ReplicationController', 'ReplicaSet', 'Deployment', 'HorizontalPodAutoscaler', 'StatefulSet', 'Job', 'CronJob', 'IngressClass', 'Ingress', 'APIService',
];
const EVENTS: Readonly<Record<string, HookEvent>> = {
  'pre-install': 'pre-install', 'post-install': 'post-install', 'pre-delete': 'pre-delete', 'post-delete': 'post-delete', 'pre-upgrade': 'pre-upgrade', 'post-upgrade': 'post-upgrade',
  'pre-rollback': 'pre-rollback', 'post-rollback': 'post-rollback', test: 'test', 'test-success': 'test',
};

/** The documents of rendered files, those with hook annotations apart, each in the order to install them. Throws ChartError. */
export function sortManifests(files: ReadonlyMap<string, string>, warn: (message: string) => void): { manifests: Manifest[]; hooks: Hook[] } {
  const manifests: Manifest[] = [];
  const hooks: Hook[] = [];
  for (const source of [...files.keys()].sort(compareBytes)) {
    for (const content of splitDocuments(files.get(source) ?? '')) {
      const { manifest, annotations } = readHead(source, content);
      const events = annotations['helm.sh/hook'];
      if (events === undefined) { manifests.push(manifest); continue; }
      const known = listOf(events).map((event) => (Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined));
      if (known.includes(undefined)) { warn(`info: skipping unknown hook: ${JSON.stringify(events)}`); continue; }
      hooks.push({
        ...manifest, events: known.filter((event) => event !== undefined), weight: weightOf(annotations['helm.sh/hook-weight']),
        deletePolicies: listOf(annotations['helm.sh/hook-delete-policy']) as HookDeletePolicy[], // whoever runs hooks ignores what it does not know
        outputLogPolicies: listOf(annotations['helm.sh/hook-output-log-policy']) as ('hook-succeeded' | 'hook-failed')[], // as above
      });
    }
  }
  return { manifests: inInstallOrder(manifests), hooks: inInstallOrder(hooks) };
}

/** The documents of a YAML stream, without those that are empty. */
export function splitDocuments(text: string): string[] {
  return text.trim().split(/(?:^|\s*\n)---\s*/).filter((document) => document !== '').map((document) => document.trim());
}

function readHead(source: string, content: string): { manifest: Manifest; annotations: Readonly<Record<string, string>> } {
  let head: unknown;
  try { head = decodeYaml(content).value; } catch (error) { throw new ChartError(`YAML parse error on ${source}: error converting YAML to JSON: ${errorMessage(error)}`); }
  if (head !== null && !isJsonObject(head)) throw new ChartError(`YAML parse error on ${source}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(head) ? 'array' : typeof head === 'boolean' ? 'bool' : typeof head} into Go value of type releaseutil.SimpleHead`);
  const metadata = objectAt(head ?? {}, 'metadata');
  const annotations = Object.fromEntries(Object.entries(objectAt(metadata, 'annotations')).map(([key, value]) => [key, textOf(value)]));
  return { manifest: { source, apiVersion: textOf(head?.['apiVersion']), kind: textOf(head?.['kind']), name: textOf(metadata['name']), content }, annotations };
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string { return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''; }

function listOf(text: string | undefined): string[] { return text === undefined ? [] : text.split(',').map((one) => one.trim().toLowerCase()); }

function weightOf(text: string | undefined): number { return text !== undefined && /^[-+]?\d+$/.test(text) ? Number(text) : 0; }

function inInstallOrder<M extends Manifest>(manifests: readonly M[]): M[] {
  const rank = ({ kind }: Manifest): number => { const at = INSTALL_ORDER.indexOf(kind); return at === -1 ? INSTALL_ORDER.length : at; };
  return [...manifests].sort((a, b) => rank(a) - rank(b) || (rank(a) === INSTALL_ORDER.length ? compareBytes(a.kind, b.kind) : 0));
}
