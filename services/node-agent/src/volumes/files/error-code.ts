/** The system's name of what went wrong: `ENOENT`, `ENOTEMPTY`, … */
export function errorCode(error: unknown): string | undefined {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'; // an Error of another realm is no instance of this one's
  return hasCode ? String(error.code) : undefined;
}

/** Whether an error says that a file is not there. */
export function isMissing(error: unknown): boolean { return errorCode(error) === 'ENOENT'; }
