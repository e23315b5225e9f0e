import { formatDuration, invalidValue, required, type FieldError } from '@kubernode/apimachinery';
import type { EncryptionConfig, KeyRing, KmsEntry, NamedKey, ProviderEntry } from './encryption-config.ts';
import { parseGroupResource } from './resource-rules.ts';

const AES_KEY_SIZES: readonly number[] = [16, 24, 32];
const SECRETBOX_KEY_SIZES: readonly number[] = [32];
/** Storage without a REST API of its own. */
const INTERNAL_RESOURCES: readonly string[] = ['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'];

/** What is wrong with a configuration, with Kubernetes' paths and texts. `mayReload`: names of plugins tell old from new ones. */
export function encryptionConfigFaults({ resources }: EncryptionConfig, mayReload: boolean): FieldError[] {
  if (resources.length === 0) return [required('resources', 'at least one resources is required')];
  const kmsNames = new Set<string>();
  return resources.flatMap((entry, i) => {
    const names = `resources[${i}].resources`, providers = `resources[${i}].providers`;
    return [
      ...(entry.resources.length === 0 ? [required(names, `at least one ${names} is required`)] : []),
      ...overlapFaults(entry.resources, names),
      ...entry.resources.flatMap((name, j) => nameFaults(name, `${names}[${j}]`)),
      ...(entry.providers.length === 0 ? [required(providers, `at least one ${providers} is required`)] : []),
      ...entry.providers.flatMap((provider, j) => [...oneProviderFaults(provider, `${providers}[${j}]`), ...providerFaults(provider, `${providers}[${j}]`, { kmsNames, mayReload })]),
    ];
  });
}

function overlapFaults(names: readonly string[], path: string): FieldError[] {
  const rules = names.map(parseGroupResource);
  const pairs = rules.flatMap((a, i) => rules.flatMap((b, j) => (i === j ? [] : [{ a, b }])));
  const isSame = ({ a, b }: (typeof pairs)[number]): boolean => a.group === b.group && a.resource === b.resource;
  const masks = ({ a, b }: (typeof pairs)[number]): boolean => (a.group === '*' && a.resource === '*') || (a.group === b.group && (a.resource === '*' || b.resource === '*'));
  const firstSame = pairs.find(isSame); // one pair of twins is told as such, and does not count as an overlap
  return [
    ...(firstSame === undefined ? [] : [invalidValue(path, names, 'the same resource cannot be specified multiple times')]),
    ...(pairs.some((pair) => pair !== firstSame && masks(pair)) ? [invalidValue(path, names, "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")] : []),
  ];
}

function nameFaults(name: string, path: string): FieldError[] {
  const fault = (detail: string): FieldError[] => [invalidValue(path, name, detail)];
  if (name.toLowerCase() !== name) return fault('resource name should not contain capital letters');
  if (name === '*') return fault("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  if (INTERNAL_RESOURCES.includes(name)) return fault('resources which do not have REST API/s cannot be encrypted');
  const { group, resource } = parseGroupResource(name);
  if (group === 'events.k8s.io') return fault("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file");
  if (group === 'extensions') return fault("'extensions' group has been removed and cannot be used for encryption");
  return group === '*' && resource !== '*' ? fault('encrypting the same resource across groups is not supported') : [];
}

function oneProviderFaults(provider: ProviderEntry, path: string): FieldError[] {
  const count = Object.values(provider).filter((one) => one !== undefined).length;
  if (count === 1) return [];
  return [invalidValue(path, shownProvider(provider), count === 0
    ? 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
    : 'more than one provider specified in a single element, should split into different list elements')];
}

/** As Kubernetes shows it, without the secrets. */
function shownProvider({ aesgcm, aescbc, secretbox, identity, kms }: ProviderEntry): object {
  const ring = (keyRing: KeyRing | undefined): object | null => (keyRing === undefined ? null : { Keys: (keyRing.keys ?? []).map(({ name }) => ({ Name: name, Secret: 'REDACTED' })) });
  const plugin = kms === undefined ? null : { APIVersion: kms.apiVersion, Name: kms.name, CacheSize: kms.cachesize ?? null, Endpoint: kms.endpoint, Timeout: formatDuration(kms.timeoutMs) };
  return { AESGCM: ring(aesgcm), AESCBC: ring(aescbc), Secretbox: ring(secretbox), Identity: identity === undefined ? null : {}, KMS: plugin };
}

interface KmsContext { kmsNames: Set<string>; mayReload: boolean }

function providerFaults({ kms, aesgcm, aescbc, secretbox }: ProviderEntry, path: string, context: KmsContext): FieldError[] {
  if (kms !== undefined) return kmsFaults(kms, `${path}.kms`, context);
  if (aesgcm !== undefined) return keyRingFaults(aesgcm, `${path}.aesgcm.keys`, AES_KEY_SIZES);
  if (aescbc !== undefined) return keyRingFaults(aescbc, `${path}.aescbc.keys`, AES_KEY_SIZES);
  return secretbox === undefined ? [] : keyRingFaults(secretbox, `${path}.secretbox.keys`, SECRETBOX_KEY_SIZES);
}

function keyRingFaults({ keys = [] }: KeyRing, path: string, sizes: readonly number[]): FieldError[] {
  if (keys.length === 0) return [required(path, 'at least one keys is required')];
  return keys.flatMap((key, i) => [...(key.name === '' ? [required(`${path}[${i}].name`, 'name is a mandatory field for a key')] : []), ...secretFaults(key, `${path}[${i}].secret`, sizes)]);
}

function secretFaults({ secret }: NamedKey, path: string, sizes: readonly number[]): FieldError[] {
  if (secret === '') return [required(path, 'secret is a mandatory field for a key')];
  const encoded = secret.replaceAll(/[\r\n]/g, ''); // as Go's decoder skips them
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return [invalidValue(path, 'REDACTED', 'secrets must be base64 encoded')];
  const { length } = Buffer.from(encoded, 'base64');
  return sizes.includes(length) ? [] : [invalidValue(path, 'REDACTED', `secret is not of the expected length, got ${length}, expected one of [${sizes.join(' ')}]`)];
}

function kmsFaults(kms: KmsEntry, path: string, { kmsNames, mayReload }: KmsContext): FieldError[] {
  const { apiVersion, name, timeoutMs, cachesize } = kms;
  const isTaken = (mayReload || apiVersion !== 'v1') && kmsNames.has(name);
  kmsNames.add(name);
  return [
    ...(name === '' ? [required(`${path}.name`, 'name is a mandatory field for a provider')] : []),
    ...(apiVersion !== 'v1' && name.includes(':') ? [invalidValue(`${path}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`)] : []),
    ...(isTaken ? [invalidValue(`${path}.name`, name, `duplicate KMS provider name ${name}, names must be unique`)] : []),
    ...(timeoutMs <= 0 ? [invalidValue(`${path}.timeout`, formatDuration(timeoutMs), 'timeout should be a positive value')] : []),
    ...endpointFaults(kms.endpoint, `${path}.endpoint`),
    ...(apiVersion !== 'v1' && cachesize !== undefined ? [invalidValue(`${path}.cachesize`, cachesize, 'cachesize is not supported in v2')] : []),
    ...(apiVersion === 'v1' && cachesize === 0 ? [invalidValue(`${path}.cachesize`, cachesize, 'cachesize should be a positive value, or negative to disable')] : []),
    ...(apiVersion !== 'v1' && apiVersion !== 'v2' ? [invalidValue(`${path}.apiVersion`, apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported')] : []),
  ];
}

function endpointFaults(endpoint: string, path: string): FieldError[] {
  if (endpoint === '') return [invalidValue(path, '', 'endpoint is a mandatory field for a kms')];
  if (endpoint.startsWith(':')) return [invalidValue(path, endpoint, `invalid endpoint for kms provider, error: parse ${JSON.stringify(endpoint)}: missing protocol scheme`)];
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(endpoint)?.[1]?.toLowerCase() ?? '';
  return scheme === 'unix' ? [] : [invalidValue(path, endpoint, `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`)];
}
