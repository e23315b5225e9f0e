import { goQuote } from '@kubernode/apimachinery';
import { formatValue } from '../values/format-go.ts';
import { elementTypeOf, GoObject, Int, isEmpty, isList, isStringMap, sortedKeys, typeOf, type GoMethod, type ParamType, type Value } from '../values/value.ts';
import { canBeNil, isAssignable, typeName, type GoFunction } from './go-function.ts';
import { showNode, type ActionNode, type BranchNode, type ChainNode, type Command, type FieldNode, type IdentifierNode, type ListNode, type NumberNode, type Operand, type Pipe, type Template, type TemplateNode, type VariableNode } from './nodes.ts';
import { FunctionError, TemplateError } from './template-error.ts';

/** What an evaluation needs from outside, and what it may use up. */
export interface EvaluationContext {
  lookUpTemplate(name: string): Template | undefined;
  functions: ReadonlyMap<string, GoFunction>;
  budget: Budget;
}

/** Shared by all templates of a rendering: none may run or write without end. */
export interface Budget { steps: number; characters: number; depth: number }

const DEPTH_MAX = 1200;
/** As V8 says it. Compared as it is: where the stack is full, a regular expression fails, too, and differently. */
const STACK_IS_FULL = 'Maximum call stack size exceeded';

/** undefined is Go's invalid value: nil that came out of a pipeline; null is a nil within an interface. They differ in errors only. */
type Maybe = Value | undefined;

/** What a template writes for `dot`. Throws TemplateError. */
export function executeTemplate(template: Template, dot: Value, context: EvaluationContext): string {
  const output: string[] = [];
  new Evaluation(template, dot ?? undefined, output, context).run();
  return output.join('');
}

interface Variable { name: string; value: Maybe; isElement?: boolean }
type Jump = 'break' | 'continue' | undefined;

/** One template being executed: its variables and where it is. */
class Evaluation {
  readonly #template: Template;
  readonly #dot: Maybe;
  readonly #output: string[];
  readonly #context: EvaluationContext;
  readonly #variables: Variable[];
  /** Whether `.` is an element of a list or map of any values: errors name its type by that. */
  #dotIsElement = false;
  #at: Operand | Command | ActionNode | TemplateNode | BranchNode | undefined;

  constructor(template: Template, dot: Maybe, output: string[], context: EvaluationContext) {
    this.#template = template;
    this.#dot = dot;
    this.#output = output;
    this.#context = context;
    this.#variables = [{ name: '$', value: dot }];
  }

  run(): void {
    const { budget } = this.#context;
    if (++budget.depth > DEPTH_MAX) this.#fail(`exceeded maximum template depth (${DEPTH_MAX})`);
    try {
      this.#walk(this.#dot, this.#template.root);
    } catch (error) {
      if (error instanceof RangeError && error.message === STACK_IS_FULL) throw new TemplateError(`template: ${this.#template.name}: exceeded maximum template depth`, { isExecution: true });
      throw error;
    } finally { budget.depth--; }
  }

  #fail(message: string): never {
    const { name, parseName, text } = this.#template;
    if (this.#at === undefined) throw new TemplateError(`template: ${name}: ${message}`, { isExecution: true });
    const before = text.slice(0, this.#at.position);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    throw new TemplateError(`template: ${parseName}:${line}:${column}: executing ${goQuote(name)} at <${showNode(this.#at)}>: ${message}`, { isExecution: true });
  }

  #write(text: string): void {
    const { budget } = this.#context;
    budget.characters -= text.length;
    if (budget.characters < 0) this.#fail('the output is too large');
    this.#output.push(text);
  }

  #walk(dot: Maybe, list: ListNode): Jump {
    for (const node of list.nodes) {
      if (--this.#context.budget.steps < 0) this.#fail('the template runs too long');
      switch (node.kind) {
        case 'text': this.#write(node.text); break;
        case 'action': {
          this.#at = node;
          const value = this.#pipeline(dot, node.pipe);
          if (node.pipe.declared.length > 0) break;
          this.#at = node;
          this.#write(value === undefined ? '<no value>' : value instanceof GoObject ? value.print() : formatValue(value));
          break;
        }
        case 'template': this.#invoke(dot, node); break;
        case 'break': case 'continue': return node.kind;
        default: {
          const jump = node.kind === 'range' ? this.#range(dot, node) : this.#branch(dot, node);
          if (jump !== undefined) return jump;
        }
      }
    }
    return undefined;
  }

  #branch(dot: Maybe, node: BranchNode): Jump {
    const mark = this.#variables.length;
    const value = this.#pipeline(dot, node.pipe);
    const wasElement = this.#dotIsElement;
    if (node.kind === 'with' && !isEmpty(value ?? null)) this.#dotIsElement = false;
    const jump = !isEmpty(value ?? null) ? this.#walk(node.kind === 'with' ? value : dot, node.list) : node.otherwise === undefined ? undefined : this.#walk(dot, node.otherwise);
    this.#dotIsElement = wasElement;
    this.#variables.length = mark;
    return jump;
  }

  #range(dot: Maybe, node: BranchNode): Jump {
    this.#at = node;
    const mark = this.#variables.length;
    const value = this.#pipeline(dot, node.pipe);
    const inner = this.#variables.length;
    let isRun = false;
    let jump: Jump;
    const wasElement = this.#dotIsElement;
    this.#dotIsElement = value instanceof Map || (Array.isArray(value) && elementTypeOf(value) === 'interface {}');
    for (const [index, element] of this.#elements(value, node)) {
      isRun = true;
      this.#setRangeVariables(node.pipe, index, element);
      jump = this.#walk(element, node.list);
      this.#variables.length = inner;
      if (jump === 'break') break;
    }
    this.#dotIsElement = wasElement;
    jump = isRun || node.otherwise === undefined ? undefined : this.#walk(dot, node.otherwise);
    this.#variables.length = mark;
    return jump;
  }

  *#elements(value: Maybe, { pipe }: BranchNode): Iterable<[index: Maybe, element: Maybe]> {
    const map = value instanceof Map ? value : value instanceof GoObject ? value.entries() : undefined;
    if (map !== undefined) {
      for (const key of sortedKeys(map)) yield [key, map.get(key) ?? null];
    } else if (value instanceof Int) {
      if (pipe.declared.length > 1) this.#fail(`can't use ${formatValue(value)} to iterate over more than one variable`);
      for (let i = 0n; i < value.value; i++) yield [undefined, new Int(i, value.type)];
    } else if (value !== undefined && value !== null && isList(value)) {
      for (const [i, element] of value.entries()) yield [new Int(i), element];
    } else if (value !== undefined) {
      this.#fail(`range can't iterate over ${formatValue(value)}`);
    }
  }

  #setRangeVariables({ declared, isAssign }: Pipe, index: Maybe, element: Maybe): void {
    const [first, second] = declared;
    if (first === undefined) return;
    const values = second === undefined ? [element] : [index, element];
    declared.forEach(({ names: [name] }, i) => {
      if (isAssign) { this.#setVariable(name, values[i]); return; }
      const variable = this.#variables[this.#variables.length - declared.length + i];
      if (variable === undefined) return;
      variable.value = values[i];
      variable.isElement = this.#dotIsElement && i === declared.length - 1;
    });
  }

  #invoke(dot: Maybe, node: TemplateNode): void {
    this.#at = node;
    const template = this.#context.lookUpTemplate(node.name) ?? this.#fail(`template ${goQuote(node.name)} not defined`);
    if (this.#context.budget.depth >= DEPTH_MAX) this.#fail(`exceeded maximum template depth (${DEPTH_MAX})`);
    const value = node.pipe === undefined ? undefined : this.#pipeline(dot, node.pipe);
    new Evaluation(template, value, this.#output, this.#context).run();
  }

  #pipeline(dot: Maybe, pipe: Pipe): Maybe {
    this.#at = pipe;
    let value: Maybe;
    let isFirst = true;
    for (const command of pipe.commands) {
      value = this.#command(dot, command, isFirst ? NONE : { value }) ?? undefined;
      isFirst = false;
    }
    for (const { names: [name] } of pipe.declared) {
      if (pipe.isAssign) this.#setVariable(name, value);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  #setVariable(name: string, value: Maybe): void {
    const variable = this.#variables.findLast((one) => one.name === name) ?? this.#fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  #command(dot: Maybe, command: Command, final: Final): Maybe {
    const [first, ...args] = command.args;
    if (first === undefined) return undefined;
    switch (first.kind) {
      case 'field': return this.#field(dot, first, args, final);
      case 'chain': return this.#chain(dot, first, args, final);
      case 'identifier': return this.#function(dot, first, command, args, final);
      case 'variable': return this.#variable(dot, first, args, final);
      case 'pipe': this.#refuseArguments(first, args, final); return this.#pipeline(dot, first);
      default:
    }
    this.#at = first;
    this.#refuseArguments(first, args, final);
    switch (first.kind) {
      case 'bool': case 'string': return first.value;
      case 'dot': return dot;
      case 'nil': return this.#fail('nil is not a command');
      case 'number': return this.#number(first);
    }
  }

  #refuseArguments(first: Operand, args: readonly Operand[], final: Final): void {
    if (args.length > 0 || final !== NONE) this.#fail(`can't give argument to non-function ${showNode(first)}`);
  }

  #number(node: NumberNode): Value {
    this.#at = node;
    if (node.isFloat) return node.float ?? 0;
    const int = node.int ?? 0n;
    return int > 2n ** 63n - 1n ? this.#fail(`${node.text} overflows int`) : new Int(int);
  }

  #field(dot: Maybe, node: FieldNode, args: readonly Operand[], final: Final): Maybe {
    this.#at = node;
    return this.#fields(dot, { value: dot, isElement: this.#dotIsElement }, node, node.names, args, final);
  }

  #variable(dot: Maybe, node: VariableNode, args: readonly Operand[], final: Final): Maybe {
    this.#at = node;
    const [name, ...names] = node.names;
    const variable = this.#variables.findLast((one) => one.name === name) ?? this.#fail(`undefined variable: ${name}`);
    if (names.length > 0) return this.#fields(dot, variable, node, names, args, final);
    this.#refuseArguments(node, args, final);
    return variable.value;
  }

  #chain(dot: Maybe, node: ChainNode, args: readonly Operand[], final: Final): Maybe {
    this.#at = node;
    if (node.of.kind === 'nil') this.#fail(`indirection through explicit nil in ${showNode(node)}`);
    return this.#fields(dot, { value: this.#argument(dot, undefined, node.of) }, node, node.names, args, final);
  }

  #fields(dot: Maybe, { value: receiver, isElement = false }: Pick<Variable, 'value' | 'isElement'>, node: Operand, names: readonly string[], args: readonly Operand[], final: Final): Maybe {
    let value = receiver;
    let isWithin = isElement;
    names.forEach((name, i) => {
      const isLast = i === names.length - 1;
      const next = this.#member(dot, { value, isElement: isWithin }, name, node, isLast ? args : [], isLast ? final : NONE);
      isWithin = value instanceof Map;
      value = next;
    });
    return value;
  }

  #member(dot: Maybe, { value: receiver, isElement }: Pick<Variable, 'value' | 'isElement'>, name: string, node: Operand, args: readonly Operand[], final: Final): Maybe {
    if (receiver === undefined) return undefined;
    if (receiver === null) this.#fail(`nil pointer evaluating interface {}.${name}`);
    const hasArguments = args.length > 0 || final !== NONE;
    if (receiver instanceof Map) {
      if (hasArguments) this.#fail(`${name} is not a method but has arguments`);
      return receiver.get(name) ?? (isStringMap(receiver) ? '' : null);
    }
    const member = receiver instanceof GoObject ? receiver.member(name) : undefined;
    if (isMethod(member)) return this.#call(dot, member, node, name, args, final);
    if (member === undefined) this.#fail(`can't evaluate field ${name} in type ${isElement === true ? 'interface {}' : typeOf(receiver)}`);
    if (hasArguments) this.#fail(`${name} has arguments but cannot be invoked as function`);
    return member;
  }

  #function(dot: Maybe, identifier: IdentifierNode, node: Operand | Command, args: readonly Operand[], final: Final): Maybe {
    const { name } = identifier;
    this.#at = identifier;
    const fn = this.#context.functions.get(name) ?? this.#fail(`${goQuote(name)} is not a defined function`);
    return this.#call(dot, fn, node, name, args, final);
  }

  #call(dot: Maybe, fn: GoFunction | GoMethod, node: Operand | Command, name: string, args: readonly Operand[], final: Final): Maybe {
    const { params } = fn;
    const rest = 'rest' in fn ? fn.rest : undefined;
    const given = args.length + (final === NONE ? 0 : 1);
    if (rest === undefined && given !== params.length) this.#fail(`wrong number of args for ${name}: want ${params.length} got ${given}`);
    if (given < params.length) this.#fail(`wrong number of args for ${name}: want at least ${params.length} got ${args.length}`);
    if (name === 'and' || name === 'or') return this.#shortCircuit(dot, name, args, final);
    const values = args.map((arg, i) => this.#argument(dot, params[i] ?? rest ?? 'any', arg));
    if (final !== NONE) values.push(this.#validate(final.value, params[given - 1] ?? rest ?? 'any'));
    if (--this.#context.budget.steps < 0) this.#fail('the template runs too long');
    try {
      return fn.call(values.map((value) => value ?? null));
    } catch (error) {
      if (!(error instanceof FunctionError || error instanceof TemplateError)) throw error;
      this.#at = node;
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  #shortCircuit(dot: Maybe, name: 'and' | 'or', args: readonly Operand[], final: Final): Maybe {
    let value: Maybe;
    for (const arg of args) {
      value = this.#argument(dot, 'any', arg);
      if (isEmpty(value ?? null) === (name === 'and')) return value;
    }
    return final === NONE ? value : final.value;
  }

  /** An argument's value, checked against the parameter's type; undefined: any at all. */
  #argument(dot: Maybe, type: ParamType | undefined, node: Operand): Maybe {
    this.#at = node;
    switch (node.kind) {
      case 'dot': return this.#validate(dot, type);
      case 'nil': if (type !== undefined && !canBeNil(type)) this.#fail(`cannot assign nil to ${typeName(type)}`); return undefined;
      case 'field': return this.#validate(this.#field(dot, node, [], NONE), type);
      case 'variable': return this.#validate(this.#variable(dot, node, [], NONE), type);
      case 'pipe': return this.#validate(this.#pipeline(dot, node), type);
      case 'identifier': return this.#validate(this.#function(dot, node, node, [], NONE), type);
      case 'chain': return this.#validate(this.#chain(dot, node, [], NONE), type);
      default: return this.#literal(type ?? 'any', node);
    }
  }

  #literal(type: ParamType, node: Extract<Operand, { kind: 'bool' | 'string' | 'number' }>): Value {
    switch (type) {
      case 'any': return node.kind === 'number' ? this.#number(node) : node.value;
      case 'bool': return node.kind === 'bool' ? node.value : this.#fail(`expected bool; found ${showNode(node)}`);
      case 'string': return node.kind === 'string' ? node.value : this.#fail(`expected string; found ${showNode(node)}`);
      case 'int': case 'int64': return node.kind === 'number' && node.int !== undefined ? new Int(node.int, type) : this.#fail(`expected integer; found ${showNode(node)}`);
      case 'uint32': return node.kind === 'number' && node.int !== undefined && node.int >= 0n ? new Int(node.int, 'uint64') : this.#fail(`expected unsigned integer; found ${showNode(node)}`);
      case 'float64': return node.kind === 'number' && node.float !== undefined ? node.float : this.#fail(`expected float; found ${showNode(node)}`);
      default: return this.#fail(`can't handle ${showNode(node)} for arg of type ${typeName(type)}`);
    }
  }

  #validate(value: Maybe, type: ParamType | undefined): Maybe {
    if (type === undefined || type === 'any') return value;
    if (value === undefined) return canBeNil(type) ? undefined : this.#fail(`invalid value; expected ${typeName(type)}`);
    if (value === null || !isAssignable(value, type)) this.#fail(`wrong type for value; expected ${typeName(type)}; got ${value === null ? 'interface {}' : typeOf(value)}`);
    return value;
  }
}

/** The value that a pipeline hands on, or that there is none. */
type Final = { value: Maybe };
const NONE: Final = { value: undefined };

function isMethod(member: Value | GoMethod | undefined): member is GoMethod {
  return typeof member === 'object' && member !== null && 'call' in member && 'params' in member;
}
