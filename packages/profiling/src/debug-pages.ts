import { memoryUsage } from 'node:process';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isAbortError, type Clock } from '@kubernode/base';
import { countedProfile, emptyProfile, profileText } from './counted-profile.ts';
import { cpuProfile } from './cpu-profile.ts';
import { encodeProfile, type Profile } from './encode-profile.ts';
import { answerFlags } from './flag-pages.ts';
import { heapProfile } from './heap-profile.ts';
import { AlreadyRecording, CPU_PERIOD_NS, HEAP_PERIOD_BYTES, recordCpu, recordHeap } from './record-profiles.ts';

/** A request below /debug, however it came in; it is authorized already. */
export interface DebugRequest {
  method: string;
  /** Without query. */
  path: string;
  query: URLSearchParams;
  /** The whole body, of PUT. */
  body: Buffer;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

export interface DebugAnswer { status: number; headers: Readonly<Record<string, string>>; body: Buffer }

export interface DebugOptions {
  clock: Clock;
  /** `--profiling`. */
  profiling: boolean;
  /** Changes `--v`; absent where that cannot be done. */
  setVerbosity?: ((verbosity: number) => void) | undefined;
  /** The arguments to show at /debug/pprof/cmdline, which of Kubernetes' processes the kubelet alone shows. */
  commandLine?: readonly string[];
}

const ROOT = '/debug/pprof';
const SECONDS_DEFAULT = 30;
/** Samples are kept until the end. */
const SECONDS_MAX = 600;
const MS_PER_SECOND = 1_000;

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  allocs: 'The same as heap: V8 does not remember what it has freed.',
  block: 'Always empty: there is one thread, and it waits for nobody.',
  goroutine: 'What keeps the event loop alive, by kind.',
  heap: 'What was allocated since this was first asked for and is alive, sampled. With gc=1 garbage is collected before.',
  mutex: 'Always empty: there is one thread.',
  threadcreate: 'Always empty: threads are not counted.',
  profile: 'Where the processor spends its time, for seconds=N (30). Read it with go tool pprof.',
};

/** Whether the pages are below this path. */
export function isDebugPath(path: string): boolean { return path === ROOT || path.startsWith(`${ROOT}/`) || path === '/debug/flags' || path.startsWith('/debug/flags/'); }

/** What Go's and Kubernetes' handlers answer; undefined for what is not served. */
export async function answerDebug(request: DebugRequest, options: DebugOptions): Promise<DebugAnswer | undefined> {
  const { path } = request;
  if (!path.startsWith(ROOT)) return answerFlags(request, options.setVerbosity);
  if (!options.profiling) return undefined;
  if (path === ROOT) return { status: 302, headers: { location: `${ROOT}/`, 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(request.method === 'GET' ? `<a href="${ROOT}/">Found</a>.\n\n` : '') };
  if (!path.startsWith(`${ROOT}/`)) return undefined;
  return answerProfile(path.slice(ROOT.length + 1), request, options);
}

async function answerProfile(name: string, request: DebugRequest, { clock, commandLine }: DebugOptions): Promise<DebugAnswer> {
  switch (name) {
    case '': return { status: 200, headers: typed('text/html; charset=utf-8'), body: Buffer.from(indexPage(commandLine !== undefined)) };
    case 'profile': return cpu(request, clock);
    case 'symbol': return text('num_symbols: 0\n'); // profiles bring their names
    case 'cmdline': return commandLine === undefined ? fault(404, 'Unknown profile') : text(commandLine.join('\0'));
    default: return ofNow(name, request, clock);
  }
}

async function cpu({ query, signal }: DebugRequest, clock: Clock): Promise<DebugAnswer> {
  const asked = /^[+-]?\d+$/.test(query.get('seconds') ?? '') ? Number(query.get('seconds')) : 0;
  const seconds = asked <= 0 ? SECONDS_DEFAULT : asked;
  if (seconds > SECONDS_MAX) return fault(400, `profile duration exceeds the limit of ${SECONDS_MAX} seconds`);
  const startedAtMs = clock.now();
  try {
    const profile = await recordCpu(seconds * MS_PER_SECOND, { clock, signal });
    return await encoded('profile', cpuProfile(profile, { startedAtMs, periodNs: CPU_PERIOD_NS }));
  } catch (error) {
    if (error instanceof AlreadyRecording) return fault(500, `Could not enable CPU profiling: ${error.message}`);
    if (isAbortError(error) || signal.aborted) return fault(500, 'context canceled');
    throw error;
  }
}

/** Profiles of a moment. */
async function ofNow(name: string, { query }: DebugRequest, clock: Clock): Promise<DebugAnswer> {
  const take = Object.hasOwn(MOMENTS, name) ? MOMENTS[name] : undefined;
  if (take === undefined) return fault(404, 'Unknown profile');
  if ((query.get('seconds') ?? '') !== '') return fault(400, '"seconds" parameter is not supported for this profile type');
  const profile = await take(clock.now(), isSet(query.get('gc')));
  if (!isSet(query.get('debug'))) return encoded(name, profile);
  return text(profileText(name, profile) + (name === 'heap' ? memoryText() : ''));
}

type Moment = (nowMs: number, collectGarbage: boolean) => Promise<Profile> | Profile;

const heap: Moment = async (nowMs, collectGarbage) => heapProfile(await recordHeap({ collectGarbage }), { startedAtMs: nowMs, periodBytes: HEAP_PERIOD_BYTES });

const MOMENTS: Readonly<Record<string, Moment>> = {
  allocs: (nowMs) => heap(nowMs, false),
  block: (nowMs) => emptyProfile('contentions', nowMs),
  goroutine: (nowMs) => countedProfile('goroutine', process.getActiveResourcesInfo(), nowMs),
  heap,
  mutex: (nowMs) => emptyProfile('contentions', nowMs),
  threadcreate: (nowMs) => countedProfile('threadcreate', [], nowMs),
};

/** Go reads such numbers so: what is none is 0. */
function isSet(value: string | null): boolean { return /^[+-]?\d+$/.test(value ?? '') && Number(value) !== 0; }

function memoryText(): string { return `# memory of the process, bytes\n${Object.entries(memoryUsage()).map(([what, bytes]) => `# ${what} = ${bytes}\n`).join('')}`; }

async function encoded(name: string, profile: Profile): Promise<DebugAnswer> {
  const body = await promisify(gzip)(encodeProfile(profile));
  return { status: 200, headers: { ...typed('application/octet-stream'), 'content-disposition': `attachment; filename="${name}"` }, body };
}

function indexPage(showsCommandLine: boolean): string {
  const pages = [...Object.entries(DESCRIPTIONS), ...(showsCommandLine ? [['cmdline', 'The command line of this process.'] as const] : [])];
  const rows = pages.map(([name, description]) => `<li><a href="${name}${name === 'profile' || name === 'cmdline' ? '' : '?debug=1'}">${name}</a>: ${description}</li>\n`);
  return `<html>\n<head>\n<title>${ROOT}/</title>\n</head>\n<body>\n${ROOT}/\n<p>Profiles of this process, for <code>go tool pprof</code>:</p>\n<ul>\n${rows.join('')}</ul>\n</body>\n</html>\n`;
}

function typed(contentType: string): Record<string, string> { return { 'content-type': contentType, 'x-content-type-options': 'nosniff' }; }

function text(body: string): DebugAnswer { return { status: 200, headers: typed('text/plain; charset=utf-8'), body: Buffer.from(body) }; }

function fault(status: number, why: string): DebugAnswer { return { status, headers: { ...typed('text/plain; charset=utf-8'), 'x-go-pprof': '1' }, body: Buffer.from(`${why}\n`) }; }
