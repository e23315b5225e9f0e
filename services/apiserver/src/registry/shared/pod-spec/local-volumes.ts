import type { coreV1 } from '@kubernode/api';
import { dnsSubdomainName, forbiddenField, invalidValue, notSupported, parseQuantity, required, type FieldError } from '@kubernode/apimachinery';
import { csiDriverNameFaults } from '../csi-driver-name.ts';
import { filled, requiredOneOf, ruleFaults } from '../value-rules.ts';
import { backstepFaults, unreservedPathFaults } from './local-paths.ts';

const FILE_MODE_MAX = 0o777;
const HOST_PATH_TYPES: readonly string[] = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
export const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];

export function fileModeFaults(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode > FILE_MODE_MAX || mode < 0) ? [invalidValue(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : [];
}

export function emptyDirFaults({ sizeLimit }: Readonly<coreV1.EmptyDirVolumeSource>, path: string): FieldError[] {
  return sizeLimit !== undefined && parseQuantity(sizeLimit).nanos < 0n ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : [];
}

export function hostPathFaults({ path: target = '', type }: Readonly<Partial<coreV1.HostPathVolumeSource>>, path: string): FieldError[] {
  if (target === '') return [required(`${path}.path`)];
  return [...backstepFaults(target, `${path}.path`), ...(type === undefined || HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${path}.type`, type, HOST_PATH_TYPES)])];
}

export function secretVolumeFaults({ secretName, defaultMode, items }: Readonly<coreV1.SecretVolumeSource>, path: string): FieldError[] {
  return [...filled(secretName, `${path}.secretName`), ...fileModeFaults(defaultMode, `${path}.defaultMode`), ...keyToPathFaults(items, `${path}.items`)];
}

export function configMapVolumeFaults({ name, defaultMode, items }: Readonly<coreV1.ConfigMapVolumeSource>, path: string): FieldError[] {
  return [...filled(name, `${path}.name`), ...fileModeFaults(defaultMode, `${path}.defaultMode`), ...keyToPathFaults(items, `${path}.items`)];
}

export function keyToPathFaults(items: readonly coreV1.KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => oneKeyToPathFaults(item, `${path}[${index}]`));
}

export function oneKeyToPathFaults({ key, path: target = '', mode }: Readonly<Partial<coreV1.KeyToPath>>, path: string): FieldError[] {
  return [...filled(key, `${path}.key`), ...filled(target, `${path}.path`), ...unreservedPathFaults(target, `${path}.path`), ...fileModeFaults(mode, `${path}.mode`)];
}

export function csiVolumeFaults({ driver, nodePublishSecretRef }: Readonly<coreV1.CSIVolumeSource>, path: string): FieldError[] {
  const errors = csiDriverNameFaults(driver, `${path}.driver`);
  if (nodePublishSecretRef === undefined) return errors;
  const { name = '' } = nodePublishSecretRef;
  return [...errors, ...(name === '' ? [required(`${path}.nodePublishSecretRef.name`)] : ruleFaults(name, `${path}.name`, dnsSubdomainName))];
}

/** Templates may leave the image open. */
export function imageVolumeFaults({ reference, pullPolicy }: Readonly<coreV1.ImageVolumeSource>, path: string, { isPod }: { isPod: boolean }): FieldError[] {
  return [...(isPod ? filled(reference, `${path}.reference`) : []), ...requiredOneOf(pullPolicy, `${path}.pullPolicy`, PULL_POLICIES)];
}
