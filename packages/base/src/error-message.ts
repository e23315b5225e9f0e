/** The message of anything thrown, for a log field or a user's sentence. */
export function errorMessage(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'; // an Error of another realm is no instance of this one's
  return hasMessage ? String(error.message) : String(error);
}
