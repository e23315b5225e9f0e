import { pino, type DestinationStream } from 'pino';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Structured logs: a constant message and fields, one JSON object a line. `debug` is for what a developer wants,
 * `info` for what an operator wants to see once, `warn` for what heals itself, `error` for what needs a person.
 */
export interface Logger {
  error(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
  /** A logger whose every line carries these fields. */
  child(fields: Fields): Logger;
}

/** The logger of a whole process, whose verbosity may change while it runs; its children follow. */
export interface RootLogger extends Logger {
  verbosity: number;
}

export interface LoggerOptions {
  component: string;
  /** klog's -v: 0-1 shows info, 2 and more shows debug. */
  verbosity?: number;
  /** Where lines go; standard error by default. */
  destination?: DestinationStream;
}

export function createLogger({ component, verbosity = 0, destination = pino.destination({ dest: 2, sync: false, minLength: 0 }) }: LoggerOptions): RootLogger {
  const root = pino({ base: { component }, level: 'debug', messageKey: 'msg', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, destination);
  const shared = { verbosity };
  return Object.defineProperty(wrap(root, shared), 'verbosity', { get: () => shared.verbosity, set: (value: number) => { shared.verbosity = value; } }) as RootLogger; // with the property defined here
}

/** For tests and one-shot commands: says nothing. */
export const silentLogger: RootLogger = { verbosity: 0, error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => silentLogger };

/** Below this, debug lines are not shown. */
const DEBUG_VERBOSITY = 2;

function wrap(target: pino.Logger, shared: { readonly verbosity: number }): Logger {
  return {
    error: (message, fields) => target.error(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    debug: (message, fields) => { if (shared.verbosity >= DEBUG_VERBOSITY) target.debug(fields ?? {}, message); },
    child: (fields) => wrap(target.child(fields), shared),
  };
}
