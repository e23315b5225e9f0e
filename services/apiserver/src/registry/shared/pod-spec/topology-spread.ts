import type { coreV1 } from '@kubernode/api';
import { duplicate, invalidValue, required, validateLabelSelector, type FieldError } from '@kubernode/apimachinery';
import { oneOf } from '../value-rules.ts';
import { matchLabelKeyFaults } from './match-label-keys.ts';

const ACTIONS: readonly string[] = ['DoNotSchedule', 'ScheduleAnyway'];
const POLICIES: readonly string[] = ['Honor', 'Ignore'];

export function topologySpreadFaults(constraints: readonly coreV1.TopologySpreadConstraint[] | undefined, path: string): FieldError[] {
  const identity = ({ topologyKey, whenUnsatisfiable }: Readonly<coreV1.TopologySpreadConstraint>): string => `${whenUnsatisfiable} ${topologyKey}`;
  const last = new Map((constraints ?? []).map((constraint, index) => [identity(constraint), index]));
  return (constraints ?? []).flatMap((constraint, index) => constraintFaults(constraint, `${path}[${index}]`, last.get(identity(constraint)) !== index));
}

function constraintFaults(constraint: Readonly<Partial<coreV1.TopologySpreadConstraint>>, path: string, repeated: boolean): FieldError[] {
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '', minDomains, nodeAffinityPolicy, nodeTaintsPolicy, labelSelector } = constraint;
  return [
    ...positive(maxSkew, `${path}.maxSkew`), ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []), ...oneOf(action, `${path}.whenUnsatisfiable`, ACTIONS),
    ...(repeated ? [duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`)] : []),
    ...(minDomains === undefined ? [] : minDomainFaults(minDomains, action, `${path}.minDomains`)),
    ...oneOf(nodeAffinityPolicy, `${path}.nodeAffinityPolicy`, POLICIES), ...oneOf(nodeTaintsPolicy, `${path}.nodeTaintsPolicy`, POLICIES),
    ...matchLabelKeyFaults(constraint, path), ...validateLabelSelector(labelSelector, `${path}.labelSelector`),
  ];
}

function minDomainFaults(minDomains: number, action: string, path: string): FieldError[] {
  const pointless = action === 'DoNotSchedule' ? [] : [invalidValue(path, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`)];
  return [...positive(minDomains, path), ...pointless];
}

function positive(value: number, path: string): FieldError[] {
  return value > 0 ? [] : [invalidValue(path, value, 'must be greater than zero')];
}
