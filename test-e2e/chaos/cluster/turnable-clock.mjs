// Loaded into a process by --import: its wall clock is off by as many milliseconds as the file CLOCK_OFFSET_FILE says, from when it says so.
// Time that never jumps (performance.now, timers) stays as it is, as with a real clock that is set. OpenSSL's own look at the time stays right.
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_OFFSET_FILE;
const RealDate = Date;
const realNow = Date.now.bind(Date);
let offsetMs = 0;

const read = () => {
  try { offsetMs = Number(readFileSync(file, 'utf8')) || 0; } catch { offsetMs = 0; } // without a file the clock is right
};

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(realNow() + offsetMs);
    else super(...args);
  }
  static now() { return realNow() + offsetMs; }
};

read();
setInterval(read, 200).unref();
