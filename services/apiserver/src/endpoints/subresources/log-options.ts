import { forbiddenField, invalidValue, normaliseTime, type FieldError } from '@kubernode/apimachinery';
import { isTrue } from '../../filters/request-info.ts';
import { parseGoInt } from '../request-options.ts';

export interface LogOptions {
  container: string;
  /** What the node agent is told. */
  forwarded: URLSearchParams;
}

const NUMBERS = ['sinceSeconds', 'tailLines', 'limitBytes'] as const;
const FLAGS = ['follow', 'previous', 'timestamps'] as const;

/** PodLogOptions from a query, and what is wrong with them. Throws 400 for what is no number and no time. */
export function logOptions(query: URLSearchParams): { options: LogOptions; errors: readonly FieldError[] } {
  const forwarded = new URLSearchParams();
  for (const flag of FLAGS) if (isTrue(query.get(flag))) forwarded.set(flag, 'true');
  const numbers: Partial<Record<(typeof NUMBERS)[number], number>> = {};
  for (const name of NUMBERS) {
    const text = query.get(name);
    if (text !== null) numbers[name] = parseGoInt(text);
  }
  const sinceTime = query.get('sinceTime') ?? '';
  if (sinceTime !== '') forwarded.set('sinceTime', normaliseTime(sinceTime));
  for (const [name, value] of Object.entries(numbers)) forwarded.set(name, String(value));
  return { options: { container: query.get('container') ?? '', forwarded }, errors: errorsOf(numbers, { hasSinceTime: sinceTime !== '', hasStream: query.has('stream') }) };
}

function errorsOf({ tailLines, limitBytes, sinceSeconds }: Partial<Record<(typeof NUMBERS)[number], number>>, { hasSinceTime, hasStream }: { hasSinceTime: boolean; hasStream: boolean }): FieldError[] {
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) errors.push(invalidValue('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1) errors.push(invalidValue('limitBytes', limitBytes, 'must be greater than 0'));
  if (hasSinceTime && sinceSeconds !== undefined) errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1) errors.push(invalidValue('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (hasStream) errors.push(forbiddenField('stream', 'may not be specified')); // its feature gate is off in 1.36
  return errors;
}
