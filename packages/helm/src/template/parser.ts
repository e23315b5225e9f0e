import { goQuote } from '@kubernode/apimachinery';
import { showToken, tokenize, type Token, type TokenType } from './lexer.ts';
import { parseNumber, unquote } from './literals.ts';
import { isBlank, showNode, type ActionNode, type BranchNode, type ChainNode, type Command, type ListNode, type Node, type Operand, type Pipe, type Template, type VariableNode } from './nodes.ts';
import { TemplateError } from './template-error.ts';

export interface ParseOptions {
  /** What the text is called in errors, and as a template. */
  name: string;
  hasFunction(name: string): boolean;
}

/** Parentheses and blocks within each other. */
const NESTING_MAX = 1000;

/** The templates of a text by name: its own, and each that it defines. Throws TemplateError. */
export function parseTemplates(text: string, options: ParseOptions): Map<string, Template> {
  const parser = new Parser(text, options);
  parser.parse();
  return parser.templates;
}

/** What ended a list: `end` or `else`. */
interface Terminator { kind: 'end' | 'else'; position: number }

/** Walks over the tokens of one text once. */
class Parser {
  readonly templates = new Map<string, Template>();
  readonly #text: string;
  readonly #options: ParseOptions;
  readonly #tokens: readonly Token[];
  #next = 0;
  #variables = ['$'];
  #rangeDepth = 0;
  #depth = 0;
  #actionLine = 0;

  constructor(text: string, options: ParseOptions) {
    this.#text = text;
    this.#options = options;
    this.#tokens = tokenize(text);
  }

  parse(): void {
    const root: ListNode = { kind: 'list', position: 0, nodes: [] };
    while (this.#peek().type !== 'eof') {
      if (this.#peek().type === 'leftDelim' && this.#definitionFollows()) { this.#definition(); continue; }
      const node = this.#textOrAction();
      if (isTerminator(node)) this.#fail(`unexpected {{${node.kind}}}`);
      root.nodes.push(node);
    }
    this.#add(this.#options.name, root);
  }

  #add(name: string, root: ListNode): void {
    const known = this.templates.get(name);
    if (known !== undefined && !isBlank(known.root)) {
      if (!isBlank(root)) this.#fail(`template: multiple definition of template ${goQuote(name)}`);
      return;
    }
    this.templates.set(name, { name, parseName: this.#options.name, text: this.#text, root });
  }

  #peek(): Token { return this.#tokens[this.#next] ?? this.#last(); }
  #last(): Token { return this.#tokens.at(-1) ?? { type: 'eof', position: 0, text: '', line: 1 }; }
  #take(): Token { const token = this.#peek(); if (this.#next < this.#tokens.length) this.#next++; return token; }
  #skipSpace(): void { while (this.#peek().type === 'space') this.#next++; }
  #peekNonSpace(): Token { this.#skipSpace(); return this.#peek(); }
  #takeNonSpace(): Token { this.#skipSpace(); return this.#take(); }

  /** Goes on behind `{{define` if that is what comes. */
  #definitionFollows(): boolean {
    let at = this.#next + 1;
    while (this.#tokens[at]?.type === 'space') at++;
    if (this.#tokens[at]?.type !== 'define') return false;
    this.#next = at + 1;
    return true;
  }

  #fail(message: string, line?: number): never {
    const at = line ?? (this.#tokens[Math.max(0, this.#next - 1)] ?? this.#last()).line;
    throw new TemplateError(`template: ${this.#options.name}:${at}: ${message}`);
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.#fail(`unexpected ${showToken(token, goQuote)} in ${context}`, token.line);
    let extra = this.#actionLine !== 0 && this.#actionLine !== token.line ? ` in action started at ${this.#options.name}:${this.#actionLine}` : '';
    if (extra !== '' && token.text.endsWith(' action')) extra = extra.slice(' in action'.length);
    this.#fail(`${token.text}${extra}`, token.line);
  }

  #expect(type: TokenType, context: string): Token {
    const token = this.#takeNonSpace();
    if (token.type !== type) this.#unexpected(token, context);
    return token;
  }

  #quotedName(context: string): string {
    const token = this.#takeNonSpace();
    if (token.type !== 'string' && token.type !== 'rawString') this.#unexpected(token, context);
    return unquote(token.text) ?? this.#fail('invalid syntax');
  }

  #definition(): void {
    const name = this.#quotedName('define clause');
    this.#expect('rightDelim', 'define clause');
    this.#add(name, this.#body('define clause'));
  }

  /** A list of its own variables up to its end. */
  #body(context: string): ListNode {
    const [variables, rangeDepth] = [this.#variables, this.#rangeDepth];
    [this.#variables, this.#rangeDepth] = [['$'], 0];
    const [list, end] = this.#list();
    if (end.kind !== 'end') this.#fail(`unexpected {{${end.kind}}} in ${context}`);
    [this.#variables, this.#rangeDepth] = [variables, rangeDepth];
    return list;
  }

  #list(): [ListNode, Terminator] {
    if (++this.#depth > NESTING_MAX) this.#fail('max expression depth exceeded');
    const list: ListNode = { kind: 'list', position: this.#peekNonSpace().position, nodes: [] };
    while (this.#peekNonSpace().type !== 'eof') {
      const node = this.#textOrAction();
      if (isTerminator(node)) { this.#depth--; return [list, node]; }
      list.nodes.push(node);
    }
    return this.#fail('unexpected EOF', this.#peek().line);
  }

  #textOrAction(): Node | Terminator {
    const token = this.#takeNonSpace();
    if (token.type === 'text') return { kind: 'text', position: token.position, text: token.text };
    if (token.type !== 'leftDelim') this.#unexpected(token, 'input');
    this.#actionLine = token.line;
    const node = this.#action();
    this.#actionLine = 0;
    return node;
  }

  #action(): Node | Terminator {
    const token = this.#takeNonSpace();
    switch (token.type) {
      case 'block': return this.#block(token);
      case 'break': case 'continue': return this.#jump(token.type, token);
      case 'else': return this.#else();
      case 'end': return { kind: 'end', position: this.#expect('rightDelim', 'end').position };
      case 'if': case 'with': case 'range': return this.#branch(token.type);
      case 'template': return this.#template();
      default:
    }
    this.#next--;
    const action: ActionNode = { kind: 'action', position: token.position, pipe: this.#pipeline('command', 'rightDelim') };
    return action;
  }

  #jump(kind: 'break' | 'continue', { position }: Token): Node {
    const token = this.#takeNonSpace();
    if (token.type !== 'rightDelim') this.#unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) this.#fail(`{{${kind}}} outside {{range}}`);
    return { kind, position };
  }

  #else(): Terminator {
    const peek = this.#peekNonSpace();
    if (peek.type === 'if' || peek.type === 'with') return { kind: 'else', position: peek.position };
    return { kind: 'else', position: this.#expect('rightDelim', 'else').position };
  }

  #branch(kind: BranchNode['kind']): BranchNode {
    const known = this.#variables.length;
    const pipe = this.#pipeline(kind, 'rightDelim');
    if (kind === 'range') this.#rangeDepth++;
    const [list, end] = this.#list();
    if (kind === 'range') this.#rangeDepth--;
    let otherwise: ListNode | undefined;
    if (end.kind === 'else') {
      const { type } = this.#peek();
      if (kind !== 'range' && type === kind) {
        this.#next++;
        otherwise = { kind: 'list', position: end.position, nodes: [this.#branch(kind)] };
      } else {
        const [rest, last] = this.#list();
        if (last.kind !== 'end') this.#fail('expected end; found {{else}}');
        otherwise = rest;
      }
    }
    this.#variables.length = known;
    return { kind, position: pipe.position, pipe, list, otherwise };
  }

  #block(token: Token): Node {
    const context = 'block clause';
    const name = this.#quotedName(context);
    const pipe = this.#pipeline(context, 'rightDelim');
    this.#add(name, this.#body(context));
    return { kind: 'template', position: token.position, name, pipe };
  }

  #template(): Node {
    const context = 'template clause';
    const { position } = this.#peekNonSpace();
    const name = this.#quotedName(context);
    const pipe = this.#peekNonSpace().type === 'rightDelim' ? undefined : this.#pipeline(context, 'rightDelim');
    if (pipe === undefined) this.#next++;
    return { kind: 'template', position, name, pipe };
  }

  #pipeline(context: string, end: TokenType): Pipe {
    const pipe: Pipe = { kind: 'pipe', position: this.#peekNonSpace().position, declared: [], isAssign: false, commands: [] };
    this.#declarations(pipe, context);
    for (;;) {
      const token = this.#takeNonSpace();
      switch (token.type) {
        case end: this.#checkPipeline(pipe, context); return pipe;
        case 'bool': case 'charConstant': case 'complex': case 'dot': case 'field': case 'identifier': case 'number': case 'nil': case 'rawString': case 'string': case 'variable': case 'leftParen':
          this.#next--;
          pipe.commands.push(this.#command());
          break;
        default: this.#unexpected(token, context);
      }
    }
  }

  #declarations(pipe: Pipe, context: string): void {
    while (this.#peekNonSpace().type === 'variable') {
      const start = this.#next;
      const token = this.#take();
      const next = this.#peekNonSpace();
      const isLast = next.type === 'assign' || next.type === 'declare';
      if (!isLast && !(next.type === 'char' && next.text === ',')) { this.#next = start; return; }
      this.#next++;
      pipe.declared.push({ kind: 'variable', position: token.position, names: [token.text] });
      this.#variables.push(token.text);
      if (isLast) { pipe.isAssign = next.type === 'assign'; return; }
      if (context !== 'range' || pipe.declared.length >= 2) this.#fail(`too many declarations in ${context}`);
      if (!['variable', 'rightDelim', 'rightParen'].includes(this.#peekNonSpace().type)) this.#fail('range can only initialize variables');
    }
  }

  #checkPipeline(pipe: Pipe, context: string): void {
    if (pipe.commands.length === 0) this.#fail(`missing value for ${context}`);
    pipe.commands.slice(1).forEach(({ args: [first] }, i) => {
      if (first !== undefined && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind)) this.#fail(`non executable command in pipeline stage ${i + 2}`);
    });
  }

  #command(): Command {
    const command: Command = { kind: 'command', position: this.#peekNonSpace().position, args: [] };
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) command.args.push(operand);
      const token = this.#take();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.#next--;
      else if (token.type !== 'pipe') this.#unexpected(token, 'operand');
      break;
    }
    if (command.args.length === 0) this.#fail('empty command');
    return command;
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (node === undefined || this.#peek().type !== 'field') return node;
    const chain: ChainNode = { kind: 'chain', position: this.#peek().position, of: node, names: [] };
    while (this.#peek().type === 'field') chain.names.push(this.#take().text.slice(1));
    switch (node.kind) {
      case 'field': return { kind: 'field', position: chain.position, names: [...node.names, ...chain.names] };
      case 'variable': return { kind: 'variable', position: chain.position, names: [...node.names, ...chain.names] };
      case 'bool': case 'string': case 'number': case 'nil': case 'dot': return this.#fail(`unexpected . after term ${goQuote(showNode(node))}`);
      default: return chain;
    }
  }

  #term(): Operand | undefined {
    const token = this.#takeNonSpace();
    const { position, text } = token;
    switch (token.type) {
      case 'identifier':
        if (!this.#options.hasFunction(text)) this.#fail(`function ${goQuote(text)} not defined`);
        return { kind: 'identifier', position, name: text };
      case 'dot': case 'nil': return { kind: token.type, position };
      case 'variable': return this.#useVariable({ kind: 'variable', position, names: [text] });
      case 'field': return { kind: 'field', position, names: [text.slice(1)] };
      case 'bool': return { kind: 'bool', position, value: text === 'true' };
      case 'number': case 'charConstant': case 'complex': {
        const number = parseNumber(text, position);
        return typeof number === 'string' ? this.#fail(number) : number;
      }
      case 'leftParen': {
        if (++this.#depth > NESTING_MAX) this.#fail('max expression depth exceeded');
        const pipe = this.#pipeline('parenthesized pipeline', 'rightParen');
        this.#depth--;
        return pipe;
      }
      case 'string': case 'rawString': return { kind: 'string', position, quoted: text, value: unquote(text) ?? this.#fail('invalid syntax') };
      default: this.#next--; return undefined;
    }
  }

  #useVariable(variable: VariableNode): VariableNode {
    if (!this.#variables.includes(variable.names[0])) this.#fail(`undefined variable ${goQuote(variable.names[0])}`);
    return variable;
  }
}

function isTerminator(node: Node | Terminator): node is Terminator { return node.kind === 'end' || node.kind === 'else'; }
