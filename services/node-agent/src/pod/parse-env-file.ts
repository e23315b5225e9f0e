import { ContainerConfigError } from './container-config-error.ts';

/** One assignment: a name without blanks before `=`, a value in single quotes, which may hold lines, and at most a comment behind it. */
const ASSIGNMENT = /^[ \t]*([^=\n]*)=([ \t]*)/;

/**
 * The value of a key in a file of variables, written in a small part of the shell's language: `NAME='value'`, comments, blank lines.
 * Empty when it is not there. Throws at the first thing before it that cannot be read.
 */
export function parseEnvFile(text: string, key: string): string {
  let rest = text;
  while (rest !== '') {
    const line = /^.*/.exec(rest)?.[0] ?? '';
    if (/^[ \t]*(#|$)/.test(line)) { rest = rest.slice(line.length + 1); continue; }
    const { name, value, length } = parseAssignment(rest, line);
    if (name === key) return value;
    rest = rest.slice(length);
  }
  return '';
}

function parseAssignment(rest: string, line: string): { name: string; value: string; length: number } {
  const [head, name = '', blank = ''] = ASSIGNMENT.exec(line) ?? [];
  if (head === undefined || name === '' || /[ \t]$/.test(name)) throw new ContainerConfigError("couldn't parse env file");
  if (blank !== '') return { name, value: '', length: line.length + 1 }; // as in the shell: what stands behind the blank is not the value
  const quoted = /^'([^']*)'[ \t]*(?:#.*)?(?:\n|$)/.exec(rest.slice(head.length));
  if (quoted === null) throw new ContainerConfigError("couldn't parse env file");
  return { name, value: quoted[1] ?? '', length: head.length + quoted[0].length };
}
