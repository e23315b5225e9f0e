/** One thing that is found out: what is so, and what to type next. */
export interface Finding {
  /** What it is about, for scripts: `scheduling`, `image`, `finalizer`, … */
  readonly topic: string;
  readonly text: string;
  /** More of it, a line each. */
  readonly details?: readonly string[];
  /** A command that shows more or helps. */
  readonly next?: string;
}

/** What `kubernode explain` has to say of one object. */
export interface Explanation {
  /** `pod shop/web` */
  readonly subject: string;
  /** One sentence: how it is. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** What could not be looked at, because the user may not, or nobody answered: the rest may be incomplete. */
  readonly unseen: readonly string[];
}

/** For people: the summary, each finding as a paragraph, the next command below it. */
export function printExplanation({ subject, summary, findings, unseen }: Explanation): string {
  const blocks = findings.map(({ text, details = [], next }) => [`- ${text}`, ...details.map((one) => `    ${one}`), ...(next === undefined ? [] : [`  → ${next}`])].join('\n'));
  return [`${subject}: ${summary}`, ...blocks, ...(unseen.length === 0 ? [] : [`Not seen, so this may not be all: ${unseen.join('; ')}`])].join('\n').concat('\n');
}

/** `2 pods`, `1 pod`. */
export function counted(count: number, noun: string): string { return `${count} ${noun}${count === 1 ? '' : 's'}`; }

/** The first few of a list, and how many more there are. */
export function fewOf(names: readonly string[], max = 5): string {
  return names.length <= max ? names.join(', ') : `${names.slice(0, max).join(', ')} and ${names.length - max} more`;
}
