const CONTEXT_LINES = 3;

/** How two texts differ, as a unified diff without file names; '' when they do not. */
export function unifiedDiff(before: string, after: string): string {
  const edits = editScript(before.split('\n'), after.split('\n'));
  return hunksOf(edits).map(formatHunk).join('');
}

interface Edit { sign: ' ' | '-' | '+'; line: string; beforeLine: number; afterLine: number }

/** Cells of the table by which the shortest way is found: beyond, the whole difference is replaced at once. */
const TABLE_CELLS_MAX = 4_000_000;

/** The way from one list of lines to the other, removals before additions; the shortest one for all but huge differences. */
function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (start: number, count: number, shift: number): Edit[] => Array.from({ length: count }, (_, i) => ({ sign: ' ' as const, line: before[start + i] ?? '', beforeLine: start + i, afterLine: start + i + shift }));
  const middle = middleScript(before.slice(head, before.length - tail), after.slice(head, after.length - tail), head);
  return [...same(0, head, 0), ...middle, ...same(before.length - tail, tail, after.length - before.length)];
}

/** As above for lists that begin and end differently; both start at line `offset`. */
function middleScript(before: readonly string[], after: readonly string[], offset: number): Edit[] {
  const common = before.length * after.length > TABLE_CELLS_MAX ? [] : commonTable(before, after);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  const push = (sign: Edit['sign'], line: string | undefined): void => { edits.push({ sign, line: line ?? '', beforeLine: offset + i, afterLine: offset + j }); };
  while (i < before.length || j < after.length) {
    if (common.length > 0 && i < before.length && j < after.length && before[i] === after[j]) { push(' ', before[i]); i++; j++; }
    else if (i < before.length && (j === after.length || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) { push('-', before[i]); i++; }
    else { push('+', after[j]); j++; }
  }
  return edits;
}

/** Lengths of longest common subsequences of all pairs of tails. */
function commonTable(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    const [row, below] = [table[i], table[i + 1]] as [Uint32Array, Uint32Array]; // both exist by the table's size
    for (let j = after.length - 1; j >= 0; j--) row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return table;
}

/** Changes with the lines around them; those that are close to each other together. */
function hunksOf(edits: readonly Edit[]): Edit[][] {
  const hunks: Edit[][] = [];
  let end = -1;
  edits.forEach(({ sign }, index) => {
    if (sign === ' ') return;
    const from = Math.max(index - CONTEXT_LINES, end + 1);
    const until = Math.min(index + CONTEXT_LINES, edits.length - 1);
    const last = hunks.at(-1);
    if (last !== undefined && index - CONTEXT_LINES <= end + 1) last.push(...edits.slice(end + 1, until + 1));
    else hunks.push(edits.slice(from, until + 1));
    end = until;
  });
  return hunks;
}

function formatHunk(edits: readonly Edit[]): string {
  const [first] = edits as [Edit, ...Edit[]]; // a hunk holds at least its change
  const count = (without: '+' | '-'): number => edits.filter(({ sign }) => sign !== without).length;
  const range = (start: number, length: number): string => (length === 1 ? String(start + 1) : `${length === 0 ? start : start + 1},${length}`);
  return `@@ -${range(first.beforeLine, count('+'))} +${range(first.afterLine, count('-'))} @@\n${edits.map(({ sign, line }) => `${sign}${line}\n`).join('')}`;
}
