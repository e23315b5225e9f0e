import type { Filter } from '../pipeline/api-request.ts';
import { withHeader } from './audit-id.ts';

/** All warnings of one answer together; what is longer is cut, so that no proxy refuses the headers. */
const WARNINGS_LENGTH_MAX = 4096;

/** Sends what endpoints have to say beside their answer as `Warning: 299 - "…"`. */
export function withWarnings(): Filter {
  return (next) => async (request, context) => {
    const answer = await next(request, context);
    return context.warnings.length === 0 ? answer : withHeader(answer, 'Warning', formatWarnings(context.warnings));
  };
}

export function formatWarnings(warnings: readonly string[]): string {
  const parts: string[] = [];
  let length = 0;
  for (const text of new Set(warnings)) {
    const part = `299 - ${quote(text)}`;
    length += part.length;
    if (length > WARNINGS_LENGTH_MAX) break;
    parts.push(part);
  }
  return parts.join(', ');
}

/** A quoted string as RFC 9110 has it; control characters and what no header may hold become spaces or are escaped as UTF-8. */
function quote(text: string): string {
  const clean = text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ').replace(/[\\"]/g, '\\$&'); // eslint-disable-line no-control-regex
  return `"${Buffer.from(clean, 'utf8').toString('latin1')}"`;
}
