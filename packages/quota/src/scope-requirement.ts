import { assertNever } from '@kubernode/base';
import type { ScopeRequirement } from './scopes.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** Whether a class's name fits; undefined: the object names none. */
export function matchesRequirement({ operator, values = [] }: ScopeRequirement, name: string | undefined): boolean {
  const known = OPERATORS.find((one) => one === operator);
  switch (known) {
    case 'In': return name !== undefined && values.includes(name);
    case 'NotIn': return name === undefined || !values.includes(name);
    case 'Exists': return name !== undefined;
    case 'DoesNotExist': return name === undefined;
    case undefined: return false;
    default: return assertNever(known, 'scope operator');
  }
}
