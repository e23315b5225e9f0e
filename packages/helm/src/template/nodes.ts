import { goQuote } from '@kubernode/apimachinery';

/** Where a node stands in its text; what errors point at. */
interface Placed { position: number }

export interface TextNode extends Placed { kind: 'text'; text: string }
export interface ActionNode extends Placed { kind: 'action'; pipe: Pipe }
export interface BranchNode extends Placed { kind: 'if' | 'with' | 'range'; pipe: Pipe; list: ListNode; otherwise: ListNode | undefined }
export interface TemplateNode extends Placed { kind: 'template'; name: string; pipe: Pipe | undefined }
export interface JumpNode extends Placed { kind: 'break' | 'continue' }
export type Node = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;
export interface ListNode extends Placed { kind: 'list'; nodes: Node[] }

export interface Pipe extends Placed { kind: 'pipe'; declared: VariableNode[]; isAssign: boolean; commands: Command[] }
export interface Command extends Placed { kind: 'command'; args: Operand[] }
export interface IdentifierNode extends Placed { kind: 'identifier'; name: string }
/** `$x.a.b`: the first name has its `$`. */
export interface VariableNode extends Placed { kind: 'variable'; names: readonly [string, ...string[]] }
export interface FieldNode extends Placed { kind: 'field'; names: readonly string[] }
export interface ChainNode extends Placed { kind: 'chain'; of: Operand; names: string[] }
export interface LiteralNode extends Placed { kind: 'dot' | 'nil' }
export interface BoolNode extends Placed { kind: 'bool'; value: boolean }
export interface StringNode extends Placed { kind: 'string'; quoted: string; value: string }
export interface NumberNode extends Placed { kind: 'number'; text: string; int: bigint | undefined; float: number | undefined; /** Written with a point or an exponent. */ isFloat: boolean }
export type Operand = Pipe | IdentifierNode | VariableNode | FieldNode | ChainNode | LiteralNode | BoolNode | StringNode | NumberNode;

/** A parsed template. */
export interface Template {
  name: string;
  /** The name of the text that it stands in. */
  parseName: string;
  text: string;
  root: ListNode;
}

/** A node as Go's parser prints it again; errors show it. */
export function showNode(node: Node | ListNode | Operand | Command): string {
  switch (node.kind) {
    case 'text': return node.text;
    case 'action': return `{{${showNode(node.pipe)}}}`;
    case 'list': return node.nodes.map(showNode).join('');
    case 'if': case 'with': case 'range':
      return `{{${node.kind} ${showNode(node.pipe)}}}${showNode(node.list)}${node.otherwise === undefined ? '' : `{{else}}${showNode(node.otherwise)}`}{{end}}`;
    case 'template': return `{{template ${goQuote(node.name)}${node.pipe === undefined ? '' : ` ${showNode(node.pipe)}`}}}`;
    case 'break': case 'continue': return `{{${node.kind}}}`;
    case 'pipe': return `${node.declared.length > 0 ? `${node.declared.map(showNode).join(', ')} ${node.isAssign ? '=' : ':='} ` : ''}${node.commands.map(showNode).join(' | ')}`;
    case 'command': return node.args.map((arg) => (arg.kind === 'pipe' ? `(${showNode(arg)})` : showNode(arg))).join(' ');
    case 'identifier': return node.name;
    case 'variable': return node.names.join('.');
    case 'field': return node.names.map((name) => `.${name}`).join('');
    case 'chain': return `${node.of.kind === 'pipe' ? `(${showNode(node.of)})` : showNode(node.of)}${node.names.map((name) => `.${name}`).join('')}`;
    case 'dot': return '.';
    case 'nil': return 'nil';
    case 'bool': return String(node.value);
    case 'string': return node.quoted;
    case 'number': return node.text;
  }
}

/** Whether there is nothing but space in it. */
export function isBlank(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === 'text' && /^[\s\u0085]*$/.test(node.text));
}
