/** One process of a cluster, as the supervisor starts and watches it. */
export interface ProcessSpec {
  /** `apiserver-0`: names pid file, log and lines of output. */
  name: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** A stage begins when all processes of the one before it are ready. They stop in the opposite order. */
  stage: number;
  /** Begins together with the stage before its own: it waits by itself for what it needs, and has loaded its code meanwhile. */
  startsEarly?: boolean;
  ready: ReadyProbe;
  /** From SIGTERM to SIGKILL, ms. */
  stopMs: number;
  /** Others go on with its work: it is started again only once they had time to take it over, since a start takes a whole processor. */
  hasPeers?: boolean;
  /** May be added, changed and removed while the cluster runs: no other process knows of it. */
  isOptional?: boolean;
}

/** How it shows that a process serves. */
export type ReadyProbe =
  | { kind: 'https'; port: number; path: string }
  | { kind: 'http'; /** Loopback when absent. */ host?: string; port: number; path: string }
  | { kind: 'tcp'; port: number }
  | { kind: 'socket'; path: string };

/** What the supervisor knows of a process; the lines of run/supervisor.json. */
export interface ProcessStatus {
  name: string;
  pid: number;
  /** ms since 1970. */
  startedAt: number;
  restarts: number;
  ready: boolean;
  /** How it ended last: `exit 1`, `SIGKILL`. */
  lastExit?: string;
}
