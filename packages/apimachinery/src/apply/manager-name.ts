/** Bytes of a manager's name. */
const MANAGER_NAME_BYTES_MAX = 128;

/** The manager of a request: the one it names, else what its user agent says before the first slash, printable and cut. */
export function managerName(fieldManager: string, userAgent = ''): string {
  return fieldManager === '' ? managerFromUserAgent(userAgent) : fieldManager;
}

function managerFromUserAgent(userAgent: string): string {
  const [product = ''] = userAgent.split('/', 1);
  if (product.length <= MANAGER_NAME_BYTES_MAX && /^[ -~]*$/.test(product)) return product; // as nearly all are, of nearly all writes
  let name = '';
  let bytes = 0;
  for (const character of product) {
    if (character !== ' ' && /^[\p{C}\p{Z}]$/u.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > MANAGER_NAME_BYTES_MAX) break;
    name += character;
  }
  return name;
}
