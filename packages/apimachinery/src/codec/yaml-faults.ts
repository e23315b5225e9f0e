import type { YAMLError } from 'yaml';

/** Faults of the scanner count lines from one, those of the parser from zero; on the first line neither says where. */
type Source = 'scanner' | 'parser';

/** The words of Kubernetes' parser for the faults that people make; others in those of ours. */
export function yamlFault(error: YAMLError, { text, line }: { text: string; /** Counted from zero. */ line: number }): string {
  const { source, what, at = line } = explain(error, text, line);
  const shown = at === 0 ? 0 : source === 'scanner' ? at + 1 : at;
  return shown === 0 ? `yaml: ${what}` : `yaml: line ${shown}: ${what}`;
}

interface Explanation { source: Source; what: string; /** Line, counted from zero, where it is not that of our parser. */ at?: number }

function explain({ code, message }: YAMLError, text: string, line: number): Explanation {
  const plain = message.split(/ at line |:\n/)[0] ?? message;
  if (code === 'TAB_AS_INDENT' || code === 'BAD_SCALAR_START') return { source: 'scanner', what: 'found character that cannot start any token' };
  if (/closing .*quote/i.test(plain)) return { source: 'scanner', what: 'found unexpected end of stream', at: endLine(text) - 1 };
  const flow = /^Flow (map|sequence)|flow (map|sequence)/i.exec(plain);
  if (flow !== null && (code === 'MISSING_CHAR' || code === 'BAD_INDENT')) {
    const wantsNode = /[[{,:]\s*$/.test(text); // the text ends where a value would have to begin
    return { source: 'parser', what: wantsNode ? 'did not find expected node content' : `did not find expected ',' or '${/map/i.test(flow[0]) ? '}' : ']'}'`, at: wantsNode ? endLine(text) : Math.max(1, line) };
  }
  if (/^Unexpected flow-(map|seq)-end/.test(plain)) return { source: 'parser', what: 'did not find expected node content' };
  if (/Unexpected block-seq-ind|block sequence may not|block-seq-ind on same line/i.test(plain)) return { source: 'scanner', what: 'block sequence entries are not allowed in this context' };
  if (/must start at the same column/.test(plain)) return { source: 'parser', what: /sequence/i.test(plain) ? "did not find expected '-' indicator" : 'did not find expected key' };
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || /Nested mappings are not allowed/.test(plain)) return { source: 'scanner', what: 'mapping values are not allowed in this context' };
  if (code === 'MISSING_CHAR' || code === 'MULTILINE_IMPLICIT_KEY') return { source: 'scanner', what: "could not find expected ':'" };
  return { source: 'scanner', what: plain };
}

/** The line behind the last, counted from zero. */
function endLine(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}
