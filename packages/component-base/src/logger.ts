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

export interface LoggerOptions {
  component: string;
  /** klog's -v: 0-1 shows info, 2 and more shows debug. */
  verbosity?: number;
  /** Where lines go; standard error by default. */
  destination?: DestinationStream;
}

export function createLogger({ component, verbosity = 0, destination = pino.destination({ dest: 2, sync: false, minLength: 0 }) }: LoggerOptions): Logger {
  const root = pino({ base: { component }, level: verbosity >= 2 ? 'debug' : 'info', messageKey: 'msg', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, destination);
  return wrap(root);
}

/** For tests and one-shot commands: says nothing. */
export const silentLogger: Logger = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => silentLogger };

function wrap(target: pino.Logger): Logger {
  return {
    error: (message, fields) => target.error(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    debug: (message, fields) => target.debug(fields ?? {}, message),
    child: (fields) => wrap(target.child(fields)),
  };
}
