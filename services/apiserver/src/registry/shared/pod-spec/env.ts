import type { coreV1 } from '@kubernode/api';
import { configKeyFaults, dnsSubdomainName, invalidValue, relaxedEnvNameFaults, required, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../port-rules.ts';
import { filled, ruleFaults } from '../value-rules.ts';
import { ENV_FIELDS, fieldRefFaults, resourceRefFaults } from './field-refs.ts';
import { backstepFaults } from './local-paths.ts';

export function envFaults(variables: readonly coreV1.EnvVar[] | undefined, path: string): FieldError[] {
  return (variables ?? []).flatMap((variable: Partial<coreV1.EnvVar>, index) => {
    const at = `${path}[${index}]`;
    const { name = '' } = variable;
    return [...(name === '' ? [required(`${at}.name`)] : ruleFaults(name, `${at}.name`, relaxedEnvNameFaults)), ...sourceFaults(variable, `${at}.valueFrom`)];
  });
}

function sourceFaults({ value = '', valueFrom }: Readonly<Partial<coreV1.EnvVar>>, path: string): FieldError[] {
  if (valueFrom === undefined) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((source) => source !== undefined).length;
  const errors: FieldError[] = [];
  if (fieldRef !== undefined) errors.push(...fieldRefFaults(fieldRef, ENV_FIELDS, `${path}.fieldRef`));
  if (resourceFieldRef !== undefined) errors.push(...resourceRefFaults(resourceFieldRef, `${path}.resourceFieldRef`, { isFile: false }));
  if (configMapKeyRef !== undefined) errors.push(...keyRefFaults(configMapKeyRef, `${path}.configMapKeyRef`));
  if (secretKeyRef !== undefined) errors.push(...keyRefFaults(secretKeyRef, `${path}.secretKeyRef`));
  if (fileKeyRef !== undefined) errors.push(...fileKeyFaults(fileKeyRef, `${path}.fileKeyRef`));
  if (sources === 0) errors.push(invalidValue(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'));
  else if (value !== '') errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

/** A key of a config map or a secret. */
function keyRefFaults({ name = '', key = '' }: Readonly<Partial<coreV1.SecretKeySelector>>, path: string): FieldError[] {
  return [...ruleFaults(name, `${path}.name`, dnsSubdomainName), ...(key === '' ? [required(`${path}.key`)] : ruleFaults(key, `${path}.key`, configKeyFaults))];
}

function fileKeyFaults({ key = '', volumeName = '', path: file = '' }: Readonly<Partial<coreV1.FileKeySelector>>, path: string): FieldError[] {
  return [
    ...(key === '' ? [required(`${path}.key`)] : ruleFaults(key, `${path}.key`, relaxedEnvNameFaults)),
    ...(volumeName === '' ? [required(`${path}.volumeName`)] : labelNameFaults(volumeName, `${path}.volumeName`)),
    ...(file === '' ? [required(`${path}.path`)] : backstepFaults(file, `${path}.path`)),
  ];
}

/** Whole config maps and secrets. Kubernetes blames the list where an entry names no source or several. */
export function envFromFaults(sources: readonly coreV1.EnvFromSource[] | undefined, path: string): FieldError[] {
  return (sources ?? []).flatMap(({ prefix = '', configMapRef, secretRef }, index) => {
    const at = `${path}[${index}]`;
    const errors = prefix === '' ? [] : ruleFaults(prefix, `${at}.prefix`, relaxedEnvNameFaults);
    for (const [field, ref] of [['configMapRef', configMapRef], ['secretRef', secretRef]] as const) {
      if (ref === undefined) continue;
      errors.push(...(ref.name ? ruleFaults(ref.name, `${at}.${field}.name`, (name) => dnsSubdomainName(name, true)) : filled(ref.name, `${at}.${field}.name`)));
    }
    if (configMapRef === undefined && secretRef === undefined) errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (configMapRef !== undefined && secretRef !== undefined) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
