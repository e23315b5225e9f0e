import { GoObject, Int, type GoMethod, type Value } from '../values/value.ts';

/** Milliseconds since 1970 in a place on earth: a time.Time. */
export class GoTime extends GoObject {
  readonly goType = 'time.Time';
  readonly goKind = 'struct';
  readonly ms: number;
  readonly zone: string;

  constructor(ms: number, zone = 'UTC') {
    super();
    this.ms = ms;
    this.zone = zone;
  }

  member(name: string): GoMethod | undefined {
    const local = (): Date => new Date(this.ms + zoneAt(this.ms, this.zone).offsetMinutes * 60_000);
    const method = (call: (args: readonly Value[]) => Value, params: GoMethod['params'] = []): GoMethod => ({ params, call });
    switch (name) {
      case 'Format': return method(([layout]) => formatTime(this, String(layout)), ['string']);
      case 'Unix': return method(() => new Int(Math.floor(this.ms / 1000), 'int64'));
      case 'UnixMilli': return method(() => new Int(Math.floor(this.ms), 'int64'));
      case 'UnixNano': return method(() => new Int(BigInt(Math.floor(this.ms)) * 1_000_000n, 'int64'));
      case 'Year': return method(() => new Int(local().getUTCFullYear()));
      case 'Month': return method(() => new Int(local().getUTCMonth() + 1, 'time.Month'));
      case 'Day': return method(() => new Int(local().getUTCDate()));
      case 'Hour': return method(() => new Int(local().getUTCHours()));
      case 'Minute': return method(() => new Int(local().getUTCMinutes()));
      case 'Second': return method(() => new Int(local().getUTCSeconds()));
      case 'UTC': return method(() => new GoTime(this.ms));
      case 'String': return method(() => this.format());
      case 'IsZero': return method(() => this.ms === ZERO_MS);
      default: return undefined;
    }
  }

  format(): string { return formatTime(this, '2006-01-02 15:04:05.999999999 -0700 MST'); }
  toPlain(): Value { return formatTime(this, '2006-01-02T15:04:05.999999999Z07:00'); }
}

/** The year 1 of Go's zero time. */
export const ZERO_MS = -62_135_596_800_000;

interface Zone { offsetMinutes: number; abbreviation: string }

/** UTC where nobody knows the zone. */
export function knownZone(zone: string): string {
  try { return zone === 'Local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : new Intl.DateTimeFormat('en-US', { timeZone: zone === '' ? 'UTC' : zone }).resolvedOptions().timeZone; } catch { return 'UTC'; }
}

function zoneAt(ms: number, zone: string): Zone {
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (fixed) return { offsetMinutes: (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])), abbreviation: zone.replace(':', '') };
  if (zone === 'UTC') return { offsetMinutes: 0, abbreviation: 'UTC' };
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', timeZoneName: 'short' }).formatToParts(ms);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '0';
  const wall = Date.UTC(Number(part('year')), Number(part('month')) - 1, Number(part('day')), Number(part('hour')), Number(part('minute')), Number(part('second')));
  return { offsetMinutes: Math.round((wall - Math.floor(ms / 1000) * 1000) / 60_000), abbreviation: part('timeZoneName') };
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** The pieces of Go's reference time, the longest first. */
const LAYOUT = /January|Jan|Monday|Mon|MST|2006|__2|002|01|02|03|04|05|06|15|_2|PM|pm|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|1|2|3|4|5/g;

/** A time in a layout of Go's. */
export function formatTime({ ms, zone }: GoTime, layout: string): string {
  const { offsetMinutes, abbreviation } = zoneAt(ms, zone);
  const at = new Date(ms + offsetMinutes * 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = MONTHS[at.getUTCMonth()] ?? '';
  const day = DAYS[at.getUTCDay()] ?? '';
  const hour12 = at.getUTCHours() % 12 === 0 ? 12 : at.getUTCHours() % 12;
  const dayOfYear = Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const fields: Readonly<Record<string, string>> = {
    January: month, Jan: month.slice(0, 3), Monday: day, Mon: day.slice(0, 3), MST: abbreviation,
    2006: String(at.getUTCFullYear()).padStart(4, '0'), '06': two(at.getUTCFullYear() % 100), '01': two(at.getUTCMonth() + 1), 1: String(at.getUTCMonth() + 1),
    '02': two(at.getUTCDate()), _2: String(at.getUTCDate()).padStart(2), 2: String(at.getUTCDate()), '002': String(dayOfYear).padStart(3, '0'), __2: String(dayOfYear).padStart(3),
    15: two(at.getUTCHours()), '03': two(hour12), 3: String(hour12), '04': two(at.getUTCMinutes()), 4: String(at.getUTCMinutes()), '05': two(at.getUTCSeconds()), 5: String(at.getUTCSeconds()),
    PM: at.getUTCHours() < 12 ? 'AM' : 'PM', pm: at.getUTCHours() < 12 ? 'am' : 'pm',
  };
  return layout.replace(LAYOUT, (piece) => {
    if (/^[.,][09]/.test(piece)) return fraction(at.getUTCMilliseconds(), piece);
    if (/^[-Z]0?7/.test(piece)) return offsetText(offsetMinutes, piece);
    return fields[piece] ?? piece;
  });
}

function fraction(milliseconds: number, piece: string): string {
  const digits = String(milliseconds).padStart(3, '0').padEnd(9, '0').slice(0, piece.length - 1);
  if (piece[1] === '0') return piece.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : piece.charAt(0) + trimmed;
}

function offsetText(offsetMinutes: number, piece: string): string {
  if (piece.startsWith('Z') && offsetMinutes === 0) return 'Z';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60].map((part) => String(part).padStart(2, '0'));
  const shape = piece.slice(1);
  const parts = shape === '07' ? [hours] : shape.length > 5 ? [hours, minutes, '00'] : [hours, minutes];
  return (offsetMinutes < 0 ? '-' : '+') + parts.join(shape.includes(':') ? ':' : '');
}

/** The time that a text in a layout of Go's means; undefined when it is none. */
export function parseTime(layout: string, text: string, zone: string): GoTime | undefined {
  const pieces: string[] = [];
  let source = '';
  let last = 0;
  for (const match of layout.matchAll(LAYOUT)) {
    source += escapePattern(layout.slice(last, match.index)) + patternOf(match[0]);
    pieces.push(match[0]);
    last = match.index + match[0].length;
  }
  const values = new RegExp(`^${source}${escapePattern(layout.slice(last))}$`, 'i').exec(text);
  if (values === null) return undefined;
  const found = new Map(pieces.map((piece, i) => [piece, values[i + 1] ?? '']));
  const number = (...names: string[]): number | undefined => { const name = names.find((one) => found.has(one)); return name === undefined ? undefined : Number(found.get(name)); };
  const named = (list: readonly string[], ...names: string[]): number => { const name = names.find((one) => found.has(one)); return name === undefined ? -1 : list.findIndex((one) => one.toLowerCase().startsWith((found.get(name) ?? '').toLowerCase().slice(0, 3))); };
  const year = number('2006') ?? (number('06') === undefined ? 0 : (number('06') ?? 0) + ((number('06') ?? 0) >= 69 ? 1900 : 2000));
  const month = number('01', '1') ?? named(MONTHS, 'January', 'Jan') + 1;
  const half = (found.get('PM') ?? found.get('pm') ?? '').toLowerCase();
  const twelve = number('03', '3');
  const hour = number('15') ?? (twelve === undefined ? 0 : (twelve % 12) + (half === 'pm' ? 12 : 0));
  const [day, minute, second] = [number('02', '_2', '2') ?? 1, number('04', '4') ?? 0, number('05', '5') ?? 0];
  const milliseconds = Number(`0${[...found].find(([piece]) => /^[.,]/.test(piece))?.[1].replace(',', '.') ?? ''}`) * 1000;
  const at = Date.UTC(2000, Math.max(1, month) - 1, day, hour, minute, second, Math.floor(milliseconds));
  const wall = new Date(at).setUTCFullYear(year);
  if (new Date(wall).getUTCDate() !== day || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = [...found].find(([piece]) => /^[-Z]0?7/.test(piece))?.[1];
  if (offset !== undefined) { const fixed = /^[zZ]$/.test(offset) ? 'UTC' : offset.length === 3 ? `${offset}00` : offset.replace(':', '').slice(0, 5); return new GoTime(wall - zoneAt(wall, fixed).offsetMinutes * 60_000, fixed); }
  return new GoTime(wall - zoneAt(wall, zone).offsetMinutes * 60_000, zone);
}

function patternOf(piece: string): string {
  if (/^[.,]/.test(piece)) return '([.,]\\d+)?';
  if (/^[-Z]/.test(piece)) return '([zZ]|[-+]\\d\\d(?::?\\d\\d)*)';
  if (/^[JM]/.test(piece)) return '([A-Za-z]+)';
  if (/^p/i.test(piece)) return '(am|pm)';
  return piece === '2006' ? '(\\d{4})' : piece === '002' || piece === '__2' ? '([ \\d]{3})' : piece.length === 2 ? '([ \\d]\\d)' : '(\\d{1,2})';
}

function escapePattern(text: string): string { return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'); }
