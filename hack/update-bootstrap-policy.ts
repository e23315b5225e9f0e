// Generates the API server's bootstrap policy and bootstrap objects from recorded answers of a Kubernetes API server.
// usage: tsx hack/update-bootstrap-policy.ts --recorded DIR [--check]
//   --recorded  a folder of recorded scenarios bootstrap-*.json: steps (path, only) and answers (want)
//   --check     writes nothing; exit status 1 when a checked-in file differs (the verify twin)
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

interface Scenario { steps: { name?: string; path?: string; method?: string; as?: string; only?: string[] }[]; want: { name: string; status: number; body: Record<string, unknown> }[] }
type Item = Record<string, unknown>;

const { values } = parseArgs({ options: { recorded: { type: 'string' }, check: { type: 'boolean' } } });
if (values.recorded === undefined) {
  process.stderr.write('usage: tsx hack/update-bootstrap-policy.ts --recorded DIR [--check]\n');
  process.exit(2);
}

const source = path.join(import.meta.dirname, '../services/apiserver/src/authz');
/** Resource → generated file; what is not named here is made by code elsewhere (namespaces, services). */
const OUTPUTS: Readonly<Record<string, { file: string; apiVersion: string; kind: string }>> = {
  clusterroles: { file: 'bootstrap-policy/cluster-roles.json', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
  clusterrolebindings: { file: 'bootstrap-policy/cluster-role-bindings.json', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
  roles: { file: 'bootstrap-policy/roles.json', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  rolebindings: { file: 'bootstrap-policy/role-bindings.json', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  priorityclasses: { file: 'bootstrap-objects/priority-classes.json', apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' },
  flowschemas: { file: 'bootstrap-objects/flow-schemas.json', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema' },
  prioritylevelconfigurations: { file: 'bootstrap-objects/priority-level-configurations.json', apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'PriorityLevelConfiguration' },
};

/** What the recorded answers leave out: the tail of two roles' rules, prose that recordings drop, and the role of the cluster's DNS server. */
const EVENTS_RULE = { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] };
const SLICES_RULE = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'] };
const SUPPLEMENTS: Readonly<Record<string, Readonly<Record<string, Item>>>> = {
  clusterroles: {
    'system:controller:endpointslice-controller': { rules: [
      { apiGroups: [''], resources: ['nodes', 'pods', 'services'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['services/finalizers'], verbs: ['update'] }, SLICES_RULE, EVENTS_RULE] },
    'system:controller:endpointslicemirroring-controller': { rules: [
      { apiGroups: [''], resources: ['endpoints', 'services'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['services/finalizers'], verbs: ['update'] },
      { apiGroups: [''], resources: ['endpoints/finalizers'], verbs: ['update'] }, SLICES_RULE, EVENTS_RULE] },
    'system:coredns': { rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] }] },
  },
  clusterrolebindings: {
    'system:coredns': {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }],
    },
  },
  priorityclasses: {
    'system-cluster-critical': { description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
    'system-node-critical': { description: 'Used for system critical pods that must not be moved from their current node.' },
  },
};

const items = collect(values.recorded);
for (const [resource, supplements] of Object.entries(SUPPLEMENTS)) {
  for (const [name, fields] of Object.entries(supplements)) {
    const ofResource = items.get(resource) ?? new Map<string, Item>();
    items.set(resource, ofResource);
    const output = OUTPUTS[resource];
    if (output !== undefined) ofResource.set(`/${name}`, { ...(ofResource.get(`/${name}`) ?? toObject({ ...output, name }, {})), ...fields });
  }
}
let stale = false;
for (const [resource, { file }] of Object.entries(OUTPUTS)) {
  const text = render([...(items.get(resource)?.values() ?? [])]);
  const target = path.join(source, file);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  stale = true;
  process.stdout.write(`${values.check === true ? 'differs' : 'written'}: ${file}\n`);
  if (values.check === true) continue;
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}
if (values.check === true && stale) process.exitCode = 1;

/** resource → name → object, from every recorded GET of one object. */
function collect(directory: string): Map<string, Map<string, Item>> {
  const found = new Map<string, Map<string, Item>>();
  for (const file of readdirSync(directory).filter((name) => name.startsWith('bootstrap-')).sort()) {
    const scenario = JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Scenario; // the recorder's own shape
    const named = scenario.steps.filter((step) => step.name !== undefined); // answers stand in their order; names may repeat
    for (const [index, step] of named.entries()) {
      const answer = scenario.want[index];
      if (answer?.status !== 200 || step.path === undefined || step.method !== undefined) continue;
      const match = /^\/apis\/[^/]+\/[^/]+\/(?:namespaces\/([^/]+)\/)?([^/]+)\/([^/?]+)$/.exec(step.path);
      const output = match === null ? undefined : OUTPUTS[match[2] ?? ''];
      if (match === null || output === undefined || answer.body['kind'] === 'Table') continue;
      const [, namespace, resource = '', name = ''] = match;
      const ofResource = found.get(resource) ?? new Map<string, Item>();
      found.set(resource, ofResource);
      const key = `${namespace ?? ''}/${name}`;
      if (!ofResource.has(key)) ofResource.set(key, toObject({ ...output, name, ...(namespace !== undefined && { namespace }) }, answer.body));
    }
  }
  return found;
}

/** Recorded answers name nested fields by dotted paths (`metadata.labels`). What the server fills in later (status, uids, times) is left out. */
function toObject({ apiVersion, kind, name, namespace }: { apiVersion: string; kind: string; name: string; namespace?: string }, body: Item): Item {
  const metadata: Item = { name: decodeURIComponent(name), ...(namespace !== undefined && { namespace }) };
  const nested = body['metadata'] as Item | undefined; // whole objects have it as an object
  for (const field of ['labels', 'annotations']) {
    const value = body[`metadata.${field}`] ?? nested?.[field];
    if (value !== undefined && value !== null) metadata[field] = value;
  }
  const object: Item = { kind, apiVersion, metadata };
  for (const [field, value] of Object.entries(body)) {
    if (value === null || field.includes('.') || ['kind', 'apiVersion', 'metadata', 'status'].includes(field)) continue;
    object[field] = value;
  }
  return object;
}

function render(objects: Item[]): string {
  const name = (item: Item): string => `${String((item['metadata'] as Item)['namespace'] ?? '')}/${String((item['metadata'] as Item)['name'])}`; // built above
  const lines = objects.sort((a, b) => (name(a) < name(b) ? -1 : 1)).map((item) => `  ${JSON.stringify(item)}`);
  return `[\n${lines.join(',\n')}\n]\n`;
}
