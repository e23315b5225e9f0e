const TIME = /"(?:time|ts)":"(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))"|^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d+)/;

/** The lines from a moment on; lines without a time go with the one before them. */
export function linesSince(text: string, sinceMs: number): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => { const ms = timeOf(line, sinceMs); return ms !== undefined && ms >= sinceMs; });
  if (first === -1) return lines.some((line) => timeOf(line, sinceMs) !== undefined) ? '' : text; // a log without times is shown as it is
  return lines.slice(first).join('\n');
}

/** klog leaves the year out: it is that of the moment. */
function timeOf(line: string, sinceMs: number): number | undefined {
  const [, iso, month, day, time] = TIME.exec(line) ?? [];
  const ms = iso === undefined ? Date.parse(`${new Date(sinceMs).getUTCFullYear()}-${month}-${day}T${time}Z`) : Date.parse(iso); // of a given time
  return Number.isNaN(ms) ? undefined : ms;
}
