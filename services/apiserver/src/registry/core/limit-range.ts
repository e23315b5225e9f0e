import type { coreV1 } from '@kubernode/api';
import { compareQuantities, duplicate, forbiddenField, invalidValue, labelKeyFaults, milliOf, parseQuantity, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { containerResourceNameFaults, resourceNameFaults } from '../shared/resource-name-rules.ts';
import type { Strategy } from '../strategy.ts';

type LimitRange = coreV1.LimitRange & KubeObject;
type Quantities = Record<string, string>;

export const limitRangeStrategy: Strategy<LimitRange> = {
  judgesMetadataAgain: true,
  defaults: (range) => range.spec?.limits?.forEach(fillDefaults),
  validate,
  allowCreateOnUpdate: true,
};

/** For containers: the default is the maximum, the default request the default or the minimum. */
function fillDefaults(limit: coreV1.LimitRangeItem): void {
  if (limit.type !== 'Container') return;
  const defaults: Quantities = { ...limit.max, ...limit.default };
  const requests: Quantities = { ...limit.min, ...defaults, ...limit.defaultRequest };
  if (Object.keys(defaults).length > 0) limit.default = defaults;
  if (Object.keys(requests).length > 0) limit.defaultRequest = requests;
}

function validate({ spec }: Readonly<LimitRange>): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((limit, index) => {
    const path = `spec.limits[${index}]`;
    const repeated = seen.has(limit.type);
    seen.add(limit.type);
    return [...typeFaults(limit.type, path), ...(repeated ? [duplicate(`${path}.type`, limit.type)] : []), ...limitFaults(limit, path)];
  });
}

function typeFaults(type: string, path: string): FieldError[] {
  const faults = labelKeyFaults(type).map((fault) => invalidValue(`${path}.type`, type, fault));
  if (faults.length > 0 || type.includes('/') || ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) return faults;
  return [invalidValue(`${path}.type`, type, 'must be a standard limit type or fully qualified')];
}

function limitFaults(limit: Readonly<coreV1.LimitRangeItem>, path: string): FieldError[] {
  const errors = [...nameFaults(limit, 'max', path), ...nameFaults(limit, 'min', path)];
  if (limit.type === 'Pod') {
    const why = "may not be specified when `type` is 'Pod'";
    if (Object.keys(limit.default ?? {}).length > 0) errors.push(forbiddenField(`${path}.default`, why));
    if (Object.keys(limit.defaultRequest ?? {}).length > 0) errors.push(forbiddenField(`${path}.defaultRequest`, why));
  } else errors.push(...nameFaults(limit, 'default', path), ...nameFaults(limit, 'defaultRequest', path));
  if (limit.type === 'PersistentVolumeClaim' && limit.min?.['storage'] === undefined && limit.max?.['storage'] === undefined) {
    errors.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  errors.push(...nameFaults(limit, 'maxLimitRequestRatio', path));
  const isPod = limit.type === 'Pod';
  const names = new Set([limit.max, limit.min, isPod ? {} : limit.default, isPod ? {} : limit.defaultRequest, limit.maxLimitRequestRatio].flatMap((list) => Object.keys(list ?? {})));
  return [...errors, ...[...names].flatMap((name) => [...orderFaults(limit, name, path), ...ratioFaults(limit, name, path)])];
}

type LimitField = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

function nameFaults(limit: Readonly<coreV1.LimitRangeItem>, field: LimitField, path: string): FieldError[] {
  const check = limit.type === 'Pod' || limit.type === 'Container' ? containerResourceNameFaults : resourceNameFaults;
  return Object.keys(limit[field] ?? {}).flatMap((name) => check(name, `${path}.${field}[${name}]`));
}

/** min ≤ default request ≤ default ≤ max. The value shown is Kubernetes' choice. */
function orderFaults(limit: Readonly<coreV1.LimitRangeItem>, name: string, path: string): FieldError[] {
  const value = (field: LimitField): string | undefined => (limit.type === 'Pod' && field.startsWith('default') ? undefined : limit[field]?.[name]);
  const [min, max, usual, request] = [value('min'), value('max'), value('default'), value('defaultRequest')];
  const errors: FieldError[] = [];
  const check = (low: string | undefined, high: string | undefined, field: LimitField, shown: string | undefined, words: [string, string]): void => {
    if (low === undefined || high === undefined || compareQuantities(parseQuantity(low), parseQuantity(high)) <= 0) return;
    errors.push(invalidValue(`${path}.${field}[${name}]`, shown, `${words[0]} value ${low} is greater than ${words[1]} value ${high}`));
  };
  check(min, max, 'min', min, ['min', 'max']);
  check(min, request, 'defaultRequest', request, ['min', 'default request']);
  check(request, max, 'defaultRequest', request, ['default request', 'max']);
  check(request, usual, 'defaultRequest', request, ['default request', 'default limit']);
  check(min, usual, 'default', min, ['min', 'default']);
  check(usual, max, 'default', max, ['default', 'max']);
  return errors;
}

function ratioFaults(limit: Readonly<coreV1.LimitRangeItem>, name: string, path: string): FieldError[] {
  const ratio = limit.maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const at = `${path}.maxLimitRequestRatio[${name}]`;
  const errors: FieldError[] = [];
  const ratioValue = Number(milliOf(parseQuantity(ratio))) / 1000;
  if (ratioValue < 1) errors.push(invalidValue(at, ratio, `ratio ${ratio} is less than 1`));
  const [min, max] = [limit.min?.[name], limit.max?.[name]];
  if (min === undefined || max === undefined) return errors;
  const widest = Number(parseQuantity(max).nanos) / Number(parseQuantity(min).nanos);
  return ratioValue > widest ? [...errors, invalidValue(at, ratio, `ratio ${ratio} is greater than max/min = ${widest.toFixed(6)}`)] : errors;
}
