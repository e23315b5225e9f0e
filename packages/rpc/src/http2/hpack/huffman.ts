/**
 * RFC 7541, appendix B. The code is canonical: codes of one length are consecutive in the order of their symbols, and the first of a
 * length follows from the last of the length before. So the lengths alone say it all. Symbols are bytes; 256 ends a string.
 */
const SYMBOLS_BY_LENGTH: Readonly<Record<number, string>> = {
  5: '48-50 97 99 101 105 111 115-116', 6: '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117', 7: '58 66-87 89 106-107 113 118-122',
  8: '38 42 44 59 88 90', 10: '33-34 40-41 63', 11: '39 43 124', 12: '35 62', 13: '0 36 64 91 93 126', 14: '94 125', 15: '60 96 123', 19: '92 195 208',
  20: '128 130-131 162 184 194 224 226', 21: '153 161 167 172 176-177 179 209 216-217 227 229-230',
  22: '129 132-134 136 146 154 156 160 163-164 169-170 173 178 181 185-187 189-190 196 198 228 232-233',
  23: '1 135 137-141 143 147 149-152 155 157-158 165-166 168 174-175 180 182-183 188 191 197 231 239', 24: '9 142 144-145 148 159 171 206 215 225 236-237',
  25: '199 207 234-235', 26: '192-193 200-202 205 210 213 218-219 238 240 242-243 255', 27: '203-204 211-212 214 221-223 241 244-248 250-254',
  28: '2-8 11-12 14-21 23-31 127 220 249', 30: '10 13 22 256',
};
const END_OF_STRING = 256;
const ROOT = 0;

/**
 * The code's tree walked four bits at a time. For each inner node and each nibble: where that leads, and the symbol that ended on the
 * way (no code has fewer than five bits, so at most one did).
 *
 *     steps[node * 16 + nibble] = next node << 16 | symbol + 1        (0 in the low half: no symbol;  -1: no such code)
 */
const { steps, isPadding } = buildSteps();
/** Where strings are put together; grown for longer ones. */
let scratch = Buffer.allocUnsafeSlow(4096);

/** The text of a Huffman-coded string (one character a byte); undefined when it is not one. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  const longest = Math.ceil((end - start) * 8 / 5);
  if (longest > scratch.length) scratch = Buffer.allocUnsafeSlow(longest * 2);
  let node = ROOT;
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number; // below end
    for (let nibble = byte >> 4, half = 0; half < 2; nibble = byte & 0xf, half++) {
      const step = steps[node * 16 + nibble] as number; // the table is complete
      if (step < 0) return undefined;
      const symbol = step & 0xffff;
      if (symbol !== 0) scratch[length++] = symbol - 1;
      node = step >> 16;
    }
  }
  return isPadding[node] === 1 ? scratch.toString('latin1', 0, length) : undefined;
}

/** A node of the code's tree: what 0 and 1 lead to, another node or (as -1 - symbol) the end of a code. */
type Branch = [number, number];

function buildTree(): Branch[] {
  const nodes: Branch[] = [[0, 0]];
  let code = 0;
  let codeLength = 0;
  for (const [length, list] of Object.entries(SYMBOLS_BY_LENGTH)) {
    for (const symbol of symbolsOf(list)) {
      code *= 2 ** (Number(length) - codeLength);
      codeLength = Number(length);
      addCode(nodes, code++, codeLength, symbol);
    }
  }
  return nodes;
}

function addCode(nodes: Branch[], code: number, length: number, symbol: number): void {
  let node = ROOT;
  for (let bit = length - 1; bit >= 0; bit--) {
    const branch = nodes[node] as Branch; // made on the way
    const side = (code >>> bit) & 1;
    if (bit === 0) branch[side] = -1 - symbol;
    else if (branch[side] === 0) branch[side] = nodes.push([0, 0]) - 1;
    node = branch[side] as number; // either side is set
  }
}

function symbolsOf(list: string): number[] {
  return list.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function buildSteps(): { steps: Int32Array; isPadding: Uint8Array } {
  const tree = buildTree();
  const table = new Int32Array(tree.length * 16);
  for (let node = 0; node < tree.length; node++) for (let nibble = 0; nibble < 16; nibble++) table[node * 16 + nibble] = walk(tree, node, nibble);
  const padding = new Uint8Array(tree.length); // a string ends between codes, filled up by at most seven bits of ones
  for (let node = ROOT, ones = 0; ones < 8; ones++) { padding[node] = 1; node = (tree[node] as Branch)[1]; } // no code of ones alone ends so early
  return { steps: table, isPadding: padding };
}

function walk(tree: readonly Branch[], from: number, nibble: number): number {
  let node = from;
  let symbol = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = (tree[node] as Branch)[(nibble >> bit) & 1] as number; // a full tree: both sides are set
    if (next === -1 - END_OF_STRING) return -1;
    if (next < 0) { symbol = -next; node = ROOT; } else node = next;
  }
  return node << 16 | symbol;
}
