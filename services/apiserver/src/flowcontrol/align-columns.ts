const CELL_WIDTH_MIN = 8;

/** Lines of comma-ended cells, each column as wide as its widest cell and a space; the last one is not padded. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell, index) => (index < row.length - 1 ? `${cell},` : cell)));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(CELL_WIDTH_MIN, ...cells.map((row) => (row[column] ?? '').length + 1)));
  return cells.map((row) => `${row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell)).join('')}\n`).join('');
}
