import { goQuote } from '../codec/go-text.ts';
import { StatusError } from '../errors/status-error.ts';
import { type FieldSet, pathsOf } from './field-set.ts';
import type { ManagedSet } from './managed-set.ts';
import { compareText, printPath } from './path-element.ts';

/** Fields that an apply would change and another manager owns, by the identity of that manager. */
export type Conflicts = ReadonlyMap<string, { owner: ManagedSet; set: FieldSet }>;

/** Thrown inside; the field manager turns it into the answer. */
export class ApplyConflict extends Error {
  readonly conflicts: Conflicts;
  constructor(conflicts: Conflicts) {
    super('apply conflict');
    this.name = 'ApplyConflict';
    this.conflicts = conflicts;
  }
}

/** `Apply failed with 1 conflict: conflict with "x" using apps/v1: .spec.replicas`, one cause for each field. */
export function conflictError({ conflicts }: ApplyConflict): StatusError {
  const owners = [...conflicts].sort(([a], [b]) => compareText(a, b)).map(([, { owner, set }]) => ({ owner: printOwner(owner), paths: pathsOf(set).map(printPath) }));
  const causes = owners.flatMap(({ owner, paths }) => paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })));
  const [only] = causes;
  const message = causes.length === 1 && only !== undefined
    ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
    : `Apply failed with ${causes.length} conflicts: ${owners.map(({ owner, paths }) => [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)].join('\n')).join('\n')}`;
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } });
}

function printOwner({ manager, operation, apiVersion, subresource }: ManagedSet): string {
  const named = `${goQuote(manager)}${subresource === '' ? '' : ` with subresource ${goQuote(subresource)}`}`;
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}
