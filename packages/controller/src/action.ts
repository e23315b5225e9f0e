import type { ObjectMeta, StatusError } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';
import type { EventSubject, Patch, Target } from '@kubernode/client';

/** An object of the API as far as actions care. */
export interface Writable { metadata: Partial<ObjectMeta>; spec?: unknown; status?: unknown; data?: unknown; subsets?: unknown }

/** What follows from the outcome of a write; pure, like the decision it is part of. */
export interface Outcomes {
  then?: ((written: Writable & { metadata: ObjectMeta }) => readonly Action[]) | undefined;
  /** Takes a refusal; what it returns is done before the refusal fails the reconcile, unless `handled`. */
  otherwise?: ((error: StatusError) => { actions?: readonly Action[]; handled?: boolean }) | undefined;
}

/** What a reconcile wants done, as data. */
export type Action =
  | { do: 'create'; resource: ResourceRef; object: unknown; namespace?: string } & Outcomes
  | { do: 'update'; resource: ResourceRef; object: Writable & { metadata: ObjectMeta }; subresource?: string } & Outcomes
  | { do: 'patch'; resource: ResourceRef; target: Target; patch: Patch } & Outcomes
  /** An object that is gone already counts as deleted. */
  | { do: 'delete'; resource: ResourceRef; target: Target; uid?: string | undefined; resourceVersion?: string | undefined; gracePeriodSeconds?: number; propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' } & Outcomes
  | { do: 'event'; about: EventSubject; type: 'Normal' | 'Warning'; reason: string; message: string }
  /** Side by side; what `failed` gives is done before the refusal fails the reconcile. `done` is how many of the actions succeeded. */
  | { do: 'all'; actions: readonly Action[]; failed?: (error: StatusError, done: number) => readonly Action[] }
  /** One, then two, four, …: a fault that hits every one of them is met once, not a thousand times. Stops after the batch that fails. */
  | { do: 'slow-start'; actions: readonly Action[]; failed?: (error: StatusError, done: number) => readonly Action[] }
  /** One after the other up to the first that fails: for steps whose outcome has to be told, however far they got. */
  | { do: 'in-order'; actions: readonly Action[]; failed?: (error: StatusError, done: number) => readonly Action[] }
  /** Tells the controller's own memory what was done, in the few loops that have one (how often something failed lately). */
  | { do: 'remember'; note: () => void };

/** The outcome of a reconcile. */
export interface Plan {
  actions: readonly Action[];
  /** Look at the key again after this long, even if nothing changes. */
  againAfterMs?: number | undefined;
  /** Something lacks: look at the key again after a delay that grows each time, as after a failure. */
  tryAgain?: boolean;
}

/** For a reconcile that finds nothing to do. */
export const nothingToDo: Plan = { actions: [] };
