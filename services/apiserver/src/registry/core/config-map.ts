import type { coreV1 } from '@kubernode/api';
import { invalidValue, tooLong, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { base64Bytes, DATA_BYTES_MAX, immutableDataFaults, keyFaults } from '../shared/keyed-data-rules.ts';
import type { Strategy } from '../strategy.ts';

type ConfigMap = coreV1.ConfigMap & KubeObject;

export const configMapStrategy: Strategy<ConfigMap> = {
  judgesMetadataAgain: true,
  validate,
  validateUpdate: (map, old) => [...immutableDataFaults(map, old, ['data', 'binaryData']), ...validate(map)],
};

function validate({ data = {}, binaryData = {} }: Readonly<ConfigMap>): FieldError[] {
  const errors = keyFaults(data, 'data');
  for (const key of Object.keys(data)) if (Object.hasOwn(binaryData, key)) errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  errors.push(...keyFaults(binaryData, 'binaryData'));
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), base64Bytes(binaryData));
  if (bytes > DATA_BYTES_MAX) errors.push(tooLong('[]', DATA_BYTES_MAX));
  return errors;
}
