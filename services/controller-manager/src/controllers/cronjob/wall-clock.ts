/** What the clocks of a zone show. */
export interface WallTime { year: number; month: number; day: number; weekday: number; hour: number; minute: number; second: number }

export interface WallClock {
  at(ms: number): WallTime;
  /** The beginning of a day as the zone's clocks show it; the first moment of it where they skip midnight. Days may overflow. */
  instant(year: number, month: number, day: number): number;
  /** By how much the clocks are ahead of UTC. */
  offsetMs(ms: number): number;
}

/** Zones change their clocks at full quarters of an hour. */
const QUARTER_MS = 900_000;

export function wallClock(timeZone: string): WallClock {
  const offsetMs = timeZone === 'UTC' ? () => 0 : zoneOffset(timeZone);
  return {
    offsetMs,
    at(ms) {
      const wall = new Date(ms + offsetMs(ms));
      return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate(), weekday: wall.getUTCDay(), hour: wall.getUTCHours(), minute: wall.getUTCMinutes(), second: wall.getUTCSeconds() };
    },
    instant(year, month, day) {
      const wall = Date.UTC(year, month - 1, day);
      let ms = wall - offsetMs(wall - offsetMs(wall));
      while (ms + offsetMs(ms) < wall) ms += QUARTER_MS; // midnight is skipped
      return ms;
    },
  };
}

function zoneOffset(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  let known = { quarter: NaN, offset: 0 };
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS);
    if (known.quarter === quarter) return known.offset;
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = Object.fromEntries(format.formatToParts(new Date(ms)).map(({ type, value }) => [type, Number(value)]));
    known = { quarter, offset: Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000 };
    return known.offset;
  };
}
