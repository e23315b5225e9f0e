// Keeps files and functions readable: no source file over 600 lines, no function over 70. Generated files and data are exempt by their
// first line, tests by their name.
// usage: tsx hack/verify-sizes.ts
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FILE_LINES_MAX = 600;
const FUNCTION_LINES_MAX = 70;
const root = path.join(import.meta.dirname, '..');

const problems: string[] = [];
for (const folder of ['packages', 'services', 'hack', 'bench']) {
  for (const file of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.includes('node_modules')) continue;
    checkFile(path.join(folder, file));
  }
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`sizes: ${problems.length} problems\n`);
process.exit(problems.length > 0 ? 1 : 0);

function checkFile(shown: string): void {
  const text = readFileSync(path.join(root, shown), 'utf8');
  if (text.startsWith('// Generated')) return;
  const lines = text.split('\n');
  if (lines.length > FILE_LINES_MAX) problems.push(`${shown}: ${lines.length} lines, at most ${FILE_LINES_MAX}`);
  lines.forEach((line, start) => {
    const [, indent] = /^(\s*)(?:export )?(?:async )?function\b.*\{$/.exec(line) ?? /^(  )(?:async |static |get )*[#\w]+\(.*\{$/.exec(line) ?? [];
    if (indent === undefined || /^\s*(if|for|while|switch)\b/.test(line)) return;
    const length = lines.slice(start).findIndex((one) => one.startsWith(`${indent}}`)) + 1;
    if (length > FUNCTION_LINES_MAX) problems.push(`${shown}:${start + 1}: a function of ${length} lines, at most ${FUNCTION_LINES_MAX}`);
  });
}
