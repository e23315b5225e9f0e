import { MOST_COST } from '@kubernode/cel';
import { declareType, type DeclaredType } from '../rules/declared-type.ts';
import { escapeName } from '../rules/escape.ts';
import { additionalOf, itemsOf, type SchemaProps } from '../structural/schema-parts.ts';

/** Most that one rule, and all rules of a definition together, may be estimated to cost. */
export const MOST_RULE_COST = 10_000_000;
export const MOST_TOTAL_COST = 100_000_000;
const MOST_TOLD = 4; // expensive rules that are named

/** Sum of all rules of a schema, and which of them cost most. */
class TotalCost {
  total = 0;
  readonly #costs: { path: string; cost: number }[] = [];

  add(path: string, cost: number): void {
    this.total = Math.min(this.total + cost, MOST_COST);
    if (cost >= MOST_TOTAL_COST / 100) this.#costs.push({ path, cost });
  }

  get expensive(): string[] {
    return this.#costs.sort((a, b) => b.cost - a.cost).slice(0, MOST_TOLD).map(({ path }) => path);
  }
}

/** Where in a schema a rule stands: its declared type, and how often values of it can occur in one object; undefined means without bound. */
export class CostContext {
  readonly totals: TotalCost;
  readonly cardinality: number | undefined;
  readonly declared: DeclaredType | undefined;
  readonly #schema: SchemaProps;

  private constructor({ schema, declared, cardinality, totals }: { schema: SchemaProps; declared: DeclaredType | undefined; cardinality: number | undefined; totals: TotalCost }) {
    this.#schema = schema;
    this.declared = declared;
    this.cardinality = cardinality;
    this.totals = totals;
  }

  static root(schema: SchemaProps, declared: DeclaredType | undefined): CostContext {
    return new CostContext({ schema, declared, cardinality: 1, totals: new TotalCost() });
  }

  property(schema: SchemaProps, name: string): CostContext {
    const escaped = escapeName(name);
    const known = escaped === undefined ? undefined : this.declared?.fields?.get(escaped)?.declared;
    return this.#child(schema, known ?? declareType(schema, schema['x-kubernetes-embedded-resource'] === true, name));
  }

  /** Items of a list or values of a map. */
  element(schema: SchemaProps): CostContext {
    return this.#child(schema, this.declared?.element ?? declareType(schema, schema['x-kubernetes-embedded-resource'] === true, 'element'));
  }

  /** What a rule costs in the worst object: once for each value that can be there. */
  costOf(maxCost: number, maxCardinality: number): number {
    return Math.min(maxCost * (this.cardinality ?? maxCardinality), MOST_COST);
  }

  #child(schema: SchemaProps, declared: DeclaredType | undefined): CostContext {
    const most = maxElements(this.#schema);
    const cardinality = this.cardinality === undefined || most === undefined ? undefined : Math.min(this.cardinality * most, MOST_COST);
    return new CostContext({ schema, declared, cardinality, totals: this.totals });
  }
}

/** The message for a cost beyond its limit. */
export function overBudget(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function maxElements(schema: SchemaProps): number | undefined {
  if (schema.type === 'object' && additionalOf(schema) !== undefined) return schema.maxProperties === undefined ? undefined : Math.max(0, schema.maxProperties);
  if (schema.type === 'array' && itemsOf(schema) !== undefined) return schema.maxItems === undefined ? undefined : Math.max(0, schema.maxItems);
  return 1;
}
