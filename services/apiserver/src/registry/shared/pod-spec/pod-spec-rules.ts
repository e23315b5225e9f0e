import type { coreV1 } from '@kubernode/api';
import {
  dnsSubdomainName, duplicate, forbiddenField, invalidValue, notFoundValue, rangeFault, required, subdomainFaults, validateLabels, type FieldError,
} from '@kubernode/apimachinery';
import { labelNameFaults, qualifiedNameFaults } from '../port-rules.ts';
import { requiredOneOf, ruleFaults } from '../value-rules.ts';
import { affinityFaults } from './affinity.ts';
import { containersOf } from './container-visitor.ts';
import { allContainerFaults } from './containers.ts';
import { dnsConfigFaults, hostAliasFaults, hostnameFaults } from './naming.ts';
import { podResourceFaults } from './pod-resources.ts';
import { hostNetworkPortFaults } from './ports.ts';
import { resourceFaults } from './resources.ts';
import { podSecurityFaults } from './security-context.ts';
import { tolerationFaults } from './tolerations.ts';
import { topologySpreadFaults } from './topology-spread.ts';
import { judgeVolumes } from './volumes.ts';
import { hostProcessFaults, operatingSystemFaults } from './windows.ts';

export interface PodSpecRules {
  /** A pod itself; false for the template of a workload. */
  isPod: boolean;
  /** The pod's, '' for templates. */
  podName?: string;
  /** Whether the old object said how volumes get their SELinux labels. */
  anySeLinuxPolicy?: boolean;
}

const RESTART_POLICIES: readonly string[] = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES: readonly string[] = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const DEADLINE_MAX = 2 ** 31 - 1;

/** Faults of a pod's spec, in the order in which Kubernetes finds them. Defaults have been applied. */
export function podSpecFaults(spec: Readonly<coreV1.PodSpec>, path: string, { isPod, podName = '', anySeLinuxPolicy = false }: PodSpecRules): FieldError[] {
  const { volumes, errors } = judgeVolumes(spec.volumes, `${path}.volumes`, { isPod, podName });
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter((name) => name !== ''));
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : []),
    ...errors, ...resourceClaimFaults(spec.resourceClaims, `${path}.resourceClaims`), ...allContainerFaults({ spec, volumes, claims }, path),
    ...podResourceFaults(spec, `${path}.resources`, claims), ...hostNetworkPortFaults(spec, path, { isPod }),
    ...requiredOneOf(spec.restartPolicy, `${path}.restartPolicy`, RESTART_POLICIES), ...requiredOneOf(spec.dnsPolicy, `${path}.dnsPolicy`, DNS_POLICIES),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`), ...podSecurityFaults(spec, `${path}.securityContext`, { anySeLinuxPolicy }),
    ...(spec.affinity === undefined ? [] : affinityFaults(spec.affinity, `${path}.affinity`)), ...dnsConfigFaults(spec, `${path}.dnsConfig`),
    ...gateFaults(spec, path), ...topologySpreadFaults(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...hostProcessFaults(spec, path), ...ownUsersFaults(spec, path), ...hostnameFaults(spec, path), ...identityFaults(spec, path),
    ...operatingSystemFaults(spec, path), ...fileKeyVolumeFaults(spec, path),
  ];
}

/** Who the pod is, where it runs and how important it is. */
function identityFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const { serviceAccountName = '', nodeName = '', activeDeadlineSeconds: deadline, hostname = '', subdomain = '', priorityClassName = '', runtimeClassName, preemptionPolicy, overhead } = spec;
  return [
    ...(serviceAccountName === '' ? [] : ruleFaults(serviceAccountName, `${path}.serviceAccountName`, dnsSubdomainName)),
    ...(nodeName === '' ? [] : ruleFaults(nodeName, `${path}.nodeName`, subdomainFaults)),
    ...(deadline !== undefined && (deadline < 1 || deadline > DEADLINE_MAX) ? [invalidValue(`${path}.activeDeadlineSeconds`, deadline, rangeFault(1, DEADLINE_MAX))] : []),
    ...(hostname === '' ? [] : labelNameFaults(hostname, `${path}.hostname`)), ...(subdomain === '' ? [] : labelNameFaults(subdomain, `${path}.subdomain`)),
    ...tolerationFaults(spec.tolerations, `${path}.tolerations`), ...hostAliasFaults(spec.hostAliases, `${path}.hostAliases`),
    ...(priorityClassName === '' ? [] : ruleFaults(priorityClassName, `${path}.priorityClassName`, subdomainFaults)),
    ...(runtimeClassName === undefined ? [] : ruleFaults(runtimeClassName, `${path}.runtimeClassName`, subdomainFaults)),
    ...(preemptionPolicy === undefined ? [] : requiredOneOf(preemptionPolicy, `${path}.preemptionPolicy`, ['PreemptLowerPriority', 'Never'])),
    ...(overhead === undefined ? [] : resourceFaults({ limits: overhead }, `${path}.overhead`, { claims: new Set() })),
  ];
}

/** Conditions that others have to meet before the pod is ready, or is scheduled at all. */
function gateFaults({ readinessGates = [], schedulingGates = [] }: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const names = new Set<string>();
  return [
    ...readinessGates.flatMap(({ conditionType }, index) => qualifiedNameFaults(conditionType, `${path}.readinessGates[${index}].conditionType`)),
    ...schedulingGates.flatMap(({ name }, index) => {
      const faults = [...qualifiedNameFaults(name, `${path}.schedulingGates[${index}]`), ...(names.has(name) ? [duplicate(`${path}.schedulingGates[${index}]`, name)] : [])];
      names.add(name);
      return faults;
    }),
  ];
}

/** A pod with user ids of its own shares little else with the host. */
function ownUsersFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const why = 'when `hostUsers` is false';
  return [
    ...(spec.hostNetwork === true ? [forbiddenField(`${path}.hostNetwork`, why)] : []), ...(spec.hostPID === true ? [forbiddenField(`${path}.HostPID`, why)] : []),
    ...(spec.hostIPC === true ? [forbiddenField(`${path}.HostIPC`, why)] : []),
    ...containersOf(spec, path).filter(([{ volumeDevices = [] }]) => volumeDevices.length > 0).map(([, at]) => forbiddenField(`${at}.volumeDevices`, why)),
  ];
}

function resourceClaimFaults(claims: readonly coreV1.PodResourceClaim[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (claims ?? []).flatMap((claim: Partial<coreV1.PodResourceClaim>, index) => {
    const at = `${path}[${index}]`;
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    const errors: FieldError[] = name === '' ? [required(`${at}.name`)] : names.has(name) ? [duplicate(`${at}.name`, name)] : labelNameFaults(name, `${at}.name`);
    names.add(name);
    const shown = { Name: name, ResourceClaimName: resourceClaimName ?? null, ResourceClaimTemplateName: resourceClaimTemplateName ?? null };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) errors.push(invalidValue(at, shown, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) errors.push(invalidValue(at, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    if (resourceClaimName !== undefined) errors.push(...ruleFaults(resourceClaimName, `${at}.resourceClaimName`, subdomainFaults));
    if (resourceClaimTemplateName !== undefined) errors.push(...ruleFaults(resourceClaimTemplateName, `${at}.resourceClaimTemplateName`, subdomainFaults));
    return errors;
  });
}

/** Variables come from files of empty directories alone. */
function fileKeyVolumeFaults(spec: Readonly<coreV1.PodSpec>, path: string): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return containersOf(spec, path).flatMap(([{ env = [] }, at]) => env.flatMap(({ valueFrom }, index) => {
    if (valueFrom?.fileKeyRef === undefined) return [];
    const { volumeName } = valueFrom.fileKeyRef;
    const field = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`;
    const volume = volumes.get(volumeName);
    if (volume === undefined) return [notFoundValue(field, volumeName)];
    return volume.emptyDir === undefined ? [invalidValue(field, volumeName, 'referenced volume must be of type emptyDir')] : [];
  }));
}

