/** Rows as Helm prints them: cells as wide as their column's widest, a tab between them; a cell may have several lines. */
export function helmTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.split('\n')));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...cells.flatMap((row) => (row[column] ?? []).map((line) => line.length))));
  const lines = cells.flatMap((row) => Array.from({ length: Math.max(...row.map((cell) => cell.length)) }, (_, line) => row.map((cell, column) => (cell[line] ?? '').padEnd(widths[column] ?? 0)).join('\t')));
  return `${lines.join('\n')}\n`;
}
