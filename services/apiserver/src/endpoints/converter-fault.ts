/**
 * The refusal of a strategic merge patch whose result has a value of the wrong type. Kubernetes reads such results by its converter of
 * untyped objects, which has other words for a fault than its JSON decoder and names no field.
 */
export function converterFault(decoderFault: string): string {
  if (decoderFault.startsWith('illegal base64 data')) return `error decoding from json: ${decoderFault}`;
  const match = /^json: cannot unmarshal (\w+)(?: \S+)? into Go .*?of type (.+)$/.exec(decoderFault);
  if (match === null) return decoderFault;
  const [, found = '', type = ''] = match;
  const kind = KINDS[found] ?? (/ number \S*\./.test(decoderFault) ? 'float64' : 'int64');
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (!type.includes('.') && /^[A-Z]/.test(type)) return `cannot restore struct from: ${kind}`;
  if (type.includes('.')) return found === 'object' ? 'unrecognized type: string' : `cannot restore struct from: ${kind}`; // named texts are the only other ones
  return isConvertible(kind, type) ? `cannot convert ${kind} to ${type}` : `unrecognized type: ${type}`;
}

const KINDS: Readonly<Record<string, string>> = { string: 'string', array: 'slice', object: 'map', bool: 'bool' };

/** Go converts numbers to each other, and whole ones to texts; the converter refuses what would lose something all the same. */
function isConvertible(kind: string, type: string): boolean {
  return (kind === 'int64' && type !== 'bool') || (kind === 'float64' && /^u?int|^float/.test(type));
}
