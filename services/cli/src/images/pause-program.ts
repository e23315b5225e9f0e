const LOAD_ADDRESS = 0x400000;
const HEADERS_BYTES = 64 + 56; // ELF header and one program header

/**
 * The program of every pod's sandbox, as a whole ELF file of a few hundred bytes for x86-64: it ignores SIGCHLD, so that the kernel reaps
 * what the pod's other containers leave behind in a shared process namespace, and sleeps in pause(2) for ever.
 */
export function pauseProgram(): Buffer {
  const sigaction = Buffer.alloc(32); // struct kernel_sigaction: handler, flags, restorer, mask
  sigaction.writeUInt8(1, 0); // SIG_IGN
  const code = Buffer.from([
    0xb8, 0x0d, 0x00, 0x00, 0x00,             // mov eax, 13         rt_sigaction
    0xbf, 0x11, 0x00, 0x00, 0x00,             // mov edi, 17         SIGCHLD
    0x48, 0x8d, 0x35, 0x15, 0x00, 0x00, 0x00, // lea rsi, [rip+21]   the struct behind the code
    0x31, 0xd2,                               // xor edx, edx        no old action
    0x41, 0xba, 0x08, 0x00, 0x00, 0x00,       // mov r10d, 8         bytes of the mask
    0x0f, 0x05,                               // syscall
    0xb8, 0x22, 0x00, 0x00, 0x00,             // mov eax, 34         pause
    0x0f, 0x05,                               // syscall
    0xeb, 0xf7,                               // jmp -9
    0x90, 0x90,                               // nop nop
  ]);
  return elfFile(Buffer.concat([code, sigaction]));
}

/** A static 64-bit little-endian ELF executable with one segment that holds everything. */
function elfFile(body: Buffer): Buffer {
  const header = Buffer.alloc(HEADERS_BYTES);
  header.write('\x7fELF', 0, 'latin1');
  header.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADERS_BYTES), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program header's offset
  header.writeUInt16LE(64, 52); // size of this header
  header.writeUInt16LE(56, 54); // size and number of program headers
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // loadable
  header.writeUInt32LE(5, 68); // readable and executable
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88);
  header.writeBigUInt64LE(BigInt(HEADERS_BYTES + body.length), 96);
  header.writeBigUInt64LE(BigInt(HEADERS_BYTES + body.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, body]);
}
