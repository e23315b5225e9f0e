import { createHash } from 'node:crypto';
import { seededRng, type Rng } from '@kubernode/base';
import type { RootLogger } from '@kubernode/component-base';
import { chosenFault } from './faults/faults.ts';
import { invariants } from './invariants/invariants.ts';
import type { Invariant, TakenWrite } from './invariants/invariant.ts';
import { suspendCronJobs } from './users/cron-jobs.ts';
import { World } from './world/world.ts';

export interface SimulationOptions {
  /** All chance comes from it: the same seed is the same run. */
  seed: number;
  hours: number;
  /** Where the servers' common key is; its content does not matter. */
  certDir: string;
  /** Mean time between two faults, ms; Infinity for none. */
  faultPaceMs?: number;
  /** How long each round goes on in peace after everything was checked, ms. */
  calmMs?: number;
  /** Of all processes in the world; silent without. */
  logger?: RootLogger;
}

export interface SimulationResult {
  seed: number;
  hours: number;
  /** etcd's revision at the end: how much was written. */
  revision: number;
  faults: number;
  /** Of everything that was ever stored: tells whether two runs were the same. */
  digest: string;
  /** What must never be, each with its time; empty when all is well. */
  violations: readonly string[];
  /** The last things that happened before the first violation, oldest first. */
  trace: readonly string[];
}

const HOUR_MS = 3_600_000;
/** How long faults take turns before all of them end, and how long the world then has to come to rest, ms. */
const ROUND_MS = 20 * 60_000;
const REST_MS = 12 * 60_000;
const QUIET_MS = 3 * 60_000;
const TRACE_MAX = 60;
/** Writes beside leases and events that a world at rest may make in QUIET_MS. */
const QUIET_WRITES_MAX = 12;

/** Runs one world in rounds: faults and users for a while, then peace, in which everything has to converge and become quiet. Ends after the first violation. */
export async function simulate({ seed, hours, certDir, faultPaceMs = 45_000, calmMs = 0, logger }: SimulationOptions): Promise<SimulationResult> {
  const rng = seededRng(seed);
  const log = new RunLog();
  const world: World = new World({ seed: Math.floor(rng.next() * 2 ** 32), certDir, paceMs: 5_000 + rng.next() * 40_000, ...(logger !== undefined && { logger }), onViolation: (what) => { log.violation(world.time.nowMs, what); }, onWritten: (process, request, response) => { watched.taken({ process, request, response }); } });
  const watched: Watched = new Watched(world, invariants(), log);
  await world.start();
  const endMs = hours * HOUR_MS;
  while (world.time.nowMs < endMs && log.violations.length === 0) {
    world.users.start();
    world.metrics.stir();
    await chaos(world, { rng, untilMs: Math.min(world.time.nowMs + ROUND_MS, endMs), faultPaceMs, log, step: () => watched.look() });
    if (log.violations.length === 0) await rest(world, watched, log);
    await world.time.runUntil(world.time.nowMs + calmMs, () => watched.look());
  }
  const { violations, trace, faults } = log;
  return { seed, hours, revision: world.etcd.revision, faults, digest: watched.digest(), violations, trace };
}

interface ChaosOptions { rng: Rng; untilMs: number; faultPaceMs: number; log: RunLog; step: () => boolean }

async function chaos(world: World, { rng, untilMs, faultPaceMs, log, step }: ChaosOptions): Promise<void> {
  const { time } = world;
  while (time.nowMs < untilMs && log.violations.length === 0) {
    await time.runUntil(Math.min(time.nowMs - Math.log(1 - rng.next()) * faultPaceMs, untilMs), step);
    if (time.nowMs >= untilMs) return;
    const fault = chosenFault(rng);
    const begun = fault.begin(world, rng);
    if (begun === undefined) continue;
    log.fault(time.nowMs, `${fault.name}: ${begun.of}`);
    time.after(rng.next() * fault.lastsMs, () => {
      log.note(time.nowMs, `over: ${fault.name}: ${begun.of}`);
      void begun.end();
    });
  }
}

/** All faults end; then everything must come to rest, and stay so. */
async function rest(world: World, watched: Watched, log: RunLog): Promise<void> {
  const { time } = world;
  log.note(time.nowMs, 'peace');
  world.users.stop();
  world.metrics.calm();
  await time.runUntil(time.nowMs + 120_000, () => watched.look()); // the longest fault ends by itself
  world.heal();
  for (const server of world.servers) await server.start();
  for (const component of world.components) { component.process?.thaw(); component.start(); }
  let isCalm = false;
  const givingUp = new AbortController();
  const calming = suspendCronJobs({ ...world.visitor('warden'), signal: givingUp.signal }).then(() => { isCalm = true; });
  await time.runUntil(time.nowMs + REST_MS - 120_000, () => watched.look());
  if (isCalm) await calming; else { log.violation(time.nowMs, 'CronJobs could not be suspended'); givingUp.abort(); calming.catch(() => undefined); }
  watched.atRest();
  const before = watched.writes;
  await time.runUntil(time.nowMs + QUIET_MS, () => watched.look());
  const made = watched.writes - before;
  if (made > QUIET_WRITES_MAX) log.violation(time.nowMs, `a world at rest made ${made} writes in ${QUIET_MS / 60_000} minutes: ${watched.latest()}`);
}

/** Shows each write to the invariants. */
class Watched {
  readonly #world: World;
  readonly #invariants: readonly Invariant[];
  readonly #log: RunLog;
  readonly #hash = createHash('sha256');
  #latest: string[] = [];
  writes = 0;

  constructor(world: World, all: readonly Invariant[], log: RunLog) {
    this.#world = world;
    this.#invariants = all;
    this.#log = log;
  }

  /** Says whether it is enough. */
  look(): boolean {
    const { history } = this.#world;
    for (const version of history.read()) {
      this.#hash.update(`${version.revision} ${version.key} ${JSON.stringify(version.object ?? null)}\n`);
      if (version.resource === 'leases' || version.resource === 'events') continue;
      this.writes++;
      const what = `${version.object === undefined ? 'gone' : version.previous === undefined ? 'made' : 'changed'} ${version.key}`;
      this.#latest = [...this.#latest.slice(-20), what];
      this.#log.note(version.atMs, what);
      for (const { name, observe } of this.#invariants) {
        const wrong = observe?.(version, history);
        if (wrong !== undefined) this.#log.violation(version.atMs, `${name}: ${wrong}`);
      }
    }
    return this.#log.violations.length > 0;
  }

  /** A write has been answered: by whom it was becomes known only now. */
  taken(write: Omit<TakenWrite, 'atMs'>): void {
    this.look();
    const { time: { nowMs: atMs }, history } = this.#world;
    for (const { name, taken } of this.#invariants) {
      const wrong = taken?.({ ...write, atMs }, history);
      if (wrong !== undefined) this.#log.violation(atMs, `${name}: ${wrong}`);
    }
  }

  atRest(): void {
    for (const { name, atRest } of this.#invariants) for (const wrong of atRest?.(this.#world.history) ?? []) this.#log.violation(this.#world.time.nowMs, `${name}: ${wrong}`);
  }

  latest(): string { return this.#latest.join(', '); }
  digest(): string { return this.#hash.digest('hex').slice(0, 16); }
}

/** What happened, as far as it helps to understand a violation. */
class RunLog {
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  faults = 0;

  note(atMs: number, what: string): void {
    if (this.violations.length > 0) return; // what led to it is kept
    this.trace.push(`${stamp(atMs)} ${what}`);
    if (this.trace.length > TRACE_MAX) this.trace.shift();
  }

  fault(atMs: number, what: string): void {
    this.faults++;
    this.note(atMs, what);
  }

  violation(atMs: number, what: string): void { this.violations.push(`${stamp(atMs)} ${what}`); }
}

function stamp(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}
