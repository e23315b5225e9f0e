import type { resourceV1 } from '@kubernode/api';
import { invalidValue, isJsonObject, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import type { Strategy } from '../strategy.ts';
import { deviceSelectorFaults } from './device-selector.ts';

type DeviceClass = resourceV1.DeviceClass & KubeObject;

export const deviceClassStrategy: Strategy<DeviceClass> = {
  validate: ({ spec }) => [
    ...deviceSelectorFaults(spec?.selectors, 'spec.selectors'),
    ...(spec?.config ?? []).flatMap(({ opaque }, index) => configFaults(opaque, `spec.config[${index}].opaque`)),
  ],
  generationFields: ['spec'],
  returnsDeletedObject: true,
};

/** Configuration for a driver, which alone understands its parameters. */
export function configFaults(opaque: Readonly<{ driver?: string; parameters?: unknown }> | undefined, path: string): FieldError[] {
  if (opaque === undefined) return [required(path)];
  const { driver = '', parameters } = opaque;
  return [
    ...(driver === '' ? [required(`${path}.driver`)] : subdomainFaults(driver).map((fault) => invalidValue(`${path}.driver`, driver, fault))),
    ...(parameters === undefined ? [required(`${path}.parameters`)] : isJsonObject(parameters) ? [] : [invalidValue(`${path}.parameters`, '<value omitted>', 'must be a valid JSON object')]),
  ];
}
