/** A fault of an expression's text, at a position in code points; -1 stands before the text. */
export interface SourceFault {
  offset: number;
  message: string;
}

const LONGEST_SNIPPET = 16_384; // characters; longer lines are not shown
const MOST_FAULTS = 100;

/** Faults as cel-go prints them: `ERROR: <input>:LINE:COLUMN: MESSAGE`, the line, and a mark below the place. Ordered by position. */
export function formatFaults(text: string, faults: readonly SourceFault[]): string {
  const lines = text.split('\n');
  const placed = faults.slice(0, MOST_FAULTS).map((fault) => ({ fault, ...placeOf(text, fault.offset) }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const shown = placed.map(({ fault, line, column }) => `ERROR: <input>:${line}:${column + 1}: ${fault.message}${snippet(lines[line - 1], column)}`);
  if (faults.length > MOST_FAULTS) shown.push(`${faults.length - MOST_FAULTS} more errors were truncated`);
  return shown.join('\n');
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  if (offset < 0) return { line: 1, column: -1 };
  const before = Array.from(text).slice(0, offset).join('').split('\n');
  return { line: before.length, column: Array.from(before.at(-1) ?? '').length };
}

function snippet(line: string | undefined, column: number): string {
  if (line === undefined || line === '' && column < 0 || line.length > LONGEST_SNIPPET) return '';
  const characters = Array.from(line.replaceAll('\t', ' '));
  const mark = (character: string | undefined, narrow: string, wide: string): string => (character !== undefined && character > '\u007f' ? wide : narrow);
  const dots = characters.slice(0, Math.max(column, 0)).map((c) => mark(c, '.', '\uff0e')).join('');
  return `\n | ${characters.join('')}\n | ${dots}${mark(characters[column], '^', '\uff3e')}`;
}
