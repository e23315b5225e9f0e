/** Usages of the API as bits of X.509's key usage, in the names of the library's flags. */
const BASIC = {
  signing: 'digitalSignature', 'digital signature': 'digitalSignature', 'content commitment': 'nonRepudiation', 'key encipherment': 'keyEncipherment', 'key agreement': 'keyAgreement',
  'data encipherment': 'dataEncipherment', 'cert sign': 'keyCertSign', 'crl sign': 'cRLSign', 'encipher only': 'encipherOnly', 'decipher only': 'decipherOnly',
} as const;

/** Usages of the API as extended key usages, in the order in which they are written into a certificate. */
const EXTENDED: readonly (readonly [usage: string, oid: string])[] = [
  ['any', '2.5.29.37.0'], ['server auth', '1.3.6.1.5.5.7.3.1'], ['client auth', '1.3.6.1.5.5.7.3.2'], ['code signing', '1.3.6.1.5.5.7.3.3'],
  ['email protection', '1.3.6.1.5.5.7.3.4'], ['s/mime', '1.3.6.1.5.5.7.3.4'], ['ipsec end system', '1.3.6.1.5.5.7.3.5'], ['ipsec tunnel', '1.3.6.1.5.5.7.3.6'], ['ipsec user', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'], ['ocsp signing', '1.3.6.1.5.5.7.3.9'], ['microsoft sgc', '1.3.6.1.4.1.311.10.3.3'], ['netscape sgc', '2.16.840.1.113730.4.1'],
];

export interface KeyUsages { basic: readonly typeof BASIC[keyof typeof BASIC][]; extended: readonly string[] }

/** Throws for a usage that the API does not know. */
export function keyUsages(usages: readonly string[]): KeyUsages {
  const unknown = usages.filter((one) => !(one in BASIC) && !EXTENDED.some(([usage]) => usage === one));
  if (unknown.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(unknown)}`);
  return {
    basic: [...new Set(usages.flatMap((one) => (one in BASIC ? [BASIC[one as keyof typeof BASIC]] : [])))], // just checked
    extended: [...new Set(EXTENDED.filter(([usage]) => usages.includes(usage)).map(([, oid]) => oid))],
  };
}
