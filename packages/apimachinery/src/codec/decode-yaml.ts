import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type ScalarTag, type YAMLError } from 'yaml';
import { DecodeError } from '../schema/decode-context.ts';
import { goQuote } from './go-text.ts';
import { resolvePlain } from './yaml-scalars.ts';

export interface DecodedYaml {
  value: unknown;
  /** `line 4: key "a" already set in map` for each key that stands twice in one map; the last one counts. */
  duplicates: readonly string[];
}

/** How often aliases may multiply what they stand for. */
const ALIASES_MAX = 1000;

/**
 * The first document of a YAML text as the JSON that Kubernetes makes of it.
 * @throws DecodeError, `yaml: line 3: …`.
 */
export function decodeYaml(text: string): DecodedYaml {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { customTags: () => TAGS, resolveKnownTags: false, merge: true, uniqueKeys: false, logLevel: 'silent', lineCounter, stringKeys: false });
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error !== undefined) throw new DecodeError(yamlFault(error));
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }) ?? null, duplicates: duplicatesOf(document, lineCounter) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const alias = /^Unresolved alias .*: (\S+)$/.exec(message)?.[1];
    if (alias !== undefined) throw new DecodeError(`yaml: unknown anchor '${alias}' referenced`);
    throw new DecodeError(/alias count/i.test(message) ? 'yaml: document contains excessive aliasing' : `yaml: ${message}`);
  }
}

/** Every plain scalar is one rule's: Kubernetes' resolver decides. */
const PLAIN: ScalarTag = { tag: 'tag:kubernetes,2014:plain', default: true, test: /^(?:[-+.~]?[0-9._]|~|[yYnNtTfFoO]|$)/, resolve: (text) => resolvePlain(text), stringify: ({ value }) => String(value) };
const STRING: ScalarTag = { tag: 'tag:yaml.org,2002:str', default: true, resolve: (text) => text, stringify: ({ value }) => String(value) };
const TAGS: ('map' | 'seq' | ScalarTag)[] = ['map', 'seq', STRING, PLAIN];

/** The words of Kubernetes' parser for the faults that users make; others in those of ours. */
function yamlFault({ code, message, linePos }: YAMLError): string {
  const line = linePos?.[0].line ?? 1;
  const plain = message.split(' at line ')[0] ?? message;
  if (code === 'TAB_AS_INDENT' || code === 'BAD_SCALAR_START') return `yaml: line ${line}: found character that cannot start any token`;
  const flow = /^Flow (map|sequence)|flow (map|sequence)/i.exec(plain);
  if (flow !== null && (code === 'MISSING_CHAR' || code === 'BAD_INDENT')) return `yaml: line ${Math.max(1, line - 1)}: did not find expected ',' or '${/map/i.test(flow[0]) ? '}' : ']'}'`; // counted from zero there
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return `yaml: line ${line}: mapping values are not allowed in this context`;
  if (code === 'MISSING_CHAR' || code === 'MULTILINE_IMPLICIT_KEY') return `yaml: line ${line}: could not find expected ':'`;
  return `yaml: line ${line}: ${plain}`;
}

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
