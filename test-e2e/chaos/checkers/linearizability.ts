import { groupBy } from '@kubernode/base';
import type { Call, Finding, Operation } from './operation.ts';

/** An object as a register: what it holds, at which revision where that is known, and the highest revision that any write so far had. */
interface State { readonly value: string | undefined; readonly revision: number | undefined; readonly highest: number }

/** Facts that follow from answers alone: each value has one revision. */
interface Known { readonly revisionOf: ReadonlyMap<string, number> }

/** States that are looked at before an object's history is given up as undecided. */
const STEPS_MAX = 500_000;

/**
 * Whether every object's history can be explained by calls that happened one at a time, each between its start and its end, on a register with
 * create, compare-and-set by revision, blind write, delete and read, with revisions that only grow. After Wing and Gong, with Lowe's memory of states
 * that were seen. Pure.
 */
export function checkLinearizability(operations: readonly Operation[]): readonly Finding[] {
  return [...groupBy(operations, ({ object }) => object)].flatMap(([object, history]) => {
    const verdict = explain(history);
    return verdict === undefined ? [] : [{ checker: 'linearizability', what: `${object}: ${verdict}` }];
  });
}

/** Undefined where there is an explanation. */
function explain(history: readonly Operation[]): string | undefined {
  const known = learn(history);
  if (typeof known === 'string') return known;
  const ordered = [...history].sort((a, b) => a.startMs - b.startMs);
  const sure = ordered.filter((one) => isSure(one, known));
  const open = ordered.filter((one) => !isSure(one, known) && one.call.kind !== 'get'); // may have happened, or not
  return new Search(sure, open, known).run();
}

/** Revisions by value; a sentence where answers contradict each other. */
function learn(history: readonly Operation[]): Known | string {
  const revisionOf = new Map<string, number>();
  const valueOf = new Map<number, string>();
  for (const { call, outcome } of history) {
    if (outcome.kind !== 'ok' || outcome.revision === undefined) continue;
    const value = call.kind === 'get' ? outcome.value : 'value' in call ? call.value : undefined;
    if (value === undefined) continue;
    const [revision, other] = [revisionOf.get(value), valueOf.get(outcome.revision)];
    if (revision !== undefined && revision !== outcome.revision) return `${value} was seen at revisions ${revision} and ${outcome.revision}`;
    if (other !== undefined && other !== value) return `revision ${outcome.revision} was seen with ${other} and ${value}`;
    revisionOf.set(value, outcome.revision);
    valueOf.set(outcome.revision, value);
  }
  return { revisionOf };
}

/** Whether a call certainly happened: it was answered, or somebody saw what it wrote. */
function isSure({ call, outcome }: Operation, { revisionOf }: Known): boolean {
  return outcome.kind !== 'unknown' || ('value' in call && revisionOf.has(call.value));
}

/** When a call was over at the latest: an unanswered one, never. */
const endOf = ({ outcome, endMs }: Operation): number => (outcome.kind === 'unknown' ? Infinity : endMs);

interface Frame { readonly state: State; readonly choices: readonly number[]; next: number; readonly taken: number }

/** Depth first over orders of calls; `sure` calls all have to be placed, `open` ones may be. A call is named by its place in `#all`. */
class Search {
  readonly #all: readonly Operation[];
  readonly #sureCount: number;
  readonly #known: Known;
  readonly #placed: Set<number> = new Set();
  readonly #seen: Set<string> = new Set();
  /** All sure calls before this one are placed. */
  #low = 0;
  #furthest = 0;
  #stuckAt: readonly number[] = [];

  constructor(sure: readonly Operation[], open: readonly Operation[], known: Known) {
    this.#all = [...sure, ...open];
    this.#sureCount = sure.length;
    this.#known = known;
  }

  run(): string | undefined {
    const stack: Frame[] = [this.#frame({ value: undefined, revision: undefined, highest: 0 }, -1)];
    let steps = 0;
    while (stack.length > 0) {
      if (this.#low === this.#sureCount) return undefined;
      if (++steps > STEPS_MAX) return `undecided after ${STEPS_MAX} steps`;
      const frame = stack.at(-1) as Frame; // there is one
      const choice = frame.choices[frame.next++];
      if (choice === undefined) { stack.pop(); this.#unplace(frame.taken); continue; }
      const after = step(frame.state, this.#all[choice] as Operation, this.#known); // a choice is an index of it
      if (after === undefined) continue;
      this.#place(choice);
      const key = this.#key(after);
      if (this.#seen.has(key)) { this.#unplace(choice); continue; }
      this.#seen.add(key);
      stack.push(this.#frame(after, choice));
    }
    return this.#describe();
  }

  #frame(state: State, taken: number): Frame {
    const choices = this.#choices();
    if (this.#placed.size >= this.#furthest) { this.#furthest = this.#placed.size; this.#stuckAt = choices; }
    return { state, choices, next: 0, taken };
  }

  /** Calls that began before every other unplaced one was over. */
  #choices(): readonly number[] {
    let earliestEnd = Infinity;
    const choices: number[] = [];
    for (let i = this.#low; i < this.#sureCount; i++) {
      if (this.#placed.has(i)) continue;
      const one = this.#all[i] as Operation; // below the count
      if (one.startMs > earliestEnd) break; // sorted by start
      choices.push(i);
      earliestEnd = Math.min(earliestEnd, endOf(one));
    }
    for (let i = this.#sureCount; i < this.#all.length; i++) if (!this.#placed.has(i) && (this.#all[i] as Operation).startMs <= earliestEnd) choices.push(i); // below the length
    return choices.filter((i) => (this.#all[i] as Operation).startMs <= earliestEnd); // an earlier end may have been found after it
  }

  #place(i: number): void {
    this.#placed.add(i);
    while (this.#low < this.#sureCount && this.#placed.has(this.#low)) this.#low++;
  }

  #unplace(i: number): void {
    this.#placed.delete(i);
    if (i >= 0 && i < this.#low) this.#low = i;
  }

  #key({ value }: State): string {
    return `${this.#low}|${[...this.#placed].filter((i) => i >= this.#low).sort((a, b) => a - b).join(',')}|${value ?? ''}`;
  }

  #describe(): string {
    const calls = this.#stuckAt.map((i) => describe(this.#all[i] as Operation)); // indexes of it
    return `no order of its calls explains the answers; ${this.#furthest} of ${this.#all.length} can be placed, then none of: ${calls.slice(0, 6).join('; ')}`;
  }
}

/** The register after a call that had this outcome; undefined where it could not have had it. */
function step(state: State, { call, outcome }: Operation, known: Known): State | undefined {
  switch (outcome.kind) {
    case 'ok': return call.kind === 'get' ? read(state, outcome) : write(state, call, outcome.revision);
    case 'absent': return state.value === undefined ? state : undefined;
    case 'exists': return state.value !== undefined ? state : undefined;
    case 'conflict': return 'expected' in call && call.expected !== undefined && state.revision === call.expected ? undefined : state;
    case 'unknown': return call.kind === 'get' ? undefined : write(state, call, 'value' in call ? known.revisionOf.get(call.value) : undefined);
  }
}

function read(state: State, { revision, value }: { readonly revision?: number; readonly value?: string }): State | undefined {
  if (state.value === undefined || state.value !== value) return undefined;
  return state.revision === undefined || state.revision === revision ? state : undefined;
}

function write(state: State, call: Exclude<Call, { kind: 'get' }>, revision: number | undefined): State | undefined {
  if ((state.value === undefined) !== (call.kind === 'create')) return undefined;
  if ('expected' in call && call.expected !== undefined && state.revision !== call.expected) return undefined;
  if (revision !== undefined && revision <= state.highest) return undefined;
  const highest = revision ?? state.highest;
  return call.kind === 'delete' ? { value: undefined, revision: undefined, highest } : { value: call.value, revision, highest };
}

function describe({ client, call, outcome, startMs, endMs }: Operation): string {
  const asked = `${call.kind}${'value' in call ? ` ${call.value}` : ''}${'expected' in call && call.expected !== undefined ? ` if at ${call.expected}` : ''}`;
  const heard = outcome.kind === 'ok' ? `ok${outcome.revision === undefined ? '' : ` at ${outcome.revision}`}${outcome.value === undefined ? '' : ` ${outcome.value}`}` : outcome.kind;
  return `${client} ${startMs.toFixed(0)}-${endMs.toFixed(0)} ${asked} → ${heard}`;
}
