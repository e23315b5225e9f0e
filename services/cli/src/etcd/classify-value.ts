import { readEnvelope } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { KeyValue } from '@kubernode/rpc';

/** In what form a value is stored, and what it says it is. */
export type StoredValue =
  | { form: 'json' | 'protobuf'; kind: string; apiVersion: string }
  | { form: 'encrypted'; /** `aescbc`, `kms/v2`: whoever wrote it. */ provider: string; /** Of the key or plugin, by the configuration. */ keyName: string }
  | { form: 'bookkeeping' }
  | { form: 'unreadable'; why: string };

/** What every encrypted value begins with: `k8s:enc:PROVIDER:VERSION:NAME:`. */
const ENCRYPTED = /^k8s:enc:([a-z]+):(v\d):([^:]{1,253}):/;
const ENCRYPTED_HEAD_CHARACTERS = 300;
const PROTOBUF = Buffer.from('k8s\0');
/** Keys with which API servers agree among themselves; their values are no objects. */
const BOOKKEEPING = /^(compact_rev_key$|\/?registry\/health$|\/?registry\/kubernode\/)/;

/** Looks at the outside alone: an object's fields are the API server's to judge. Works on values of kube-apiserver and of kubernode alike. */
export function classifyValue({ key, value }: Pick<KeyValue, 'key' | 'value'>): StoredValue {
  if (BOOKKEEPING.test(key)) return { form: 'bookkeeping' };
  const [head, provider = '', version = '', keyName = ''] = ENCRYPTED.exec(value.toString('latin1', 0, ENCRYPTED_HEAD_CHARACTERS)) ?? [];
  if (head !== undefined) return { form: 'encrypted', provider: provider === 'kms' ? `kms/${version}` : provider, keyName };
  try {
    if (value.subarray(0, PROTOBUF.length).equals(PROTOBUF)) return { form: 'protobuf', ...named(readEnvelope(value)) };
    const object: unknown = JSON.parse(value.toString('utf8'));
    if (typeof object !== 'object' || object === null) return { form: 'unreadable', why: 'it is JSON and no object' };
    return { form: 'json', ...named(object) };
  } catch (error) {
    return { form: 'unreadable', why: value[0] === 0x7b ? `it begins as JSON: ${errorMessage(error)}` : 'it is neither JSON nor Kubernetes\' protobuf, nor encrypted in a way that is known' };
  }
}

function named(object: { kind?: unknown; apiVersion?: unknown }): { kind: string; apiVersion: string } {
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || kind === '' || apiVersion === '') throw new Error('it has no kind or no apiVersion');
  return { kind, apiVersion };
}
