import type { ObjectDiff } from '@kubernode/helm';

const COLORS = { '+': '\u001b[32m', '-': '\u001b[31m', '@': '\u001b[36m' } as const;
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

/** Each object that differs under a line that names it, then a line that counts them; '' when none does. */
export function showDiff(diffs: readonly ObjectDiff[], { color }: { color: boolean }): string {
  if (diffs.length === 0) return '';
  const count = (change: ObjectDiff['change']): number => diffs.filter((diff) => diff.change === change).length;
  const parts = diffs.map((diff) => `${paint(headOf(diff), BOLD, color)}\n${diff.text.split('\n').map((line) => paintLine(line, color)).join('\n')}`);
  return `${parts.join('\n')}\n${count('added')} to add, ${count('changed')} to change, ${count('removed')} to remove\n`;
}

function headOf({ change, kind, namespace, name, apiVersion }: ObjectDiff): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`} (${apiVersion}) ${change}`;
}

function paintLine(line: string, color: boolean): string {
  const sign = line.charAt(0);
  return sign === '+' || sign === '-' || sign === '@' ? paint(line, COLORS[sign], color) : line;
}

function paint(text: string, code: string, color: boolean): string { return color ? `${code}${text}${RESET}` : text; }
