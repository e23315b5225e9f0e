import type { nodeV1 } from '@kubernode/api';
import { dnsLabelFaults, immutableField, invalidValue, required, validateLabels, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { resourceNameFaults, resourceQuantityFaults } from '../shared/resource-name-rules.ts';
import type { Strategy } from '../strategy.ts';

type RuntimeClass = nodeV1.RuntimeClass & KubeObject;

export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  defaults(object) {
    for (const toleration of object.scheduling?.tolerations ?? []) toleration.operator ??= 'Equal';
  },
  validate,
  validateUpdate: (object, old) => immutableField(object.handler ?? '', old.handler ?? '', 'handler'),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
};

function validate({ handler = '', overhead, scheduling }: Readonly<Partial<RuntimeClass>>): FieldError[] {
  return [
    ...(handler === '' ? [required('handler')] : dnsLabelFaults(handler).map((fault) => invalidValue('handler', handler, fault))),
    ...Object.entries(overhead?.podFixed ?? {}).flatMap(([name, quantity]) => [...resourceNameFaults(name, `overhead.limits[${name}]`), ...resourceQuantityFaults(name, quantity, `overhead.limits[${name}]`)]),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
  ];
}
