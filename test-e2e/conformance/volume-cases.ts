import type { coreV1 } from '@kubernode/api';
import { CONFORMANCE, LINUX, NODE, type PodCase, script } from './pod-case.ts';

interface Source {
  /** As Kubernetes' names begin. */
  family: string;
  objects: (id: string, value: string) => readonly object[];
  /** A volume of the source with some keys mapped to paths, and a mode for all of it. */
  volume: (id: string, options?: { items?: coreV1.KeyToPath[]; defaultMode?: number; optional?: boolean }) => Omit<coreV1.Volume, 'name'>;
  kind: 'configmap' | 'secret';
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const configMapOf = (id: string, value: string): readonly object[] => [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, data: { 'data-1': value, 'data-2': 'value-2' } }];
const secretOf = (id: string, value: string): readonly object[] => [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: id }, data: { 'data-1': base64(value), 'data-2': base64('value-2') } }];

const SOURCES: readonly Source[] = [
  { family: '[sig-storage] ConfigMap', kind: 'configmap', objects: configMapOf, volume: (name, options) => ({ configMap: { name, ...options } }) },
  { family: '[sig-storage] Projected configMap', kind: 'configmap', objects: configMapOf, volume: (name, { defaultMode, ...options } = {}) => ({ projected: { sources: [{ configMap: { name, ...options } }], ...(defaultMode !== undefined && { defaultMode }) } }) },
  { family: '[sig-storage] Secrets', kind: 'secret', objects: secretOf, volume: (secretName, options) => ({ secret: { secretName, ...options } }) },
  { family: '[sig-storage] Projected secret', kind: 'secret', objects: secretOf, volume: (name, { defaultMode, ...options } = {}) => ({ projected: { sources: [{ secret: { name, ...options } }], ...(defaultMode !== undefined && { defaultMode }) } }) },
];

const mount = { name: 'v', mountPath: '/etc/v' };
const show = { ...script('stat -L -c "mode %a" /etc/v/data-1', 'cat /etc/v/data-1'), volumeMounts: [mount] };
const showMapped = { ...script('stat -L -c "mode %a" /etc/v/path/to/data-2', 'cat /etc/v/path/to/data-2', 'ls /etc/v'), volumeMounts: [mount] };
const MAPPED = [{ key: 'data-2', path: 'path/to/data-2' }];
const nonRoot = { securityContext: { runAsUser: 1000 } };

function ofSource({ family, kind, objects, volume }: Source): readonly PodCase[] {
  const made = (id: string): readonly object[] => objects(id, 'value-1');
  const isMap = kind === 'configmap';
  const itemMode = isMap ? 'Item mode' : 'Item Mode';
  const several = isMap ? 'in multiple volumes in the same pod' : 'in multiple volumes in a pod';
  return [
    { name: `${family} should be consumable from pods in volume ${NODE}`, objects: made, spec: (id) => ({ volumes: [{ name: 'v', ...volume(id) }], containers: [show] }), log: ['value-1', 'mode 644'] },
    { name: `${family} should be consumable from pods in volume with defaultMode set ${LINUX}`, objects: made, spec: (id) => ({ volumes: [{ name: 'v', ...volume(id, { defaultMode: 0o400 }) }], containers: [show] }), log: ['value-1', 'mode 400'] },
    { name: `${family} should be consumable from pods in volume with mappings ${NODE}`, objects: made, spec: (id) => ({ volumes: [{ name: 'v', ...volume(id, { items: MAPPED }) }], containers: [showMapped] }), log: ['value-2', '!data-1'] },
    { name: `${family} should be consumable from pods in volume with mappings and ${itemMode} set ${LINUX}`, objects: made, spec: (id) => ({ volumes: [{ name: 'v', ...volume(id, { items: [{ ...MAPPED[0], mode: 0o400 } as coreV1.KeyToPath] }) }], containers: [showMapped] }), log: ['value-2', 'mode 400'] }, // one of MAPPED, which has one
    { name: `${family} should be consumable ${several} ${NODE}`, objects: made, spec: (id) => ({ volumes: [{ name: 'v', ...volume(id) }, { name: 'w', ...volume(id) }], containers: [{ ...script('cat /etc/v/data-1 /etc/w/data-1'), volumeMounts: [mount, { name: 'w', mountPath: '/etc/w', readOnly: true }] }] }), log: ['value-1value-1'] },
    ...(isMap
      ? [
        { name: `${family} should be consumable from pods in volume as non-root ${NODE}`, objects: made, spec: (id: string) => ({ ...nonRoot, volumes: [{ name: 'v', ...volume(id) }], containers: [show] }), log: ['value-1'] },
        { name: `${family} should be consumable from pods in volume with mappings as non-root ${NODE}`, objects: made, spec: (id: string) => ({ ...nonRoot, volumes: [{ name: 'v', ...volume(id, { items: MAPPED }) }], containers: [showMapped] }), log: ['value-2'] },
        { name: `${family} updates should be reflected in volume ${NODE}`, objects: made, spec: (id: string) => ({ volumes: [{ name: 'v', ...volume(id) }], containers: [{ ...script('until grep -q changed /etc/v/data-1; do sleep 0.1; done; cat /etc/v/data-1'), volumeMounts: [mount] }] }), change: (id: string) => [{ object: `configmap/${id}`, patch: { data: { 'data-1': 'changed' } } }], log: ['changed'] },
      ]
      : [{ name: `${family} should be consumable from pods in volume as non-root with defaultMode and fsGroup set ${LINUX}`, objects: made, spec: (id: string) => ({ securityContext: { runAsUser: 1000, fsGroup: 1001 }, volumes: [{ name: 'v', ...volume(id, { defaultMode: 0o440 }) }], containers: [{ ...script('stat -L -c "mode %a group %g" /etc/v/data-1', 'cat /etc/v/data-1'), volumeMounts: [mount] }] }), log: ['value-1', 'mode 440 group 1001'] }]),
    {
      name: `${family} optional updates should be reflected in volume ${NODE}`,
      objects: (id) => [...objects(`${id}-a`, 'value-1'), ...objects(`${id}-b`, 'value-1')],
      spec: (id) => ({
        volumes: [{ name: 'v', ...volume(`${id}-a`, { optional: true }) }, { name: 'w', ...volume(`${id}-missing`, { optional: true }) }],
        containers: [{ ...script('ls /etc/w | wc -l', 'until grep -q changed /etc/v/data-1; do sleep 0.1; done; cat /etc/v/data-1'), volumeMounts: [mount, { name: 'w', mountPath: '/etc/w' }] }],
      }),
      change: (id) => [{ object: `${kind}/${id}-a`, patch: isMap ? { data: { 'data-1': 'changed' } } : { data: { 'data-1': base64('changed') } } }],
      log: ['0\n', 'changed'],
    },
  ];
}

interface Downward { family: string; volume: (items: coreV1.DownwardAPIVolumeFile[], defaultMode?: number) => Omit<coreV1.Volume, 'name'> }

const DOWNWARD: readonly Downward[] = [
  { family: '[sig-storage] Downward API volume', volume: (items, defaultMode) => ({ downwardAPI: { items, ...(defaultMode !== undefined && { defaultMode }) } }) },
  { family: '[sig-storage] Projected downwardAPI', volume: (items, defaultMode) => ({ projected: { sources: [{ downwardAPI: { items } }], ...(defaultMode !== undefined && { defaultMode }) } }) },
];

const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } };
const podname = { path: 'file', fieldRef: { fieldPath: 'metadata.name' } };
const read = { ...script('stat -L -c "mode %a" /etc/v/file', 'cat /etc/v/file'), volumeMounts: [mount] };

function ofDownward({ family, volume }: Downward): readonly PodCase[] {
  const limit = (resource: string, divisor?: string): coreV1.DownwardAPIVolumeFile[] => [{ path: 'file', resourceFieldRef: { containerName: 'main', resource, ...(divisor !== undefined && { divisor }) } }];
  const amount = (what: string, items: coreV1.DownwardAPIVolumeFile[], log: RegExp, limited = true): PodCase => ({ name: `${family} should provide ${what} ${NODE}`, spec: () => ({ volumes: [{ name: 'v', ...volume(items) }], containers: [{ ...read, ...(limited && { resources }) }] }), log: [log] });
  const followed = (what: 'labels' | 'annotations'): PodCase => ({
    name: `${family} should update ${what} on modification ${NODE}`,
    metadata: { [what]: { key1: 'value1', key2: 'value2' } },
    spec: () => ({ volumes: [{ name: 'v', ...volume([{ path: 'file', fieldRef: { fieldPath: `metadata.${what}` } }]) }], containers: [{ ...script('cat /etc/v/file; until grep -q key3 /etc/v/file; do sleep 0.1; done; cat /etc/v/file'), volumeMounts: [mount] }] }),
    change: (id) => [{ object: `pod/${id}`, patch: { metadata: { [what]: { key3: 'value3' } } } }],
    log: ['key1="value1"', 'key3="value3"'],
  });
  return [
    { name: `${family} should provide podname only ${NODE}`, spec: () => ({ volumes: [{ name: 'v', ...volume([podname]) }], containers: [read] }), log: [/^case-\d+$/m] },
    { name: `${family} should set DefaultMode on files ${LINUX}`, spec: () => ({ volumes: [{ name: 'v', ...volume([podname], 0o400) }], containers: [read] }), log: ['mode 400'] },
    { name: `${family} should set mode on item file ${LINUX}`, spec: () => ({ volumes: [{ name: 'v', ...volume([{ ...podname, mode: 0o400 }]) }], containers: [read] }), log: ['mode 400'] },
    amount("container's cpu limit", limit('limits.cpu'), /^2$/m),
    amount("container's cpu request", limit('requests.cpu', '1m'), /^250$/m),
    amount("container's memory limit", limit('limits.memory'), /^67108864$/m),
    amount("container's memory request", limit('requests.memory'), /^33554432$/m),
    amount('node allocatable (cpu) as default cpu limit if the limit is not set', limit('limits.cpu'), /^[1-9]\d*$/m, false),
    amount('node allocatable (memory) as default memory limit if the limit is not set', limit('limits.memory'), /^[1-9]\d{8,}$/m, false),
    followed('labels'),
    followed('annotations'),
  ];
}

function subPath(kind: string, volume: (id: string) => Omit<coreV1.Volume, 'name'>, objects: (id: string) => readonly object[], log: string): PodCase {
  return {
    name: `[sig-storage] Subpath Atomic writer volumes should support subpaths with ${kind} pod ${CONFORMANCE}`,
    objects,
    spec: (id) => ({ volumes: [{ name: 'v', ...volume(id) }], containers: [{ ...script('cat /sub'), volumeMounts: [{ name: 'v', mountPath: '/sub', subPath: 'data-1' }] }] }),
    log: [log],
  };
}

const FILE_POD = { path: 'data-1', fieldRef: { fieldPath: 'metadata.namespace' } };

/** What a container finds in volumes that hold objects of the API. */
export const volumeCases: readonly PodCase[] = [
  ...SOURCES.flatMap(ofSource),
  ...DOWNWARD.flatMap(ofDownward),
  {
    name: `[sig-storage] ConfigMap binary data should be reflected in volume ${NODE}`,
    objects: (id) => [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, data: { text: 'plain' }, binaryData: { bytes: Buffer.from([0xde, 0xca, 0xfe, 0x00]).toString('base64') } }],
    spec: (id) => ({ volumes: [{ name: 'v', configMap: { name: id } }], containers: [{ ...script('cat /etc/v/text; wc -c < /etc/v/bytes'), volumeMounts: [mount] }] }),
    log: ['plain', '4'],
  },
  {
    name: `[sig-storage] Projected combined should project all components that make up the projection API [Projection] ${NODE}`,
    objects: (id) => [...configMapOf(id, 'from-map'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: id }, stringData: { key: 'from-secret' } }],
    spec: (id) => ({
      volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: id, items: [{ key: 'data-1', path: 'map' }] } }, { secret: { name: id, items: [{ key: 'key', path: 'secret' }] } }, { downwardAPI: { items: [{ path: 'pod', fieldRef: { fieldPath: 'metadata.name' } }] } }] } }],
      containers: [{ ...script('cat /etc/v/map; echo; cat /etc/v/secret; echo; cat /etc/v/pod'), volumeMounts: [mount] }],
    }),
    log: ['from-map', 'from-secret', /^case-\d+$/m],
  },
  subPath('configmap', (id) => ({ configMap: { name: id } }), (id) => configMapOf(id, 'by-sub-path'), 'by-sub-path'),
  subPath('secret', (id) => ({ secret: { secretName: id } }), (id) => secretOf(id, 'by-sub-path'), 'by-sub-path'),
  subPath('downward', () => ({ downwardAPI: { items: [FILE_POD] } }), () => [], 'conformance'),
  subPath('projected', () => ({ projected: { sources: [{ downwardAPI: { items: [FILE_POD] } }] } }), () => [], 'conformance'),
  {
    name: `[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file ${CONFORMANCE}`,
    objects: (id) => configMapOf(id, 'root:x:0:0::/:/bin/sh\nreplaced'),
    spec: (id) => ({ volumes: [{ name: 'v', configMap: { name: id } }], containers: [{ ...script('cat /etc/passwd'), volumeMounts: [{ name: 'v', mountPath: '/etc/passwd', subPath: 'data-1' }] }] }),
    log: ['replaced'],
  },
  {
    name: `[sig-node] ImageVolume should succeed with pod and pull policy of Always [LinuxOnly] [MinimumKubeletVersion:1.35] ${CONFORMANCE}`,
    spec: () => ({ volumes: [{ name: 'v', image: { reference: 'localhost/kubernode-demo:1', pullPolicy: 'Never' } }], containers: [{ ...script('ls /etc/v/bin | grep -qx busybox && echo from the image', 'touch /etc/v/x || echo read-only'), volumeMounts: [mount] }] }), // there is no registry to pull from
    log: ['from the image', 'read-only'],
  },
];
