import { resourceFacts, resources } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { TableOptions } from '../endpoints/endpoint-services.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { tablePrinter, type Table } from './print-table.ts';
import { printerOf } from './printer-registry.ts';
import { podSummary } from './printers/pod-summary.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const CREATED = '2026-01-01T00:55:00Z';

describe('printers', () => {
  it.each(resources.map((facts) => [`${facts.group}/${facts.resource}`, facts] as const))('%s stand an object without content', (_name, { group, resource, kind }) => {
    const printer = printerOf(group, resource);
    const cells = printer?.cells({ kind, apiVersion: '', metadata: { name: '' } }, NOW) ?? ['', ''];
    expect(cells.every((cell) => cell === null || ['string', 'number', 'boolean'].includes(typeof cell))).toBe(true);
    if (printer !== undefined && resource !== 'ipaddresses') expect(cells).toHaveLength(printer.columns.length);
  });

  it.each([['storage.k8s.io', 'csistoragecapacities'], ['', 'limitranges'], ['rbac.authorization.k8s.io', 'roles']])('none are for %s/%s: they have the default columns', (group, resource) => {
    expect(printerOf(group, resource)).toBeUndefined();
  });

  it.each<[string, string, Record<string, unknown>, unknown[]]>([
    ['', 'services', { spec: { type: 'LoadBalancer', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }] } }, ['LoadBalancer', '10.0.0.1', '<pending>', '80:30080/TCP,53/UDP', '5m', '<none>']],
    ['', 'services', { spec: { type: 'ExternalName', externalName: 'x.example.com' } }, ['ExternalName', '<none>', 'x.example.com', '<none>', '5m', '<none>']],
    ['', 'endpoints', { subsets: [{ addresses: [{ ip: '1.1.1.1' }, { ip: 'fd00::1' }], ports: [{ port: 80 }, { port: 443 }] }] }, ['1.1.1.1:80,[fd00::1]:80,1.1.1.1:443 + 1 more...', '5m']],
    ['batch', 'jobs', { spec: { parallelism: 3 }, status: { succeeded: 1, startTime: '2026-01-01T00:58:30Z' } }, ['Running', '1/1 of 3', '90s', '5m', '', '', '<none>']],
    ['batch', 'cronjobs', { spec: { schedule: '@daily', suspend: false }, status: { active: [{}] } }, ['@daily', '<none>', 'False', 1, '<none>', '5m', '', '', '<none>']],
    ['policy', 'poddisruptionbudgets', { spec: { maxUnavailable: '25%' } }, ['N/A', '25%', 0, '5m']],
    ['autoscaling', 'horizontalpodautoscalers', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, minReplicas: 1, maxReplicas: 4, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }] } }, ['Deployment/d', 'cpu: <unknown>/80%', '1', 4, 0, '5m']],
    ['networking.k8s.io', 'ingresses', { spec: { rules: [{ host: 'a' }, { host: 'b' }, { host: 'c' }, { host: 'd' }], tls: [{}] } }, ['<none>', 'a,b,c + 1 more...', '', '80, 443', '5m']],
    ['', 'persistentvolumes', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOncePod'], claimRef: { namespace: 'n', name: 'c' } }, status: { phase: 'Bound' } }, ['1Gi', 'RWOP', '', 'Bound', 'n/c', '', '<unset>', '', '5m', '<unset>']],
    ['autoscaling', 'horizontalpodautoscalers', { spec: { metrics: [{ type: 'Pods', pods: { target: { averageValue: '1' } } }, { type: 'Object', object: { target: { value: '5' } } }] }, status: { currentMetrics: [{ type: 'Pods', pods: { current: {} } }, { type: 'Object', object: { current: { value: '4' } } }] } }, ['/', '<nil>/1, 4/5', '<unset>', 0, 0, '5m']],
    ['apps', 'deployments', { spec: { replicas: 1, selector: { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] } } }, ['0/1', 0, 0, '5m', '', '', '<invalid>']],
    ['networking.k8s.io', 'networkpolicies', { spec: { podSelector: { matchExpressions: [{ key: 'a', operator: '' }] } } }, ['<error>', '5m']],
    ['admissionregistration.k8s.io', 'validatingadmissionpolicybindings', { spec: { policyName: 'p', paramRef: { selector: { matchLabels: { b: '1', a: '2' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] } } } }, ['p', '&LabelSelector{MatchLabels:map[string]string{a: 2,b: 1,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:a,Operator:In,Values:[b c],},},}', '5m']],
    ['', 'resourcequotas', { status: { hard: { pods: '2', 'limits.cpu': '4' }, used: { pods: '1', 'limits.cpu': '0' } } }, ['pods: 1/2', 'limits.cpu: 0/4', '5m']],
    ['certificates.k8s.io', 'certificatesigningrequests', { spec: { signerName: 's', username: 'u', expirationSeconds: 3600 }, status: { certificate: 'x', conditions: [{ type: 'Approved' }] } }, ['5m', 's', 'u', '60m', 'Approved,Issued']],
    ['apiregistration.k8s.io', 'apiservices', { spec: { service: { namespace: 'n', name: 's' } }, status: { conditions: [{ type: 'Available', status: 'False', reason: 'Why' }] } }, ['n/s', 'False (Why)', '5m']],
  ])('%s/%s', (group, resource, content, cells) => {
    expect(printerOf(group, resource)?.cells(object(content), NOW).slice(1)).toEqual(cells);
  });
});

describe('podSummary', () => {
  const running = { running: {} };
  const done = (exitCode: number, reason?: string): object => ({ terminated: { exitCode, ...(reason !== undefined && { reason }) } });
  it.each<[string, { spec?: object; status?: object; deleted?: boolean }, string, string, number]>([
    ['a new pod', { status: { phase: 'Pending' } }, '0/1', 'Pending', 0],
    ['a gated pod', { status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } }, '0/1', 'SchedulingGated', 0],
    ['a running pod', { status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 2, state: running }] } }, '1/1', 'Running', 2],
    ['a crashing pod', { status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: false, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } }] } }, '0/1', 'CrashLoopBackOff', 7],
    ['the second of two init containers', { spec: { initContainers: [{ name: 'a' }, { name: 'b' }] }, status: { phase: 'Pending', initContainerStatuses: [{ name: 'a', restartCount: 1, state: done(0) }, { name: 'b', restartCount: 0, state: running }] } }, '0/1', 'Init:1/2', 1],
    ['a failed init container', { spec: { initContainers: [{ name: 'a' }] }, status: { phase: 'Pending', initContainerStatuses: [{ name: 'a', restartCount: 0, state: done(3) }] } }, '0/1', 'Init:ExitCode:3', 0],
    ['a sidecar', { spec: { initContainers: [{ name: 's', restartPolicy: 'Always' }] }, status: { phase: 'Running', initContainerStatuses: [{ name: 's', started: true, ready: true, restartCount: 1, state: running }], containerStatuses: [{ name: 'c', ready: true, restartCount: 1, state: running }] } }, '2/2', 'Running', 2],
    ['a completed pod', { status: { phase: 'Succeeded', containerStatuses: [{ name: 'c', ready: false, restartCount: 0, state: done(0, 'Completed') }] } }, '0/1', 'Completed', 0],
    ['one completed, one running', { status: { phase: 'Running', containerStatuses: [{ name: 'c', restartCount: 0, ready: false, state: done(0, 'Completed') }, { name: 'd', restartCount: 0, ready: true, state: running }] } }, '1/1', 'NotReady', 0],
    ['a pod that is deleted', { deleted: true, status: { phase: 'Running' } }, '0/1', 'Terminating', 0],
    ['a pod on a lost node', { deleted: true, status: { phase: 'Running', reason: 'NodeLost' } }, '0/1', 'Unknown', 0],
  ])('%s', (_name, { spec, status, deleted }, ready, state, restarts) => {
    const pod = { ...object({ spec: { containers: [{ name: 'c' }], ...spec }, status }), ...(deleted === true && { metadata: { name: 'o', deletionTimestamp: CREATED } }) };
    const summary = podSummary(pod as never); // built from parts above
    expect([`${summary.ready}/${summary.total}`, summary.status, summary.restarts]).toEqual([ready, state, restarts]);
  });
});

describe('tablePrinter', () => {
  const options: TableOptions = { metadata: { resourceVersion: '7' }, version: 'v1', includeObject: 'Metadata', now: NOW };

  it('prints rows with metadata, and only once the columns of a watch', () => {
    const table = tablePrinter()(served('', 'configmaps'), [object({ data: { a: '1' } })], { ...options, withoutHeaders: true });
    expect(table).toEqual({
      kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '7' }, columnDefinitions: null,
      rows: [{ cells: ['o', 1, '5m'], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'o', creationTimestamp: CREATED } } }],
    });
  });

  it('prints the empty text where an object has no name, as bookmarks', () => {
    const bookmark = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '7' } } as unknown as KubeObject; // what a watch prints of a bookmark
    expect(tablePrinter()(served('', 'configmaps'), [bookmark], { ...options, includeObject: 'None' })).toMatchObject({ rows: [{ cells: ['', 0, '<unknown>'] }] });
  });

  it('prints custom columns, null where a value is missing or of another type', () => {
    const printTable = tablePrinter({ customColumns: () => [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }, { name: 'Ready', type: 'string', jsonPath: '.status.ready' }, { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 1 }] });
    const table = printTable(served('', 'configmaps'), [object({ spec: { size: 3 } }), object({ spec: { size: 'x' }, status: { ready: true } })], { ...options, includeObject: 'None' }) as Table; // what tablePrinter makes
    expect(table.columnDefinitions?.map(({ name, type, priority }) => [name, type, priority])).toEqual([['Name', 'string', 0], ['Size', 'integer', 0], ['Ready', 'string', 0], ['Since', 'date', 1]]);
    expect(table.rows).toEqual([{ cells: ['o', 3, null, '5m'], object: null }, { cells: ['o', null, 'true', '5m'], object: null }]);
  });

  it('marks rows of pods that have ended', () => {
    const table = tablePrinter()(served('', 'pods'), [object({ status: { phase: 'Failed' } })], options) as Table; // what tablePrinter makes
    expect(table.rows[0]?.conditions).toEqual([{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]);
  });
});

function object(content: Record<string, unknown>): KubeObject {
  return { kind: 'X', apiVersion: 'v1', metadata: { name: 'o', creationTimestamp: CREATED }, ...content };
}

function served(group: string, resource: string): ServedResource {
  return { facts: resourceFacts({ group, version: 'v1', resource }) } as ServedResource; // printing needs the facts only
}
