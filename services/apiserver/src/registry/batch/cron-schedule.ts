import { goQuote } from '@kubernode/apimachinery';

interface Field { min: number; max: number; names?: Readonly<Record<string, number>> }

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 }, { min: 0, max: 23 }, { min: 1, max: 31 }, { min: 1, max: 12, names: Object.fromEntries(MONTHS.map((name, index) => [name, index + 1])) },
  { min: 0, max: 6, names: Object.fromEntries(DAYS.map((name, index) => [name, index])) },
];
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with a schedule of cron's five fields, in the words of the parser that Kubernetes uses; undefined when nothing is. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string';
  const text = schedule.replace(/^(?:CRON_)?TZ=\S*\s*/, '');
  if (text.startsWith('@')) return descriptorFault(text);
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [index, field] of FIELDS.entries()) {
    for (const range of (fields[index] ?? '').split(',').filter((part) => part !== '')) {
      const fault = rangeFault(range, field);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function descriptorFault(text: string): string | undefined {
  if (DESCRIPTORS.includes(text)) return undefined;
  const duration = /^@every (.*)$/.exec(text)?.[1];
  if (duration === undefined) return `unrecognized descriptor: ${text}`;
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))*$|^0$/.test(duration) ? undefined
    : `failed to parse duration ${text}: time: invalid duration ${goQuote(duration)}`;
}

/** `5`, `1-5`, a star with a step, `MON-FRI`, `?`. */
function rangeFault(expression: string, { min, max, names }: Field): string | undefined {
  const [body = '', step, ...more] = expression.split('/');
  const [low = '', high, ...extra] = body.split('-');
  if (extra.length > 0) return `too many hyphens: ${expression}`;
  const star = low === '*' || low === '?';
  const start = star ? min : parseValue(low, names);
  if (typeof start === 'string') return start;
  const given = star ? max : high === undefined ? start : parseValue(high, names);
  if (typeof given === 'string') return given;
  if (more.length > 0) return `too many slashes: ${expression}`;
  const every = step === undefined ? 1 : parseValue(step, undefined);
  if (typeof every === 'string') return every;
  const end = step !== undefined && !star && high === undefined ? max : given;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${expression}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return every === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

/** The number, or what is wrong with the text. */
function parseValue(text: string, names: Readonly<Record<string, number>> | undefined): number | string {
  const named = names?.[text.toLowerCase()];
  if (named !== undefined) return named;
  if (!/^[+-]?\d+$/.test(text)) return `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}
