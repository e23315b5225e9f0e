import { goQuote } from '@kubernode/apimachinery';
import { builtins } from './builtins.ts';
import { executeTemplate, type Budget } from './evaluate.ts';
import type { FunctionTable, GoFunction } from './go-function.ts';
import { isBlank, type Template } from './nodes.ts';
import { parseTemplates } from './parser.ts';
import { TemplateError } from './template-error.ts';
import type { Value } from '../values/value.ts';

/** Named templates that can call each other. A derived set sees its parent's and keeps its own to itself. */
export class TemplateSet {
  readonly #parent: TemplateSet | undefined;
  readonly #templates = new Map<string, Template>();
  readonly #functions: ReadonlyMap<string, GoFunction>;
  readonly #budget: Budget;

  /** `functions` may need the set that they are for. */
  constructor({ parent, budget, functions }: { parent?: TemplateSet; budget: Budget; functions(set: TemplateSet): FunctionTable }) {
    this.#parent = parent;
    this.#budget = budget;
    this.#functions = new Map([...parent?.functions ?? Object.entries(builtins), ...Object.entries(functions(this))]);
  }

  get functions(): ReadonlyMap<string, GoFunction> { return this.#functions; }

  /** Parses a text; its templates replace those of the same names, unless they are blank. */
  parse(name: string, text: string): void {
    for (const template of parseTemplates(text, { name, hasFunction: (one) => this.#functions.has(one) }).values()) {
      if (template.name === name || !isBlank(template.root) || this.lookUp(template.name) === undefined) this.#templates.set(template.name, template);
    }
  }

  lookUp(name: string): Template | undefined {
    return this.#templates.get(name) ?? this.#parent?.lookUp(name);
  }

  /** What the named template writes. */
  execute(name: string, dot: Value): string {
    const template = this.lookUp(name);
    if (template === undefined) throw new TemplateError(`template: no template ${goQuote(name)} associated with template "gotpl"`);
    return executeTemplate(template, dot, { lookUpTemplate: (one) => this.lookUp(one), functions: this.#functions, budget: this.#budget });
  }
}
