import type { DebugAnswer, DebugRequest } from './debug-pages.ts';

const ROOT = '/debug/flags';
/** As many digits as make sense, and fit. */
const LEVEL = /^[+-]?\d{1,9}$/;

/** /debug/flags, and PUT /debug/flags/v, which changes --v while the process runs. */
export function answerFlags({ method, path, body }: Pick<DebugRequest, 'method' | 'path' | 'body'>, setVerbosity: ((verbosity: number) => void) | undefined): DebugAnswer | undefined {
  if (setVerbosity === undefined) return undefined;
  if (path !== `${ROOT}/v`) return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(`<html>\n<head>\n<title>${ROOT}/</title>\n</head>\n<body>\n${ROOT}/<br>\n<p>Flags that PUT changes: v</p>\n</body>\n</html>\n`) };
  if (method !== 'PUT') return plain(406, 'unsupported http method');
  const text = body.toString('utf8');
  if (!LEVEL.test(text)) return plain(400, `failed set klog.logging.verbosity ${text}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  setVerbosity(Number(text));
  return plain(200, `successfully set klog.logging.verbosity to ${text}`);
}

function plain(status: number, text: string): DebugAnswer {
  return { status, headers: { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' }, body: Buffer.from(`${text}\n`) };
}
