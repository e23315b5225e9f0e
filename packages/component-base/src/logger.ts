import { pino, type DestinationStream } from 'pino';
import { systemClock } from '@kubernode/base';
import { redactValue } from './redact.ts';
import { textLine } from './text-line.ts';

type Fields = Readonly<Record<string, unknown>>;

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
/** `json`: an object a line; `text`: as klog writes. */
export type LogFormat = 'json' | 'text';

/**
 * Structured logs: a constant message and fields, one line each. `debug` is for what a developer wants, `info` for what an operator wants to
 * see once, `warn` for what heals itself, `error` for what needs a person. What looks like a secret is left out, whoever logs it.
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
  format?: LogFormat;
  /** Where lines go; standard error by default. */
  destination?: DestinationStream;
}

export function createLogger({ component, verbosity = 0, format = 'json', destination = pino.destination({ dest: 2, sync: false, minLength: 0 }) }: LoggerOptions): RootLogger {
  const shared = { verbosity };
  const target = format === 'json' ? jsonTarget(pino({ base: { component }, level: 'debug', messageKey: 'msg', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } }, destination)) : textTarget(component, destination, {});
  return Object.defineProperty(wrap(target, shared), 'verbosity', { get: () => shared.verbosity, set: (value: number) => { shared.verbosity = value; } }) as RootLogger; // with the property defined here
}

/** For tests and one-shot commands: says nothing. */
export const silentLogger: RootLogger = { verbosity: 0, error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined, child: () => silentLogger };

/** Below this, debug lines are not shown. */
const DEBUG_VERBOSITY = 2;

/** Writes lines of one form. */
interface Target { line(level: LogLevel, message: string, fields: Fields): void; child(fields: Fields): Target }

function jsonTarget(logger: pino.Logger): Target {
  return { line: (level, message, fields) => { logger[level](fields, message); }, child: (fields) => jsonTarget(logger.child(fields)) };
}

function textTarget(component: string, destination: DestinationStream, bound: Fields): Target {
  return {
    line: (level, message, fields) => { destination.write(textLine({ level, message, fields: { ...bound, ...fields }, component, now: systemClock.now(), pid: process.pid })); },
    child: (fields) => textTarget(component, destination, { ...bound, ...fields }),
  };
}

const NOTHING: Fields = {};

function wrap(target: Target, shared: { readonly verbosity: number }): Logger {
  const line = (level: LogLevel, message: string, fields: Fields | undefined): void => { target.line(level, message, fields === undefined ? NOTHING : redactValue(fields) as Fields); }; // a copy of fields
  return {
    error: (message, fields) => { line('error', message, fields); },
    warn: (message, fields) => { line('warn', message, fields); },
    info: (message, fields) => { line('info', message, fields); },
    debug: (message, fields) => { if (shared.verbosity >= DEBUG_VERBOSITY) line('debug', message, fields); },
    child: (fields) => wrap(target.child(redactValue(fields) as Fields), shared), // likewise
  };
}
