import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type ScalarTag, visit } from 'yaml';
import { isDeeperThan, valuesIn } from '../nesting.ts';
import { DecodeError } from '../schema/decode-context.ts';
import { goQuote } from './go-text.ts';
import { yamlFault } from './yaml-faults.ts';
import { resolvePlain } from './yaml-scalars.ts';

export interface DecodedYaml {
  value: unknown;
  /** `line 4: key "a" already set in map` for each key that stands twice in one map; the last one counts. */
  duplicates: readonly string[];
}

/** How often aliases may multiply what they stand for. */
const ALIASES_MAX = 1000;
/** Deeper nesting is refused before anybody recurses into it: what composes YAML takes more of the stack than what walks through JSON. */
const DEPTH_MAX = 300;
/** Words, marks and spaces of a text: a manifest of a megabyte has some 200,000. Each takes microseconds, in which nobody else is served. */
const LEXEMES_MAX = 500_000;

/**
 * The first document of a YAML text as the JSON that Kubernetes makes of it.
 * @throws DecodeError, `yaml: line 3: …`.
 */
export function decodeYaml(text: string): DecodedYaml {
  if (CONTROL.test(text)) throw new DecodeError('yaml: control characters are not allowed');
  const lineCounter = new LineCounter();
  const document = firstDocument(text, lineCounter);
  const [error] = document.errors;
  if (error !== undefined) throw new DecodeError(yamlFault(error, { text, line: lineCounter.linePos(error.pos[0]).line - 1 }));
  const { hasAliases } = refuseUnfit(document);
  const value = valueOf(document);
  if (hasAliases && isDeeperThan(DEPTH_MAX, value, valuesIn)) throw new DecodeError(TOO_DEEP); // aliases of what has aliases
  return { value, duplicates: duplicatesOf(document, lineCounter) };
}

function firstDocument(text: string, lineCounter: LineCounter): Document {
  const composer = new Composer({ customTags: () => TAGS, resolveKnownTags: false, merge: true, uniqueKeys: false, logLevel: 'silent', lineCounter, stringKeys: false });
  for (const document of composer.compose(shallow(tokensOf(text, lineCounter)), true, text.length)) return document;
  throw new Error('broken invariant: the composer was asked for a document');
}

/** What the parser makes of the text, which ends where lists and maps in brackets are too deep, or where it is too long to be read while others wait. */
function* tokensOf(text: string, lineCounter: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lineCounter.addNewLine);
  lineCounter.addNewLine(0); // as the parser's own loop begins
  let [open, count] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '[' || lexeme === '{') open++; else if (lexeme === ']' || lexeme === '}') open--;
    if (open > DEPTH_MAX) throw new DecodeError(TOO_DEEP);
    if (++count > LEXEMES_MAX) throw new DecodeError('yaml: the text has too many parts; send it as JSON');
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Up to the end of the first document. The parser keeps what is open on a list; the composer recurses. */
function* shallow(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let hasDocument = false;
  for (const token of tokens) {
    if (token.type === 'document') {
      if (hasDocument) return;
      hasDocument = true;
      if (token.value !== undefined && isDeeperThan(DEPTH_MAX, token.value, partsOf)) throw new DecodeError(TOO_DEEP);
    }
    yield token;
  }
}

const TOO_DEEP = 'yaml: exceeded max depth of 10000'; // Kubernetes' words; its parser gives up later

function partsOf(token: CST.Token): readonly CST.Token[] {
  return 'items' in token ? token.items.flatMap(({ key, value }) => [key, value].filter((part) => part !== undefined && part !== null)) : [];
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX }) ?? null;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const alias = /^Unresolved alias .*: (\S+)$/.exec(message)?.[1];
    if (alias !== undefined) throw new DecodeError(`yaml: unknown anchor '${alias}' referenced`);
    throw new DecodeError(/alias count/i.test(message) ? 'yaml: document contains excessive aliasing' : `yaml: ${message}`);
  }
}

/** What Kubernetes' reader takes for no text. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/; // eslint-disable-line no-control-regex

/** Keys that are no scalars, and anchors within what they name: neither has a place in JSON. */
function refuseUnfit(document: Document): { hasAliases: boolean } {
  let hasAliases = false;
  visit(document, {
    Pair(_key, { key }) {
      if (isMap(key) || isSeq(key)) throw new DecodeError(`yaml: invalid map key: ${isMap(key) ? 'map[interface {}]interface {}' : '[]interface {}'}${goQuote(String(key))}`);
    },
    Alias(_key, { source }, path) {
      hasAliases = true;
      if (path.some((node) => (isMap(node) || isSeq(node)) && node.anchor === source)) throw new DecodeError(`yaml: anchor '${source}' value contains itself`);
    },
  });
  return { hasAliases };
}

/** Every plain scalar is one rule's: Kubernetes' resolver decides. */
const PLAIN: ScalarTag = { tag: 'tag:kubernetes,2014:plain', default: true, test: /^(?:[-+.~]?[0-9._]|~|[yYnNtTfFoO]|$)/, resolve: (text) => resolvePlain(text), stringify: ({ value }) => String(value) };
const STRING: ScalarTag = { tag: 'tag:yaml.org,2002:str', default: true, resolve: (text) => text, stringify: ({ value }) => String(value) };
const TAGS: ('map' | 'seq' | ScalarTag)[] = ['map', 'seq', STRING, PLAIN];

function duplicatesOf(document: Document, lineCounter: LineCounter): string[] {
  const found: string[] = [];
  const pending: unknown[] = [document.contents];
  while (pending.length > 0) {
    const node = pending.shift();
    if (isAlias(node)) continue;
    if (isSeq(node)) pending.push(...node.items);
    if (!isMap(node)) continue;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name !== undefined && seen.has(name) && name !== '<<') found.push(`line ${lineCounter.linePos(isScalar(key) ? key.range?.[0] ?? 0 : 0).line}: key ${goQuote(name)} already set in map`);
      if (name !== undefined) seen.add(name);
      pending.push(value);
    }
  }
  return found;
}
