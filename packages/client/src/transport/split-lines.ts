const NEWLINE = 0x0a;

/** Whole lines (without their newline) of a byte stream; a last unfinished line is dropped, as it is the torn end of a broken stream. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = []; // the begun line
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end);
      const line = pieces.length === 0 ? rest : Buffer.concat([...pieces, rest]);
      pieces = [];
      start = end + 1;
      if (line.length > 0) yield line;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}
