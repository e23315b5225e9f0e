export interface LogView {
  /** Each line begins with its time. */
  timestamps: boolean;
  /** Nothing from before, ms since 1970. */
  sinceMs?: number | undefined;
  /** At most so many bytes. */
  limitBytes?: number | undefined;
  /** At most so many records. */
  recordsMax?: number | undefined;
  stream?: 'stdout' | 'stderr' | undefined;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
/** A time, a stream's name and tags are shorter. */
const HEAD_BYTES_MAX = 256;
const HEAD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) (stdout|stderr) ([^ ]*) $/;

/**
 * Makes of a log as runtimes write it the text that `kubectl logs` shows. A record is one line, and a `P` says that the text goes on in
 * the next:
 *
 *     TIMESTAMP stdout|stderr F|P TEXT
 *
 * It is fed bytes as they come and keeps none but the head of a record, so that lines may be of any length and bytes of any kind.
 */
export class LogDecoder {
  readonly #view: LogView;
  #state: 'head' | 'text' | 'skip' = 'head';
  #head: Buffer = Buffer.alloc(0);
  #partial = false;
  #isShown = false;
  /** Of the present record. */
  #hasText = false;
  /** The record before ended its line. */
  #startsLine = true;
  #bytesLeft: number;
  #recordsLeft: number;

  constructor(view: LogView) {
    this.#view = view;
    this.#bytesLeft = view.limitBytes ?? Infinity;
    this.#recordsLeft = view.recordsMax ?? Infinity;
  }

  /** Nothing more will be shown, whatever comes. */
  get isDone(): boolean { return this.#bytesLeft <= 0 || this.#recordsLeft <= 0; }

  /** The text that these bytes complete, in pieces of them. */
  push(chunk: Buffer): Buffer[] {
    const shown: Buffer[] = [];
    for (let at = 0; at < chunk.length && !this.isDone;) {
      at = this.#state === 'head' ? this.#takeHead(chunk, at, shown) : this.#takeText(chunk, at, shown);
    }
    return shown;
  }

  /** Begins anew with another file: what was read of a record that the last one did not complete is shown already. */
  startFile(): void {
    this.#state = 'head';
    this.#head = Buffer.alloc(0);
  }

  #takeHead(chunk: Buffer, at: number, shown: Buffer[]): number {
    const seen = this.#head.length;
    const text = seen === 0 ? chunk.subarray(at, at + HEAD_BYTES_MAX) : Buffer.concat([this.#head, chunk.subarray(at, at + HEAD_BYTES_MAX - seen)]);
    const length = headLength(text);
    if (length === undefined) {
      if (text.length >= HEAD_BYTES_MAX) return this.#skip(at);
      this.#head = Buffer.from(text); // the chunk's bytes are not ours to keep
      return chunk.length;
    }
    this.#head = Buffer.alloc(0);
    const [whole, time = '', fraction = '', zone = '', stream = '', tags = ''] = HEAD.exec(text.toString('latin1', 0, length)) ?? [];
    if (whole === undefined) return text[length - 1] === NEWLINE ? at + length - seen : this.#skip(at + length - seen);
    this.#state = 'text';
    this.#partial = tags.split(':', 1)[0] === 'P';
    this.#hasText = false;
    const { stream: wanted, sinceMs, timestamps } = this.#view;
    this.#isShown = (wanted === undefined || wanted === stream) && (sinceMs === undefined || Date.parse(`${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`) >= sinceMs);
    if (timestamps && this.#startsLine) this.#show(Buffer.from(`${time}.${fraction.padEnd(9, '0')}${zone} `), shown);
    return at + length - seen;
  }

  #takeText(chunk: Buffer, at: number, shown: Buffer[]): number {
    const end = chunk.indexOf(NEWLINE, at);
    const isText = this.#state === 'text';
    if (isText) {
      const ends = end >= 0 && !this.#partial;
      const text = chunk.subarray(at, end < 0 ? chunk.length : ends ? end + 1 : end);
      this.#hasText ||= text.length > 0;
      this.#show(text, shown);
    }
    if (end < 0) return chunk.length;
    this.#state = 'head';
    if (isText) {
      this.#startsLine = !this.#partial || !this.#hasText;
      this.#recordsLeft--;
    }
    return end + 1;
  }

  #show(text: Buffer, shown: Buffer[]): void {
    if (!this.#isShown || text.length === 0) return;
    const cut = text.length <= this.#bytesLeft ? text : text.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= cut.length;
    if (cut.length > 0) shown.push(cut);
  }

  /** No record: left out up to the end of its line. */
  #skip(at: number): number {
    this.#state = 'skip';
    this.#head = Buffer.alloc(0);
    return at;
  }
}

/** Up to behind the third space, or the end of a line that has no three; undefined when neither has come yet. */
function headLength(text: Buffer): number | undefined {
  let spaces = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === NEWLINE) return i + 1;
    if (text[i] === SPACE && ++spaces === 3) return i + 1;
  }
  return undefined;
}
