export interface LogLine { timestamp: string; stream: 'stdout' | 'stderr'; partial: boolean; text: string }

/** One line of a log as runtimes write it: `TIMESTAMP STREAM F|P TEXT`; `P` says that the line goes on. Undefined for anything else. */
export function parseLogLine(line: string): LogLine | undefined {
  const [whole, timestamp = '', stream = '', tag = ''] = /^(\S+) (stdout|stderr) (\S+) ?/.exec(line) ?? [];
  if (whole === undefined) return undefined;
  return { timestamp, stream: stream as LogLine['stream'], partial: tag.split(':')[0] === 'P', text: line.slice(whole.length) }; // matched above
}
