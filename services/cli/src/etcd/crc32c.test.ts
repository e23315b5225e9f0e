import { crc32c } from './crc32c.ts';

test.each([['123456789', 0xe3069283], ['', 0]])('of %j it is what RFC 3720 has', (text, crc) => { expect(crc32c(Buffer.from(text))).toBe(crc); });

test('goes on from one piece to the next', () => { expect(crc32c(Buffer.from('56789'), crc32c(Buffer.from('1234')))).toBe(0xe3069283); });
