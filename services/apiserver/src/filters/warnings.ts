import { withHeaders } from './audit-id.ts';
import type { Step } from './steps.ts';

/** All warnings of one answer together, in characters: beyond that each is cut, so that no proxy refuses the headers. */
const WARNINGS_LENGTH_MAX = 4096;
const CUT_LENGTH = 256;

/** Sends what endpoints have to say beside their answer as `Warning: 299 - "…"`. */
export function warnings(): Step {
  return { after: (answer, _request, { warnings: said }) => (said.length === 0 ? answer : withHeaders(answer, { Warning: formatWarnings(said) })) };
}

/** In order, without repeats. What cannot stand in a header is left out, as in Kubernetes. */
export function formatWarnings(warnings: readonly string[]): string {
  const texts = [...new Set(warnings)].filter((text) => text !== '' && !CONTROL.test(text)).map((text) => Array.from(text));
  const cuts = texts.reduce((sum, text) => sum + text.length, 0) > WARNINGS_LENGTH_MAX;
  const parts: string[] = [];
  let written = 0;
  for (const text of texts) {
    if (written >= WARNINGS_LENGTH_MAX) break;
    const shown = cuts ? text.slice(0, CUT_LENGTH) : text;
    written += shown.length;
    parts.push(`299 - ${quote(shown.join(''))}`);
  }
  return parts.join(', ');
}

const CONTROL = /\p{Cc}/u;

/** A quoted string as RFC 9110 has it; what is no ASCII goes out as UTF-8. */
function quote(text: string): string {
  return `"${Buffer.from(text.replace(/[\\"]/g, '\\$&'), 'utf8').toString('latin1')}"`;
}
