import type { LogLevel } from './logger.ts';

const LETTERS: Readonly<Record<LogLevel, string>> = { error: 'E', warn: 'W', info: 'I', debug: 'I' };
/** As klog pads thread numbers. */
const PID_WIDTH = 7;

export interface TextLine { level: LogLevel; message: string; fields: Readonly<Record<string, unknown>>; component: string; /** ms since 1970. */ now: number; pid: number }

/** A line as klog writes it, with the component where klog names the source file: `I1122 10:20:30.123000    4711 apiserver] "serving" port=6443`. */
export function textLine({ level, message, fields, component, now, pid }: TextLine): string {
  const at = new Date(now).toISOString(); // of a given time
  const head = `${LETTERS[level]}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000 ${String(pid).padStart(PID_WIDTH)} ${component}] `;
  return `${head}${JSON.stringify(message)}${Object.entries(fields).map(([key, value]) => ` ${key}=${textOf(value)}`).join('')}\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value) ?? 'null';
}
