import type { coreV1 } from '@kubernode/api';
import { forbiddenField, invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import { filled } from '../value-rules.ts';
import { downwardApiFileFaults } from './downward-api-volume.ts';
import { fileModeFaults, oneKeyToPathFaults } from './local-volumes.ts';
import { unreservedPathFaults } from './local-paths.ts';

const TOKEN_SECONDS_MIN = 10 * 60;
const TOKEN_SECONDS_MAX = 2 ** 32;

/** Several sources in one directory: each entry names one, and no two files have one path. */
export function projectedVolumeFaults({ defaultMode, sources }: Readonly<coreV1.ProjectedVolumeSource>, path: string): FieldError[] {
  const taken = new Set<string>();
  return [...fileModeFaults(defaultMode, `${path}.defaultMode`), ...(sources ?? []).flatMap((source, index) => entryFaults(source, `${path}.sources[${index}]`, path, taken))];
}

function entryFaults({ secret, configMap, downwardAPI, serviceAccountToken: token }: Readonly<coreV1.VolumeProjection>, path: string, volumePath: string, taken: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  const take = (target: string, shown: string): FieldError[] => {
    if (target === '') return [];
    if (taken.has(target)) return [invalidValue(volumePath, shown, 'conflicting duplicate paths')];
    taken.add(target);
    return [];
  };
  for (const [field, source] of [['secret', secret], ['configMap', configMap]] as const) {
    if (source === undefined) continue;
    errors.push(...filled(source.name, `${path}.${field}.name`));
    for (const [index, item] of (source.items ?? []).entries()) errors.push(...oneKeyToPathFaults(item, `${path}.${field}.items[${index}]`), ...take(item.path, source.name ?? ''));
  }
  for (const file of downwardAPI?.items ?? []) errors.push(...downwardApiFileFaults(file, `${path}.downwardAPI`), ...take(file.path, file.path));
  if (token !== undefined) errors.push(...tokenFaults(token, `${path}.serviceAccountToken`, volumePath));
  if ([secret, configMap, downwardAPI, token].filter((source) => source !== undefined).length > 1) errors.push(forbiddenField(path, 'may not specify more than 1 volume type per source'));
  return errors;
}

/** The path of the file is blamed on the volume, its lifetime on the source. */
function tokenFaults({ expirationSeconds: seconds = 0, path: target = '' }: Readonly<Partial<coreV1.ServiceAccountTokenProjection>>, path: string, volumePath: string): FieldError[] {
  return [
    ...(seconds < TOKEN_SECONDS_MIN ? [invalidValue(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(seconds > TOKEN_SECONDS_MAX ? [invalidValue(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')] : []),
    ...(target === '' ? [required(`${volumePath}.path`)] : unreservedPathFaults(target, `${volumePath}.path`)),
  ];
}
