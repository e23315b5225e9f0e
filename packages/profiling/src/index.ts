/**
 * /debug/pprof and /debug/flags of every process: profiles of this process in pprof's own format, so that `go tool pprof` reads them.
 * Guarantees: what V8 records is converted purely; one profile of processor time at a time, for a bounded time; a client that leaves ends it.
 * Non-goals: who may ask (the door decides that), execution traces, and profiles of locks, of which one thread has none.
 */
export { answerDebug, isDebugPath, type DebugAnswer, type DebugOptions, type DebugRequest } from './debug-pages.ts';
export { encodeProfile, type Frame, type Profile, type ProfileSample } from './encode-profile.ts';
export { debugTarget, serveDebug, type DebugTarget } from './serve-debug.ts';
