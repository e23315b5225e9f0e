import type { coreV1 } from '@kubernode/api';
import { isGoodSeccomp, procMount, seccompProfile } from './baseline-checks.ts';
import { containerList, containersOf, hasUserNamespace, isWindows, namesWhere, plural, quoted, setters, sorted, type Check, type PodView, type Violation } from './check.ts';

type CheckPod = Check['versions'][number]['check'];
const unlessWindows = (check: CheckPod): CheckPod => (pod) => (isWindows(pod.spec) ? undefined : check(pod));
const unlessUserNamespace = (check: CheckPod): CheckPod => (pod) => (hasUserNamespace(pod.spec) ? undefined : check(pod));

/** Good practice for pods that need nothing special. In the order in which violations are told. */
export const restrictedChecks: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', versions: [{ since: 8, check: allowPrivilegeEscalation }, { since: 25, check: unlessWindows(allowPrivilegeEscalation) }] },
  { id: 'capabilities_restricted', overrides: ['capabilities_baseline'], versions: [{ since: 22, check: capabilities }, { since: 25, check: unlessWindows(capabilities) }] },
  { id: 'procMount_restricted', overrides: ['procMount'], versions: [{ since: 35, check: procMount }] },
  { id: 'restrictedVolumes', overrides: ['hostPathVolumes'], versions: [{ since: 0, check: volumes }] },
  { id: 'runAsNonRoot', versions: [{ since: 0, check: runAsNonRoot }, { since: 35, check: unlessUserNamespace(runAsNonRoot) }] },
  { id: 'runAsUser', versions: [{ since: 23, check: runAsUser }, { since: 35, check: unlessUserNamespace(runAsUser) }] },
  { id: 'seccompProfile_restricted', overrides: ['seccompProfile_baseline'], versions: [{ since: 19, check: seccompIsSet }, { since: 25, check: unlessWindows(seccompIsSet) }] },
];

function allowPrivilegeEscalation({ spec }: PodView): Violation | undefined {
  const containers = namesWhere(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  return containers.length === 0 ? undefined : { reason: 'allowPrivilegeEscalation != false', detail: `${containerList(containers)} must set securityContext.allowPrivilegeEscalation=false` };
}

function capabilities({ spec }: PodView): Violation | undefined {
  const extra = (container: { securityContext?: coreV1.SecurityContext }): string[] => (container.securityContext?.capabilities?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE');
  const keeping = namesWhere(spec, ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true);
  const adding = namesWhere(spec, (container) => extra(container).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${containerList(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [`${containerList(adding)} must not include ${quoted(sorted(containersOf(spec).flatMap(extra)))} in securityContext.capabilities.add`] : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

const ALLOWED_VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'] as const;
const OTHER_VOLUMES = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs', 'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte',
  'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos',
] as const;

function volumes({ spec }: PodView): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => ALLOWED_VOLUMES.every((type) => volume[type] === undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => OTHER_VOLUMES.find((type) => volume[type] !== undefined) ?? 'unknown'));
  const many = bad.length;
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', 'volumes', many)} ${quoted(bad.map(({ name }) => name))} ${plural('uses', 'use', many)} ${plural('restricted volume type', 'restricted volume types', types.length)} ${quoted(types)}`,
  };
}

function runAsNonRoot({ spec }: PodView): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (ofPod === false || explicit.length > 0) return { reason, detail: `${setters(ofPod === false, explicit)} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod === true ? [] : namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  return silent.length === 0 ? undefined : { reason, detail: `pod or ${containerList(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser({ spec }: PodView): Violation | undefined {
  const pod = spec.securityContext?.runAsUser === 0;
  const containers = namesWhere(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
  return pod || containers.length > 0 ? { reason: 'runAsUser=0', detail: `${setters(pod, containers)} must not set runAsUser=0` } : undefined;
}

function seccompIsSet(pod: PodView): Violation | undefined {
  const { spec } = pod;
  const bad = seccompProfile(pod);
  if (bad !== undefined) return bad;
  const ofPod = spec.securityContext?.seccompProfile;
  const silent = ofPod !== undefined && isGoodSeccomp(ofPod) ? [] : namesWhere(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `pod or ${containerList(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
}
