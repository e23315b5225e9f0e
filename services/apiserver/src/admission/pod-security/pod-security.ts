import type { coreV1 } from '@kubernode/api';
import { forbidden, internalError, invalid, type KubeObject } from '@kubernode/apimachinery';
import { jsonEquals } from '../../registry/write/json-equals.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import type { AdmissionDependencies } from '../admission-plugins.ts';
import type { PodView } from './check.ts';
import { describe, describePods, violationsOf } from './evaluate.ts';
import { readPodSecurityConfiguration, type PodSecurityConfiguration } from './pod-security-configuration.ts';
import { formatLevel, isStricter, policyOf, sameLevel, type LevelVersion, type Policy } from './policy.ts';

type Pod = coreV1.Pod & KubeObject;
const NAMESPACES = { group: '', resource: 'namespaces' };
const PODS = { group: '', resource: 'pods' };
/** Of a namespace that gets a stricter level, at most so many pods are looked at. */
const EXISTING_PODS_MAX = 3000;
const IGNORED_SUBRESOURCES: ReadonlySet<string> = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);
/** Where controllers keep the pods that they will make. */
const TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ['/podtemplates', ['template']], ['/replicationcontrollers', ['spec', 'template']], ['apps/replicasets', ['spec', 'template']], ['apps/deployments', ['spec', 'template']],
  ['apps/statefulsets', ['spec', 'template']], ['apps/daemonsets', ['spec', 'template']], ['batch/jobs', ['spec', 'template']], ['batch/cronjobs', ['spec', 'jobTemplate', 'spec', 'template']],
]);

/** Holds pods to the security level that their namespace's labels ask for. Controllers of pods are only warned: their pods will be judged. */
export function podSecurity({ sources, get, list, configurationOf }: AdmissionDependencies): AdmissionPlugin {
  const configuration = readPodSecurityConfiguration(configurationOf('PodSecurity'));
  const { defaults } = configuration;
  const namespaces = sources(NAMESPACES);
  const withPolicy = (namespace: string, judge: (policy: Policy) => void): void | Promise<void> => {
    const known = namespaces.get('', namespace);
    if (known !== undefined) return judge(policyOf(known.metadata.labels, defaults).policy);
    return (get(NAMESPACES, '', namespace) as Promise<KubeObject | undefined>).then((found) => { // what is stored there is one
      if (found === undefined) throw internalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
      judge(policyOf(found.metadata.labels, defaults).policy);
    });
  };
  return {
    name: 'PodSecurity',
    validate: (attributes) => {
      const { operation, group, resource, subresource, object, namespace } = attributes;
      if ((operation !== 'CREATE' && operation !== 'UPDATE') || object === undefined) return undefined;
      if (group === '' && resource === 'namespaces') return subresource === '' ? validateNamespace(attributes, configuration, (name) => list<Pod>(PODS, name)) : undefined;
      if (group === '' && resource === 'pods') return IGNORED_SUBRESOURCES.has(subresource) || isExempt(attributes, object as Pod, configuration) || isInsignificant(attributes) ? undefined : withPolicy(namespace, (policy) => { judge(attributes, viewOf(object as Pod), policy, true); }); // by the check
      const path = TEMPLATES.get(`${group}/${resource}`);
      const template = path === undefined || subresource !== '' ? undefined : valueAt(object, path) as Partial<Pod> | undefined; // a template has a pod's metadata and spec
      return template?.spec === undefined || isExempt(attributes, template, configuration) ? undefined : withPolicy(namespace, (policy) => { judge(attributes, viewOf(template), policy, false); });
    },
  };
}

function judge({ group, resource, name, warn, annotate }: AdmissionAttributes, pod: PodView, { enforce, audit, warn: warned }: Policy, enforces: boolean): void {
  if (enforces) annotate('pod-security.kubernetes.io/enforce-policy', formatLevel(enforce));
  const audited = violationsOf(pod, audit);
  if (audited.length > 0) annotate('pod-security.kubernetes.io/audit-violations', `would violate PodSecurity ${JSON.stringify(formatLevel(audit))}: ${describe(audited)}`);
  const enforced = enforces ? violationsOf(pod, enforce) : [];
  if (enforced.length > 0) throw forbidden({ group, resource }, name, `violates PodSecurity ${JSON.stringify(formatLevel(enforce))}: ${describe(enforced)}`);
  const warnings = violationsOf(pod, warned);
  if (warnings.length > 0) warn(`would violate PodSecurity ${JSON.stringify(formatLevel(warned))}: ${describe(warnings)}`);
}

/** Labels have to be readable; a stricter level warns of the pods that are there and would not be let in any more. */
async function validateNamespace({ operation, kind, name, object, oldObject, warn }: AdmissionAttributes, { defaults, exemptions }: PodSecurityConfiguration, listPods: (namespace: string) => Promise<readonly Readonly<Pod>[]>): Promise<void> {
  const { policy, faults } = policyOf(object?.metadata.labels, defaults);
  const before = policyOf(oldObject?.metadata.labels, defaults);
  const isExemptNamespace = exemptions.namespaces.has(name);
  if (faults.length > 0 && (operation === 'CREATE' || !jsonEquals(faults, before.faults))) throw invalid(kind, name, faults);
  if (operation === 'CREATE' ? !isExemptNamespace : !mayRefuseMore(policy.enforce, before.policy.enforce)) return;
  if (isExemptNamespace) { warnOfExemption(name, policy, { defaults, labels: object?.metadata.labels ?? {}, warn }); return; }
  const all = (await listPods(name)).filter(({ spec }) => !exemptions.runtimeClasses.has(spec?.runtimeClassName ?? ''));
  const checked = firstOfControllers(all).slice(0, EXISTING_PODS_MAX);
  if (checked.length < all.length && all.length > EXISTING_PODS_MAX) warn(`new PodSecurity enforce level only checked against the first ${checked.length} of ${all.length} existing pods`);
  const warnings = describePods(checked.map((pod) => ({ name: pod.metadata.name, view: viewOf(pod) })), policy.enforce);
  if (warnings.length > 0) warn(`existing pods in namespace ${JSON.stringify(name)} violate the new PodSecurity enforce level ${JSON.stringify(formatLevel(policy.enforce))}`);
  warnings.forEach(warn);
}

/** Labels that are there and will not be looked at. */
function warnOfExemption(namespace: string, policy: Policy, { defaults, labels, warn }: { defaults: Policy; labels: Readonly<Record<string, string>>; warn(text: string): void }): void {
  const modes = ['enforce', 'audit', 'warn'] as const;
  if (modes.every((mode) => policy[mode].level === 'privileged') || modes.every((mode) => sameLevel(policy[mode], defaults[mode]))) return;
  const said = modes.filter((mode) => policy[mode].level !== 'privileged' && [mode, `${mode}-version`].some((key) => labels[`pod-security.kubernetes.io/${key}`] !== undefined));
  warn(`namespace ${JSON.stringify(namespace)} is exempt from Pod Security, and the policy (${said.map((mode) => `${mode}=${formatLevel(policy[mode])}`).join(', ')}) will be ignored`);
}

/** By its namespace, its writer or its runtime class; the audit event says by which. */
function isExempt({ namespace, user, annotate }: AdmissionAttributes, { spec }: Partial<Pod>, { exemptions }: PodSecurityConfiguration): boolean {
  const reason = exemptions.namespaces.has(namespace) ? 'namespace' : exemptions.usernames.has(user.name) ? 'user' : exemptions.runtimeClasses.has(spec?.runtimeClassName ?? '') ? 'runtimeClass' : undefined;
  if (reason !== undefined) annotate('pod-security.kubernetes.io/exempt', reason);
  return reason !== undefined;
}

function mayRefuseMore(level: LevelVersion, before: LevelVersion): boolean {
  if (sameLevel(level, before) || level.level === 'privileged') return false;
  return level.minor !== before.minor || isStricter(level.level, before.level);
}

/** One pod of each controller and all others first, so that most kinds of pods are seen. */
function firstOfControllers(pods: readonly Readonly<Pod>[]): Readonly<Pod>[] {
  const seen = new Set<string>();
  const [first, more]: [Readonly<Pod>[], Readonly<Pod>[]] = [[], []];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (owner !== undefined && seen.has(owner)) more.push(pod);
    else first.push(pod);
    if (owner !== undefined) seen.add(owner);
  }
  return [...first, ...more];
}

/** Of an update only new images and new containers could break a rule. */
function isInsignificant({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation !== 'UPDATE') return false;
  const [spec, before] = [(object as Pod).spec, (oldObject as Pod).spec]; // asked for pods alone
  const sameImages = (field: 'containers' | 'initContainers'): boolean => {
    const [now, then] = [spec?.[field] ?? [], before?.[field] ?? []];
    return now.length === then.length && now.every(({ image }, index) => image === then[index]?.image);
  };
  const oldImages = new Map((before?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return sameImages('containers') && sameImages('initContainers') && (spec?.ephemeralContainers ?? []).every(({ name, image }) => oldImages.has(name) && oldImages.get(name) === image);
}

function viewOf({ metadata, spec }: Readonly<Partial<Pod>>): PodView {
  return { annotations: metadata?.annotations ?? {}, spec: spec ?? { containers: [] } };
}

function valueAt(object: Readonly<KubeObject>, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const part of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined; // an object by the check
  return value;
}
