import type { coreV1 } from '@kubernode/api';
import { ContainerConfigError } from './container-config-error.ts';
import { type DownwardFacts, fieldValue, resourceValue } from './downward-values.ts';
import { expandVariables } from './expand-variables.ts';
import { parseEnvFile } from './parse-env-file.ts';
import type { Container } from './pod-facts.ts';

export { ContainerConfigError };

/** The objects that a pod's variables name; `undefined` for one that does not exist. */
export interface ReferencedData {
  configMap(name: string): Readonly<coreV1.ConfigMap> | undefined;
  secret(name: string): Readonly<coreV1.Secret> | undefined;
}

export interface EnvironmentInput {
  container: Container;
  facts: DownwardFacts;
  data: ReferencedData;
  services: ReadonlyMap<string, string>;
  /** The text of a file of a volume that variables are taken from; throws ContainerConfigError where it cannot be had. */
  envFile: (volume: string, path: string) => string;
}

/**
 * The variables of a container. Later ones win: services, then envFrom in order, then env in order; an env value may use what stands
 * before it, and services' variables only where nothing else has the name.
 */
export function computeEnvironment(input: EnvironmentInput): Map<string, string> {
  const result = new Map<string, string>();
  for (const source of input.container.envFrom ?? []) addSource(result, source, input);
  const usable = new Map([...input.services, ...result]);
  for (const variable of input.container.env ?? []) {
    const { value: text = '', valueFrom } = variable;
    const value = text === '' && valueFrom !== undefined ? referencedValue(valueFrom, input) : expandVariables(text, usable);
    if (value === undefined) continue;
    result.set(variable.name, value);
    usable.set(variable.name, value);
  }
  for (const [name, value] of input.services) if (!result.has(name)) result.set(name, value);
  return result;
}

function addSource(result: Map<string, string>, { configMapRef, secretRef, prefix = '' }: coreV1.EnvFromSource, { data }: EnvironmentInput): void {
  if (configMapRef) {
    const map = data.configMap(configMapRef.name ?? '');
    if (map === undefined && configMapRef.optional !== true) throw missing('configmap', configMapRef.name);
    for (const [key, value] of Object.entries(map?.data ?? {})) result.set(prefix + key, value);
  }
  if (secretRef) {
    const secret = data.secret(secretRef.name ?? '');
    if (secret === undefined && secretRef.optional !== true) throw missing('secret', secretRef.name);
    for (const [key, value] of Object.entries(secret?.data ?? {})) result.set(prefix + key, decode(value));
  }
}

/** Undefined for an optional value that is not there. */
function referencedValue(source: coreV1.EnvVarSource, { container, facts, data, envFile }: EnvironmentInput): string | undefined {
  const where = facts.pod.metadata.namespace ?? '';
  if (source.fieldRef) return fieldValue(source.fieldRef.fieldPath, facts);
  if (source.resourceFieldRef) return resourceValue(source.resourceFieldRef, container, facts);
  if (source.configMapKeyRef) {
    const { name = '', key, optional = false } = source.configMapKeyRef;
    const map = data.configMap(name);
    if (map === undefined && !optional) throw missing('configmap', name);
    const value = map?.data?.[key];
    if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${where}/${name}`);
    return value;
  }
  if (source.secretKeyRef) {
    const { name = '', key, optional = false } = source.secretKeyRef;
    const secret = data.secret(name);
    if (secret === undefined && !optional) throw missing('secret', name);
    const value = secret?.data?.[key];
    if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in Secret ${where}/${name}`);
    return value === undefined ? undefined : decode(value);
  }
  if (source.fileKeyRef) {
    const { volumeName, path, key, optional = false } = source.fileKeyRef;
    const value = parseEnvFile(envFile(volumeName, path), key);
    if (value === '' && !optional) throw new ContainerConfigError(`environment variable key "${key}" not found in file "${path}"`);
    return value === '' ? undefined : value;
  }
  return '';
}

const missing = (kind: string, name = ''): ContainerConfigError => new ContainerConfigError(`${kind} "${name}" not found`);
const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
