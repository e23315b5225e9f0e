import { goQuote } from '@kubernode/apimachinery';
import { fromPlain, type Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { FunctionError, TemplateError } from '../template/template-error.ts';
import { TemplateSet } from '../template/template-set.ts';
import type { Budget } from '../template/evaluate.ts';
import type { LookupReader } from './rendered-chart.ts';

export type Question = Parameters<LookupReader>[0];

/** An answer that has to be waited for: the rendering begins again once it is there. */
export class PendingLookup extends Error {
  readonly question: Question;

  constructor(question: Question) {
    super('an answer of the cluster is awaited');
    this.question = question;
  }
}

/** Around what a chart's author says in `required` and `fail`, so that it can be found within an error's chain. */
const [SAID_FROM, SAID_TO] = ['\u0001', '\u0002'];
const SAID = new RegExp(`${SAID_FROM}([\\s\\S]*)${SAID_TO}`);
const INCLUDES_MAX = 1000;

/** The words of `required` or `fail` within an error's. */
export function wordsOfAuthor(message: string): string | undefined { return SAID.exec(message)?.[1]; }

export interface HelmFunctionOptions {
  budget: Budget;
  lint: boolean;
  warn(message: string): void;
  /** undefined: not asked yet. */
  lookUp(question: Question): unknown;
}

/** Functions that are Helm's own and know nothing of templates. */
export function helmFunctions({ lint, warn, lookUp }: HelmFunctionOptions): FunctionTable {
  return {
    required: define(['string', 'any'], (message, value) => {
      if (value !== null && value !== '') return value;
      if (!lint) throw new FunctionError(`${SAID_FROM}${message}${SAID_TO}`);
      warn(`[INFO] Missing required value: ${message}`);
      return '';
    }),
    fail: define(['string'], (message) => {
      if (!lint) throw new FunctionError(`${SAID_FROM}${message}${SAID_TO}`);
      warn(`[INFO] Fail: ${message}`);
      return '';
    }),
    lookup: define(['string', 'string', 'string', 'string'], (apiVersion, kind, namespace, name) => {
      const found = lookUp({ apiVersion, kind, namespace, name });
      return found === null ? new Map<string, Value>() : fromPlain(found);
    }),
  };
}

/** `include` and `tpl` for a set; a text that `tpl` takes sees the set and what it defines itself. */
export function templateFunctions(set: TemplateSet, { budget, included = new Map() }: { budget: Budget; included?: Map<string, number> }): FunctionTable {
  return {
    include: define(['string', 'any'], (name, dot) => {
      const count = included.get(name) ?? 0;
      if (count > INCLUDES_MAX) throw new FunctionError(`rendering template has a nested reference name: ${name}: unable to execute template`);
      included.set(name, count + 1);
      try { return set.execute(name, dot); } finally { included.set(name, count); }
    }),
    tpl: define(['string', 'any'], (text, dot) => {
      const inner = new TemplateSet({ parent: set, budget, functions: (self) => templateFunctions(self, { budget, included }) });
      try { inner.parse('gotpl', text); } catch (error) {
        if (error instanceof TemplateError) throw new FunctionError(`cannot parse template ${goQuote(text)}: ${error.message}`);
        throw error;
      }
      try { return inner.execute('gotpl', dot).replaceAll('<no value>', ''); } catch (error) {
        if (error instanceof TemplateError) throw new FunctionError(`error during tpl function execution for ${goQuote(text)}: ${error.message}`);
        throw error;
      }
    }),
  };
}

