import type { coreV1 } from '@kubernode/api';
import { duplicate, forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from '@kubernode/apimachinery';
import { idFaults } from '../../shared/pod-spec/security-context.ts';

type PodSpec = Readonly<coreV1.PodSpec>;
type PodStatus = Readonly<coreV1.PodStatus>;
type Statuses = readonly Readonly<coreV1.ContainerStatus>[] | undefined;

/** Every list of containers' states with its path. */
function listsOf({ containerStatuses, initContainerStatuses, ephemeralContainerStatuses }: PodStatus): [path: string, statuses: Statuses][] {
  return [['status.containerStatuses', containerStatuses], ['status.initContainerStatuses', initContainerStatuses], ['status.ephemeralContainerStatuses', ephemeralContainerStatuses]];
}

/** Faults of what is reported of containers: as whom they run, which devices they got, what is mounted. */
export function containerStatusFaults(status: PodStatus, spec: PodSpec): FieldError[] {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  return [
    ...listsOf(status).flatMap(([path, statuses]) => (statuses ?? []).flatMap(({ user }, index) => userFaults(user, `${path}[${index}].user.linux`, spec.os?.name ?? 'linux'))),
    ...allocationFaults(containerStatuses, 'status.containerStatuses', spec.containers), ...allocationFaults(initContainerStatuses, 'status.initContainerStatuses', spec.initContainers),
    ...(ephemeralContainerStatuses ?? []).flatMap(({ allocatedResourcesStatus = [] }, index) => (allocatedResourcesStatus.length === 0 ? []
      : [forbiddenField(`status.ephemeralContainerStatuses[${index}].allocatedResourcesStatus`, 'must not be specified in container status')])),
    ...listsOf(status).flatMap(([path, statuses]) => (statuses ?? []).flatMap(({ volumeMounts = [] }, index) => volumeMounts.flatMap(({ volumeStatus }, mount) => imageFaults(volumeStatus, `${path}[${index}].volumeMounts[${mount}]`)))),
  ];
}

function userFaults(user: Readonly<coreV1.ContainerUser> | undefined, path: string, os: string): FieldError[] {
  if (user?.linux === undefined) return [];
  if (os === 'windows') return [forbiddenField(path, 'cannot be set for a windows pod')];
  const { uid, gid, supplementalGroups = [] } = user.linux;
  return [...idFaults(uid, `${path}.uid`), ...idFaults(gid, `${path}.gid`), ...supplementalGroups.flatMap((group, index) => idFaults(group, `${path}.supplementalGroups[${index}]`))];
}

/** Containers that the spec does not have are let pass: their states arrive late. */
function allocationFaults(statuses: Statuses, path: string, containers: readonly coreV1.Container[] | undefined): FieldError[] {
  return (statuses ?? []).flatMap(({ name, allocatedResourcesStatus = [] }, index) => {
    const container = containers?.find((one) => one.name === name);
    return allocatedResourcesStatus.flatMap((allocated, number) => {
      const at = `${path}[${index}].allocatedResourcesStatus[${number}]`;
      return [...(container === undefined ? [] : allocatedNameFaults(allocated.name ?? '', container, `${at}.name`)), ...healthFaults(allocated.resources ?? [], `${at}.resources`)];
    });
  });
}

const CLAIM_PREFIX = 'claim:';

function allocatedNameFaults(name: string, { resources }: Readonly<coreV1.Container>, path: string): FieldError[] {
  if (name.startsWith(CLAIM_PREFIX)) {
    const claims = (resources?.claims ?? []).map((claim) => `${CLAIM_PREFIX}${claim.name}${claim.request === undefined || claim.request === '' ? '' : `/${claim.request}`}`);
    return claims.includes(name) ? [] : [invalidValue(path, name, "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty")];
  }
  return resources?.requests?.[name] === undefined ? [invalidValue(path, name, "must match one of the container's resource requests")] : [];
}

const HEALTH: readonly string[] = ['Healthy', 'Unhealthy', 'Unknown'];
const MESSAGE_BYTES_MAX = 1024;

function healthFaults(resources: readonly Readonly<Partial<coreV1.ResourceHealth>>[], path: string): FieldError[] {
  const seen = new Set<string>();
  return resources.flatMap(({ resourceID = '', health = '', message }, index) => {
    const errors: FieldError[] = [];
    if (!HEALTH.includes(health)) errors.push(notSupported(`${path}[${index}].health`, health, HEALTH));
    if (message === '') errors.push(required(`${path}[${index}].message`, 'must be non-empty if specified'));
    else if (message !== undefined && Buffer.byteLength(message) > MESSAGE_BYTES_MAX) errors.push(tooLong(`${path}[${index}].message`, MESSAGE_BYTES_MAX));
    if (seen.has(resourceID)) errors.push(duplicate(`${path}[${index}].resourceID`, resourceID));
    seen.add(resourceID);
    return errors;
  });
}

const IMAGE_REF_BYTES_MAX = 256;

function imageFaults(status: Readonly<coreV1.VolumeStatus> | undefined, path: string): FieldError[] {
  if (status?.image === undefined) return [];
  const reference = status.image.imageRef ?? '';
  const at = `${path}.volumeStatus.imageVolumeStatus.imageRef`;
  if (reference === '') return [required(at, 'imageRef must not be empty')];
  return Buffer.byteLength(reference) > IMAGE_REF_BYTES_MAX ? [tooLong(at, IMAGE_REF_BYTES_MAX)] : [];
}
