import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, notFoundValue, notSupported, required, type FieldError } from '@kubernode/apimachinery';
import { filled } from '../value-rules.ts';
import { backstepFaults, descendingPathFaults } from './local-paths.ts';

type Volumes = ReadonlyMap<string, Readonly<coreV1.Volume>>;

/** Where a container sees its volumes, as directories and as devices. */
export function mountFaults(container: Readonly<coreV1.Container>, volumes: Volumes, path: string): FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  return [...volumeMountFaults(volumeMounts, { container, volumes, path: `${path}.volumeMounts` }), ...volumeDeviceFaults(volumeDevices, { mounts: volumeMounts, volumes, path: `${path}.volumeDevices` })];
}

function volumeMountFaults(mounts: readonly coreV1.VolumeMount[], { container, volumes, path }: { container: Readonly<coreV1.Container>; volumes: Volumes; path: string }): FieldError[] {
  const devices = new Set((container.volumeDevices ?? []).map((device) => device.name));
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath));
  const points = new Set<string>();
  return mounts.flatMap((mount: Partial<coreV1.VolumeMount>, index) => {
    const at = `${path}[${index}]`;
    const { name = '', mountPath = '' } = mount;
    const errors = [...filled(name, `${at}.name`), ...(volumes.has(name) ? [] : [notFoundValue(`${at}.name`, name)]), ...filled(mountPath, `${at}.mountPath`)];
    if (points.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    points.add(mountPath);
    if (devices.has(name)) errors.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    return [...errors, ...mountOptionFaults(mount, container, { at, path })];
  });
}

/** Kubernetes leaves the index of the mount out of most of these paths. */
function mountOptionFaults({ subPath = '', subPathExpr = '', mountPropagation, recursiveReadOnly, readOnly }: Readonly<Partial<coreV1.VolumeMount>>, container: Readonly<coreV1.Container>, { at, path }: { at: string; path: string }): FieldError[] {
  const errors = subPath === '' ? [] : descendingPathFaults(subPath, `${path}.subPath`);
  if (subPathExpr !== '') {
    if (subPath !== '') errors.push(invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    errors.push(...descendingPathFaults(subPathExpr, `${path}.subPathExpr`));
  }
  if (mountPropagation !== undefined) errors.push(...propagationFaults(mountPropagation, container, `${path}.mountPropagation`));
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return errors;
  const field = `${path}.recursiveReadOnly`;
  if (!['Enabled', 'IfPossible'].includes(recursiveReadOnly)) return [...errors, notSupported(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  if (readOnly !== true) errors.push(forbiddenField(field, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') errors.push(forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

function propagationFaults(propagation: string, { securityContext }: Readonly<coreV1.Container>, path: string): FieldError[] {
  const modes = ['Bidirectional', 'HostToContainer', 'None'];
  if (!modes.includes(propagation)) return [notSupported(path, propagation, modes)];
  return propagation === 'Bidirectional' && securityContext?.privileged !== true ? [forbiddenField(path, 'Bidirectional mount propagation is available only to privileged containers')] : [];
}

function volumeDeviceFaults(devices: readonly coreV1.VolumeDevice[], { mounts, volumes, path }: { mounts: readonly coreV1.VolumeMount[]; volumes: Volumes; path: string }): FieldError[] {
  const [paths, names] = [new Set<string>(), new Set<string>()];
  const [mounted, mountPaths] = [new Set(mounts.map((mount) => mount.name)), new Set(mounts.map(({ mountPath }) => mountPath))];
  return devices.flatMap(({ name = '', devicePath = '' }: Partial<coreV1.VolumeDevice>, index) => {
    const at = `${path}[${index}]`;
    const volume = volumes.get(name);
    const errors = filled(name, `${at}.name`);
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, 'must be unique'));
    if (volume === undefined) errors.push(notFoundValue(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) errors.push(invalidValue(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'));
    if (devicePath === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, 'must be unique'));
    if (backstepFaults(devicePath, at).length > 0) errors.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounted.has(name)) errors.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name !== '') names.add(name);
    return errors;
  });
}
