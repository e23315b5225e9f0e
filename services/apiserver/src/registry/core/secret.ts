import type { coreV1 } from '@kubernode/api';
import { invalidValue, required, tooLong, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { base64Bytes, DATA_BYTES_MAX, immutableDataFaults, keyFaults } from '../shared/keyed-data-rules.ts';
import type { Strategy } from '../strategy.ts';
import { keyPairFault } from './key-pair-fault.ts';

type Secret = coreV1.Secret & KubeObject;

export const secretStrategy: Strategy<Secret> = {
  defaults(secret) {
    secret.type ||= 'Opaque';
    writeStrings(secret);
  },
  validate,
  validateUpdate: (secret, old) => [
    ...(old.type !== secret.type ? [invalidValue('type', secret.type, 'field is immutable')] : []),
    ...immutableDataFaults(secret, old, ['data']), ...validate(secret),
  ],
  warnings: (secret) => (secret.type === 'kubernetes.io/tls' ? pairWarnings(secret.data ?? {}) : []),
  selectableFields: ({ type }) => ({ type: type ?? '' }),
};

/** `stringData` is how people write: it goes into `data` and is never stored. */
function writeStrings(secret: Secret): void {
  if (secret.stringData === undefined) return;
  secret.data = { ...secret.data };
  for (const [key, value] of Object.entries(secret.stringData)) secret.data[key] = Buffer.from(value, 'utf8').toString('base64');
  delete secret.stringData;
}

function validate({ data = {}, type = '', metadata }: Readonly<Secret>): FieldError[] {
  const errors = keyFaults(data, 'data');
  if (base64Bytes(data) > DATA_BYTES_MAX) errors.push(tooLong('data', DATA_BYTES_MAX));
  return [...errors, ...contentFaults({ type, data, annotations: metadata.annotations ?? {} })];
}

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

/** What secrets of well-known types have to hold. */
function contentFaults({ type, data, annotations }: { type: string; data: Readonly<Record<string, string>>; annotations: Readonly<Record<string, string>> }): FieldError[] {
  const missing = (...keys: string[]): FieldError[] => keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token': return (annotations[ACCOUNT_ANNOTATION] ?? '') === '' ? [required(`metadata.annotations[${ACCOUNT_ANNOTATION}]`)] : [];
    case 'kubernetes.io/dockercfg': return [...missing('.dockercfg'), ...jsonFaults(data, '.dockercfg')];
    case 'kubernetes.io/dockerconfigjson': return [...missing('.dockerconfigjson'), ...jsonFaults(data, '.dockerconfigjson')];
    case 'kubernetes.io/basic-auth': return Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password') ? [] : missing('username', 'password');
    case 'kubernetes.io/ssh-auth': return (data['ssh-privatekey'] ?? '') === '' ? [required('data[ssh-privatekey]')] : [];
    case 'kubernetes.io/tls': return missing('tls.crt', 'tls.key');
    default: return [];
  }
}

function pairWarnings(data: Readonly<Record<string, string>>): string[] {
  const [certificate, key] = ['tls.crt', 'tls.key'].map((field) => Buffer.from(data[field] ?? '', 'base64').toString('latin1'));
  const fault = keyPairFault(certificate ?? '', key ?? '');
  return fault === undefined ? [] : [fault];
}

const REDACTED = '<secret contents redacted>';

function jsonFaults(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  if (data[key] === undefined) return [];
  const text = Buffer.from(data[key], 'base64').toString();
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && !Array.isArray(value) ? [] : [invalidValue(`data[${key}]`, REDACTED, 'json: cannot unmarshal into Go value of type map[string]interface {}')];
  } catch {
    return [invalidValue(`data[${key}]`, REDACTED, syntaxFault(text.trim()))]; // what is wrong is told in Go's words, not in this engine's
  }
}

/** As Go's JSON parser says it, for the common faults. */
function syntaxFault(text: string): string {
  if (text === '') return 'unexpected end of JSON input';
  if (!/^[[{"\-\dtfn]/.test(text)) return `invalid character '${text.charAt(0)}' looking for beginning of value`;
  return text === '{' || text === '[' ? 'unexpected end of JSON input' : `invalid character '${text.charAt(1)}' looking for beginning of object key string`;
}
