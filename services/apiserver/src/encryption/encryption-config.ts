import { errorMessage } from '@kubernode/base';
import { DecodeError, decodeYaml, formatFieldErrors, parseDuration, readTypeMeta, schemaSet, type Schema } from '@kubernode/apimachinery';
import { encryptionConfigFaults } from './encryption-config-rules.ts';

/** Who encrypts what: Kubernetes' EncryptionConfiguration, decoded and with its defaults. */
export interface EncryptionConfig { resources: readonly ResourceEntry[] }

/** `resources` are names like `secrets`, `deployments.apps`, `*.`, `*.apps`, `*.*`. The first provider writes, all read. */
export interface ResourceEntry { resources: readonly string[]; providers: readonly ProviderEntry[] }

/** Exactly one is given, once the rules have passed. */
export interface ProviderEntry { aesgcm?: KeyRing; aescbc?: KeyRing; secretbox?: KeyRing; identity?: object; kms?: KmsEntry }
export interface KeyRing { keys?: readonly NamedKey[] }
/** `secret` in base64. */
export interface NamedKey { name: string; secret: string }

export interface KmsEntry {
  apiVersion: string;
  name: string;
  endpoint: string;
  /** How long a call of the plugin may take. */
  timeoutMs: number;
  cachesize?: number;
}

const GROUP = 'apiserver.config.k8s.io';
const KIND = 'EncryptionConfiguration';
const PACKAGE = 'io.k8s.apiserver.v1';
const KMS_TIMEOUT_MS = 3_000;
/** Only version 1 has a cache of a set size. */
const KMS_V1_CACHE_SIZE = 1000;

/**
 * Decodes and checks a configuration. `mayReload`: it may change while the server runs, which asks for more.
 * @throws Error in Kubernetes' words.
 */
export function parseEncryptionConfig(text: string, file: string, mayReload: boolean): EncryptionConfig {
  const config = decode(text, file);
  const faults = encryptionConfigFaults(config, mayReload);
  if (faults.length > 0) throw new Error(formatFieldErrors(faults));
  return config;
}

interface DecodedConfig { resources?: readonly { resources?: readonly string[]; providers?: readonly DecodedProvider[] }[] }
type DecodedProvider = Omit<ProviderEntry, 'kms'> & { kms?: Partial<Omit<KmsEntry, 'timeoutMs'>> & { timeout?: string } };

function decode(text: string, file: string): EncryptionConfig {
  try {
    const { value, duplicates } = decodeYaml(text);
    const { kind, apiVersion } = readTypeMeta(value);
    assertKnownType(kind, apiVersion, text);
    const { object, unknownFields } = compiled(value);
    const faults = [...(duplicates.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : []), ...unknownFields.toSorted().map((path) => `unknown field ${JSON.stringify(path)}`)];
    if (faults.length > 0) throw new DecodeError(`strict decoding error: ${faults.join(', ')}`);
    const { resources = [] } = object as DecodedConfig; // what its schema made of it
    return { resources: resources.map((entry) => ({ resources: entry.resources ?? [], providers: (entry.providers ?? []).map(withDefaults) })) };
  } catch (error) {
    if (error instanceof UnexpectedType) throw error;
    throw new Error(`error decoding encryption provider configuration file ${JSON.stringify(file)}: ${errorMessage(error)}`, { cause: error });
  }
}

/** It could be decoded, but is something else. */
class UnexpectedType extends Error {}

function assertKnownType(kind: string, apiVersion: string, text: string): void {
  if (kind === '') throw new DecodeError(`Object 'Kind' is missing in '${text}'`);
  if (apiVersion === '') throw new DecodeError(`Object 'apiVersion' is missing in '${text}'`);
  const isKnown = (kind === KIND && apiVersion === `${GROUP}/v1`) || (kind === 'EncryptionConfig' && apiVersion === 'v1'); // the second was once written in a documentation
  if (isKnown) return;
  if (apiVersion.startsWith(`${GROUP}/v1`) && OTHER_KINDS.includes(kind)) throw new UnexpectedType(`got unexpected config type: ${apiVersion}, Kind=${kind}`);
  throw new DecodeError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go:142"`);
}

/** What else the API group of the server's own configuration has. */
const OTHER_KINDS: readonly string[] = ['AdmissionConfiguration', 'AuthenticationConfiguration', 'AuthorizationConfiguration', 'EgressSelectorConfiguration', 'TracingConfiguration'];

function compiled(value: unknown): { object: Record<string, unknown>; unknownFields: readonly string[] } {
  const schema = configSchemas(`${PACKAGE}.${KIND}`);
  return schema?.normalise(value, { report: 'collect' }) ?? { object: {}, unknownFields: [] };
}

const text: Schema = { type: 'string' };
const one = (name: string): Schema => ({ $ref: `#/components/schemas/${PACKAGE}.${name}` });
const list = (items: Schema): Schema => ({ type: 'array', items });
const struct = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties });
const SCHEMAS: Readonly<Record<string, Schema>> = {
  EncryptionConfiguration: struct({ apiVersion: text, kind: text, resources: list(one('ResourceConfiguration')) }),
  ResourceConfiguration: struct({ resources: list(text), providers: list(one('ProviderConfiguration')) }),
  ProviderConfiguration: struct({ aesgcm: one('AESConfiguration'), aescbc: one('AESConfiguration'), secretbox: one('SecretboxConfiguration'), identity: one('IdentityConfiguration'), kms: one('KMSConfiguration') }),
  AESConfiguration: struct({ keys: list(one('Key')) }),
  SecretboxConfiguration: struct({ keys: list(one('Key')) }),
  IdentityConfiguration: struct({}),
  Key: struct({ name: text, secret: text }),
  KMSConfiguration: struct({ apiVersion: text, name: text, cachesize: { type: 'integer', format: 'int32' }, endpoint: text, timeout: text }),
};
const configSchemas = schemaSet({ resolve: (name) => SCHEMAS[name.slice(PACKAGE.length + 1)] });

function withDefaults({ kms, ...others }: DecodedProvider): ProviderEntry {
  const rings = Object.fromEntries(Object.entries(others).map(([name, ring]) => [name, name === 'identity' ? ring : keyRing(ring)]));
  if (kms === undefined) return rings;
  const { apiVersion = '', name = '', endpoint = '', timeout, cachesize } = kms;
  const version = apiVersion === '' ? 'v1' : apiVersion;
  const size = cachesize ?? (version === 'v1' ? KMS_V1_CACHE_SIZE : undefined);
  return { ...rings, kms: { apiVersion: version, name, endpoint, timeoutMs: timeout === undefined ? KMS_TIMEOUT_MS : parseDuration(timeout), ...(size !== undefined && { cachesize: size }) } };
}

function keyRing({ keys }: KeyRing): KeyRing {
  return { keys: (keys ?? []).map(({ name = '', secret = '' }: Partial<NamedKey>) => ({ name, secret })) };
}
