import type { coreV1, nodeV1 } from '@kubernode/api';
import { dnsLabelFaults, duplicate, immutableField, invalidValue, repeatedIndexes, required, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { internalJson } from '../shared/go-text/internal-json.ts';
import { resourceFaults } from '../shared/pod-spec/resources.ts';
import { tolerationFaults } from '../shared/pod-spec/tolerations.ts';
import type { Strategy } from '../strategy.ts';

type RuntimeClass = nodeV1.RuntimeClass & KubeObject;

export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  validate,
  validateUpdate: (object, old) => [...validate(object), ...immutableField(object.handler ?? '', old.handler ?? '', 'handler')],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

function validate({ handler = '', overhead, scheduling }: Readonly<Partial<RuntimeClass>>): FieldError[] {
  return [
    ...(handler === '' ? [required('handler')] : dnsLabelFaults(handler).map((fault) => invalidValue('handler', handler, fault))),
    ...resourceFaults(overhead?.podFixed === undefined ? undefined : { limits: overhead.podFixed }, 'overhead', { claims: new Set() }),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'), ...tolerationFaults(scheduling?.tolerations, 'scheduling.tolerations'), ...repetitionFaults(scheduling?.tolerations ?? []),
  ];
}

function repetitionFaults(tolerations: readonly coreV1.Toleration[]): FieldError[] {
  const repeated = repeatedIndexes(tolerations.map(({ key = '', operator = '', value = '', effect = '' }) => JSON.stringify([key, operator, value, effect])));
  return tolerations.flatMap((toleration, index) => (repeated.has(index) ? [duplicate(`scheduling.tolerations[${index}]`, internalJson('Toleration', toleration))] : []));
}
