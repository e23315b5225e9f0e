import type { coreV1 } from '@kubernode/api';
import { invalidValue, required, tooLong, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { base64Bytes, DATA_BYTES_MAX, immutableDataFaults, keyFaults } from '../shared/keyed-data-rules.ts';
import type { Strategy } from '../strategy.ts';

type Secret = coreV1.Secret & KubeObject;

/** Keys that a secret of a type must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'], 'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'], 'kubernetes.io/ssh-auth': ['ssh-privatekey'], 'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

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
  selectableFields: ({ type }) => ({ type: type ?? '' }),
};

/** `stringData` is how people write: it goes into `data` and is never stored. */
function writeStrings(secret: Secret): void {
  if (secret.stringData === undefined) return;
  secret.data = { ...secret.data };
  for (const [key, value] of Object.entries(secret.stringData)) secret.data[key] = Buffer.from(value, 'utf8').toString('base64');
  delete secret.stringData;
}

function validate({ data = {}, type = '' }: Readonly<Secret>): FieldError[] {
  const errors = keyFaults(data, 'data');
  if (base64Bytes(data) > DATA_BYTES_MAX) errors.push(tooLong('data', DATA_BYTES_MAX));
  for (const key of REQUIRED_KEYS[type] ?? []) if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
  return errors;
}
