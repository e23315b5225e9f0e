const SHOWN_BYTES = 30;

/** The start of a body as Kubernetes' decoding errors show it: JSON objects as text, all else in hexadecimal. */
export function abbreviateBody(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const isText = looksLikeObject(body);
  const start = body.subarray(0, SHOWN_BYTES);
  return `${isText ? start.toString() : start.toString('hex')}${body.length > SHOWN_BYTES ? ' ...' : ''}`;
}

function looksLikeObject(body: Buffer): boolean {
  for (const byte of body) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte === 0x7b;
  return false;
}
