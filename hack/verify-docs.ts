// Checks that pages name only what is there: links and paths of the repository, targets of make, and commands, subcommands and flags of `kubernode`.
// Looked at is what stands as code, and links; CHANGELOG.md may tell of what has gone.
// usage: tsx --conditions=source hack/verify-docs.ts
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseOptions, type Command, type OptionTable } from '@kubernode/component-base';
import { commandTable } from '../services/kubernode/src/command-table.ts';

const root = path.join(import.meta.dirname, '..');
const FOLDERS = ['bench', 'charts', 'docs', 'examples', 'hack', 'packages', 'proto', 'services', 'simulation', 'test-e2e'];
/** A path from the root or from the page's own folder, and a file by the end of its path; `*` stands for anything. What has `<` or `…` in it is no path. */
const ROOTED = new RegExp(`^(?:${FOLDERS.join('|')})/[\\w@./*-]+$`);
const FILE = /^[\w@./*-]+\.(?:ts|md)$/;

const files = ['README.md', 'CHANGELOG.md', ...FOLDERS.flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => !file.includes('node_modules')).map((file) => `${folder}/${file}`))];
const targets = new Set(readFileSync(path.join(root, 'Makefile'), 'utf8').match(/^[a-z][\w-]*(?=:)/gm));
const commands: readonly Command[] = await Promise.all(Object.values(commandTable).map((load) => load()));

const problems: string[] = [];
for (const page of files) if (page.endsWith('.md') && page !== 'CHANGELOG.md') checkPage(page);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`docs: ${problems.length} problems\n`);
process.exit(problems.length > 0 ? 1 : 0);

function checkPage(page: string): void {
  for (const { line, code, prose } of partsOf(readFileSync(path.join(root, page), 'utf8'))) {
    const note = (fault: string): void => { problems.push(`${page}:${line}: ${fault}`); };
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) if (!/^[a-z]+:/.test(target) && !existsSync(path.join(root, path.dirname(page), target))) note(`there is no ${target}`);
    for (const word of wordsOf(prose)) if (ROOTED.test(word) && path.extname(word) !== '' && !isThere(word, page)) note(`there is no ${word}`);
    for (const piece of code) {
      for (const word of wordsOf(piece)) if ((ROOTED.test(word) || FILE.test(word)) && !isThere(word, page)) note(`there is no ${word}`);
      for (const [, target = ''] of piece.matchAll(/(?:^\s*(?:\$ )?|[;&(] *)make ([a-z][\w-]*)/g)) if (!targets.has(target)) note(`make has no target ${target}`);
      for (const [, words = ''] of piece.replace(/(?:^|\s)# .*/, '').matchAll(/(?:^|[\s;&|(])(?:[\w./-]*\/)?kubernode +([^;&|()]+)/g)) checkCommand(words.trim().split(/\s+/), note);
    }
  }
}

function wordsOf(text: string): string[] { return text.split(/[\s`'"(),;:|[\]]+/).map((word) => word.replace(/[./]+$/, '')); }

/** From the root, from the page's folder, or, for a file that stands for itself, anywhere. */
function isThere(word: string, page: string): boolean {
  const form = word.split('*').map((piece) => piece.replaceAll('.', '\\.')).join('[^/]*');
  const from = ROOTED.test(word) ? `(?:${path.dirname(page)}/)?` : '(?:.*/)?';
  const pattern = new RegExp(`^${from}${form}$`);
  return files.some((file) => pattern.test(file));
}

interface Part { line: number; code: string[]; prose: string }

/** A page's lines, and what of each is code: a line of a block as a whole, else what stands between backticks. A line that ends with a backslash goes on in the next. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let isFenced = false;
  let begun = '';
  for (const [i, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) { isFenced = !isFenced; continue; }
    const isBlock = isFenced || /^ {4}/.test(line);
    if (isBlock && line.endsWith('\\')) { begun += line.slice(0, -1); continue; }
    parts.push(isBlock ? { line: i + 1, code: [begun + line], prose: '' } : { line: i + 1, code: [...line.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span), prose: line });
    begun = '';
  }
  return parts;
}

/** `words` stand behind `kubernode`. Capitals and dots hold the place of something. */
function checkCommand([name = '', ...words]: readonly string[], note: (fault: string) => void): void {
  if (!/^[a-z][a-z-]*$/.test(name) || ['help', 'version'].includes(name)) return;
  const found = commands.find((one) => one.name === name);
  if (found === undefined) { note(`kubernode has no command ${name}`); return; }
  checkCall(found, `kubernode ${name}`, words, note);
}

function checkCall(command: Command, called: string, words: readonly string[], note: (fault: string) => void): void {
  const [first = '', ...rest] = words;
  if (command.subcommands !== undefined && /^[a-z][a-z-]*$/.test(first)) {
    const found = command.subcommands.find((one) => one.name === first);
    if (found === undefined) note(`${called} has no command ${first}`); else checkCall(found, `${called} ${first}`, rest, note);
    return;
  }
  for (const word of words) {
    const [flag] = /^--?[a-z][\w-]*/i.exec(word.replace(/^\[/, '')) ?? [];
    if (flag !== undefined && !['-h', '--help'].includes(flag) && !isFlag(command.options, flag)) note(`${called} has no flag ${flag}`);
  }
}

/** What the command itself would say of it; which value it wants is another matter. */
function isFlag(options: OptionTable, flag: string): boolean {
  try { parseOptions(options, [flag]); return true; } catch (error) { return !/^unknown flag/.test((error as Error).message); } // parseOptions throws errors only
}
