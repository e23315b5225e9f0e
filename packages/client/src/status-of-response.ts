import { fromStatus, isJsonObject, StatusError, type Status } from '@kubernode/apimachinery';

/** The refusal that an answer of 400 or more stands for, also where a proxy answered with plain text. */
export function refusalOf(status: number, body: Buffer): StatusError {
  const text = body.toString('utf8');
  const parsed = parseStatus(text);
  if (parsed !== undefined) return fromStatus({ ...parsed, code: parsed.code || status });
  if (status === 404) return new StatusError({ code: 404, reason: 'NotFound', message: text.trim() || 'the server could not find the requested resource' });
  return new StatusError({ code: status, message: text.trim() || `the server answered ${status}` });
}

function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value['kind'] === 'Status' ? value as unknown as Status : undefined; // kind says so
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
