import type { coreV1 } from '@kubernode/api';
import { goQuote } from '@kubernode/apimachinery';
import { jsonEquals } from '../../write/json-equals.ts';
import { ipWarnings } from '../legacy-ip-rules.ts';
import { affinityWarnings, nodeLabelWarning } from './affinity-warnings.ts';
import { containersOf, type AnyContainer } from './container-visitor.ts';
import { portWarnings } from './port-warnings.ts';
import { isFractional } from './rounded-quantities.ts';
import { APP_ARMOR_CONTAINER, appArmorOfAnnotation } from './security-profiles.ts';
import { volumeWarnings } from './volume-warnings.ts';

type Spec = Readonly<coreV1.PodSpec>;
type Annotations = Readonly<Record<string, string>>;

export interface WarningRules {
  /** Path of the template with a dot behind it, '' for pods. */
  prefix: string;
  /** Pods speak of AppArmor annotations when they take them over. */
  isTemplate: boolean;
}

/** What is valid in a template but better said otherwise. */
export function templateWarnings(template: Readonly<coreV1.PodTemplateSpec> | undefined, path: string): string[] {
  return podWarnings(template?.spec, template?.metadata?.annotations, { prefix: `${path}.`, isTemplate: true });
}

export function podWarnings(spec: Spec | undefined, annotations: Annotations = {}, { prefix, isTemplate }: WarningRules): string[] {
  if (spec === undefined) return [];
  const path = `${prefix}spec`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => nodeLabelWarning(key).map((text) => `${path}.nodeSelector[${key}]: ${text}`)),
    ...affinityWarnings(spec, path).nodes, ...annotationWarnings(annotations, `${prefix}metadata.annotations`), ...volumeWarnings(spec.volumes ?? [], path),
    ...repeatWarnings(spec, path), ...overheadWarnings(spec.overhead, path),
    ...(spec.securityContext?.seccompProfile === undefined && annotations[SECCOMP_POD] !== undefined ? [`${prefix}metadata.annotations[${SECCOMP_POD}]: ${SECCOMP_GONE}`] : []),
    ...containersOf(spec, path).flatMap(([container, at]) => [...profileWarnings(container, spec, annotations, { prefix, isTemplate }), ...byteWarnings(container, at), ...envWarnings(container, at)]),
    ...portWarnings(spec, path),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0 ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`] : []),
    ...affinityWarnings(spec, path).pods,
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, index) => ipWarnings(ip, `${path}.dnsConfig.nameservers[${index}]`)),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, index) => ipWarnings(ip, `${path}.hostAliases[${index}].ip`)),
  ];
}

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const SECCOMP_GONE = 'non-functional in v1.27+; use the "seccompProfile" field instead';

const DEAD_ANNOTATIONS: readonly (readonly [key: string, text: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

function annotationWarnings(annotations: Annotations, path: string): string[] {
  return DEAD_ANNOTATIONS.filter(([key]) => annotations[key] !== undefined).map(([key, text]) => `${path}[${key}]: ${text}`);
}

/** Lists in which an entry says again what another has said. */
function repeatWarnings({ hostAliases = [], imagePullSecrets = [] }: Spec, path: string): string[] {
  const repeats = (values: readonly string[]): [string, number][] => {
    const seen = new Set<string>();
    return values.map((value, index): [string, number] => [value, index]).filter(([value]) => seen.size === seen.add(value).size);
  };
  return [
    ...repeats(hostAliases.map(({ ip }) => ip)).map(([ip, index]) => `${path}.hostAliases[${index}].ip: duplicate ip ${goQuote(ip)}`),
    ...repeats(imagePullSecrets.map(({ name = '' }) => name)).map(([name, index]) => `${path}.imagePullSecrets[${index}].name: duplicate name ${goQuote(name)}`),
    ...imagePullSecrets.flatMap(({ name = '' }, index) => (name === '' ? [`${path}.imagePullSecrets[${index}].name: invalid empty name ""`] : [])),
  ];
}

function overheadWarnings(overhead: Readonly<Record<string, string>> | undefined, path: string): string[] {
  return fractionWarnings(overhead, `${path}.overhead`);
}

function byteWarnings({ resources }: Readonly<AnyContainer>, path: string): string[] {
  const [limits, requests] = [resources?.limits, resources?.requests];
  return (['memory', 'ephemeral-storage'] as const).flatMap((name) => [...fractionWarnings(limits, `${path}.resources.limits`, name), ...fractionWarnings(requests, `${path}.resources.requests`, name)]);
}

/** Bytes have no fractions. */
function fractionWarnings(amounts: Readonly<Record<string, string>> | undefined, path: string, ...names: readonly string[]): string[] {
  return (names.length === 0 ? ['memory', 'ephemeral-storage'] : names).flatMap((name) => {
    const amount = amounts?.[name];
    return amount === undefined || !isFractional(amount) ? [] : [`${path}[${name}]: fractional byte value ${goQuote(amount)} is invalid, must be an integer`];
  });
}

function profileWarnings({ name, securityContext }: Readonly<AnyContainer>, spec: Spec, annotations: Annotations, { prefix, isTemplate }: WarningRules): string[] {
  const path = `${prefix}metadata.annotations`;
  const seccomp = `${SECCOMP_CONTAINER}${name}`;
  const warnings = securityContext?.seccompProfile === undefined && annotations[seccomp] !== undefined ? [`${path}[${seccomp}]: ${SECCOMP_GONE}`] : [];
  const key = `${APP_ARMOR_CONTAINER}${name}`;
  const annotation = annotations[key];
  if (!isTemplate || annotation === undefined || securityContext?.appArmorProfile !== undefined) return warnings;
  const pod = spec.securityContext?.appArmorProfile;
  if (pod !== undefined && jsonEquals(pod, appArmorOfAnnotation(annotation))) return warnings;
  return [...warnings, `${path}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
}

/** A variable may build upon an earlier one of its name; otherwise it just hides it. */
function envWarnings({ env = [] }: Readonly<AnyContainer>, path: string): string[] {
  const names = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, index) => {
    const reference = `$(${name})`;
    const hides = names.has(name) && (valueFrom !== undefined || value === reference || !value.includes(reference));
    names.add(name);
    return hides ? [`${path}.env[${index}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`] : [];
  });
}
