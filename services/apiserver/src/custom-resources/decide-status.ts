import { formatFieldErrors, jsonEquals, type FieldError, type Json } from '@kubernode/apimachinery';
import { decideApproval } from './decide-approval.ts';
import { decideNames } from './decide-names.ts';
import { conditionOf, withCondition, withoutCondition, type Definition, type DefinitionCondition } from './definition.ts';

type Status = NonNullable<Definition['status']>;

export interface StatusFacts {
  /** All other definitions as they are known now. */
  others: readonly Readonly<Definition>[];
  /** Why the schemas are not structural; empty when they are. */
  structuralFaults: readonly FieldError[];
  now: number;
}

/** What the status of a definition should say; undefined when it says so already. Pure, so that every replica may write it. */
export function decideStatus(definition: Readonly<Definition>, { others, structuralFaults, now }: StatusFacts): Status | undefined {
  const status: Status = definition.status ?? {};
  const { accepted, condition } = decideNames(definition, others);
  let conditions = withCondition(status.conditions ?? [], condition, now);
  conditions = withCondition(conditions, established(definition, condition.status === 'True'), now);
  conditions = structuralFaults.length === 0 ? withoutCondition(conditions, 'NonStructuralSchema')
    : withCondition(conditions, { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message: formatFieldErrors(structuralFaults) }, now);
  const approval = decideApproval(definition);
  conditions = approval === undefined ? withoutCondition(conditions, 'KubernetesAPIApprovalPolicyConformant') : withCondition(conditions, approval, now);
  const next: Status = { ...status, conditions, acceptedNames: accepted, storedVersions: status.storedVersions ?? storageVersions(definition) };
  return jsonEquals(asJson(next), asJson(status)) ? undefined : next;
}

/** Once established, a definition stays so, even if later names of it are refused. */
function established(definition: Readonly<Definition>, namesAccepted: boolean): DefinitionCondition {
  const old = conditionOf(definition, 'Established');
  if (old?.status === 'True') return old;
  if (namesAccepted) return { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
  return old ?? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

function storageVersions({ spec }: Readonly<Definition>): string[] {
  return spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
}

function asJson(status: Status): Json {
  return status as unknown as Json; // objects of the API are JSON
}
