const CONTEXT_LINES = 3;

/** How two texts differ, as a unified diff without file names; '' when they do not. */
export function unifiedDiff(before: string, after: string): string {
  const edits = editScript(before.split('\n'), after.split('\n'));
  return hunksOf(edits).map(formatHunk).join('');
}

interface Edit { sign: ' ' | '-' | '+'; line: string; beforeLine: number; afterLine: number }

/** The shortest way from one list of lines to the other, removals before additions. */
function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  const common = commonTable(before, after);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) edits.push({ sign: ' ', line: before[i] ?? '', beforeLine: i++, afterLine: j++ });
    else if (i < before.length && (j === after.length || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) edits.push({ sign: '-', line: before[i] ?? '', beforeLine: i++, afterLine: j });
    else edits.push({ sign: '+', line: after[j] ?? '', beforeLine: i, afterLine: j++ });
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
