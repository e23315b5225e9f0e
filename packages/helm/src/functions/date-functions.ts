import { parseDuration } from './go-duration.ts';
import { formatDuration } from '../values/format-go.ts';
import { Int, type Value } from '../values/value.ts';
import { define, type FunctionTable } from '../template/go-function.ts';
import { FunctionError } from '../template/template-error.ts';
import { formatTime, GoTime, knownZone, parseTime, ZERO_MS } from './go-time.ts';

const SECOND = 1_000_000_000n;
const DATE = '2006-01-02';

export function dateFunctions({ now }: { now: number }): FunctionTable {
  const timeOf = (value: Value): GoTime => (value instanceof GoTime ? value : value instanceof Int ? new GoTime(Number(value.value) * 1000, knownZone('Local')) : new GoTime(now, knownZone('Local')));
  const inZone = (layout: string, value: Value, zone: string): string => formatTime(new GoTime(timeOf(value).ms, knownZone(zone)), layout);
  const modify = (text: string, time: GoTime): GoTime | undefined => { const duration = parseDuration(text); return duration === undefined ? undefined : new GoTime(time.ms + Number(duration / 1_000_000n), time.zone); };
  const dateInZone = define(['string', 'any', 'string'], inZone);
  const dateModify = define(['string', 'time'], (text, time) => modify(text, time as GoTime) ?? time); // the parameter's type says so
  const mustDateModify = define(['string', 'time'], (text, time) => {
    const changed = modify(text, time as GoTime); // the parameter's type says so
    if (changed === undefined) throw new FunctionError(`time: invalid duration ${JSON.stringify(text)}`);
    return changed;
  });
  return {
    now: define([], () => new GoTime(now, knownZone('Local'))),
    date: define(['string', 'any'], (layout, value) => inZone(layout, value, 'Local')),
    dateInZone, date_in_zone: dateInZone, dateModify, date_modify: dateModify, mustDateModify, must_date_modify: mustDateModify,
    htmlDate: define(['any'], (value) => inZone(DATE, value, 'Local')),
    htmlDateInZone: define(['any', 'string'], (value, zone) => inZone(DATE, value, zone)),
    toDate: define(['string', 'string'], (layout, text) => parseTime(layout, text, knownZone('Local')) ?? new GoTime(ZERO_MS)),
    mustToDate: define(['string', 'string'], (layout, text) => {
      const time = parseTime(layout, text, knownZone('Local'));
      if (time === undefined) throw new FunctionError(`parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(text)} as ${JSON.stringify(/^\d*[^\d]?/.exec(layout)?.[0].replace(/\D$/, '') ?? layout)}`);
      return time;
    }),
    unixEpoch: define(['time'], (time) => String(Math.floor((time as GoTime).ms / 1000))), // the parameter's type says so
    ago: define(['any'], (value) => formatDuration(BigInt(Math.round((now - timeOf(value).ms) / 1000)) * SECOND)),
    duration: define(['any'], (value) => formatDuration((typeof value === 'string' && /^[-+]?\d+$/.test(value) ? BigInt(value) : value instanceof Int && value.type === 'int64' ? value.value : 0n) * SECOND)),
    durationRound: define(['any'], (value) => roundDuration(typeof value === 'string' ? parseDuration(value) ?? 0n : value instanceof Int && value.type === 'int64' ? value.value : value instanceof GoTime ? BigInt(Math.round(now - value.ms)) * 1_000_000n : 0n)),
  };
}

const UNITS: readonly (readonly [seconds: bigint, name: string])[] = [[31_536_000n, 'y'], [2_592_000n, 'mo'], [86_400n, 'd'], [3600n, 'h'], [60n, 'm'], [1n, 's']];

/** The largest unit that is exceeded: `3h`, `2mo`. */
function roundDuration(nanoseconds: bigint): string {
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  for (const [seconds, name] of UNITS) if (magnitude > seconds * SECOND) return `${magnitude / (seconds * SECOND)}${name}`;
  return '0s';
}
