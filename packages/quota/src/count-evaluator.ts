import { countName, one, type Evaluator, type QuotaResource } from './evaluator.ts';

/** Kinds that had names of their own before all could be counted. */
const OWN_NAMES: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** For kinds of which only the number matters. */
export function countEvaluator(of: QuotaResource): Evaluator {
  const names = [countName(of), ...(of.group === '' && OWN_NAMES.has(of.resource) ? [of.resource] : [])];
  return {
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    counts: (name) => names.includes(name),
    matchesScope: () => false,
    missing: () => undefined,
    usage: () => new Map(names.map((name) => [name, one])),
  };
}
