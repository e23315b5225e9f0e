import { parse } from 'yaml';
import { deployApiVersion } from './cluster-file.ts';
import { FieldReader } from './field-reader.ts';
import { UserError } from '@kubernode/component-base';

/** When a unit begins to be cared for; in this order. */
export const phases = ['etcd', 'loadBalancer', 'controlPlane', 'controllers', 'node', 'monitoring'] as const;
export type Phase = (typeof phases)[number];

/** A file that belongs on a host: with content, or with that of a file of the state folder's pki. */
export interface HostFile {
  path: string;
  mode: number;
  content?: string;
  fromPki?: string;
  /** Put there where nothing is, never replaced. */
  once: boolean;
}

/** What answers when a unit serves. */
export interface UnitReady { scheme: 'http' | 'https'; port: number; path: string }

/** A systemd unit of a host. */
export interface HostUnit {
  name: string;
  phase: Phase;
  content: string;
  /** Files that the process reads when it starts; when one changes it is started again. What it reads again by itself is not among them. */
  uses: readonly string[];
  /** It takes up changed files when it is told to reload. */
  reloads: boolean;
  /** Load balancers send it nothing while it restarts. */
  drained: boolean;
  /** Folders with what users would miss. */
  data: readonly string[];
  /** Folders and files of its own that go with the unit. */
  state: readonly string[];
  ready?: UnitReady;
}

/** What the chart says of one host. */
export interface HostDocument { name: string; address: string; roles: readonly string[]; files: readonly HostFile[]; units: readonly HostUnit[] }

/** Reads a document of kind Host. UserError when a template made something else of it. */
export function parseHostDocument(text: string): HostDocument {
  const faults: string[] = [];
  const value: unknown = parse(text);
  const root = new FieldReader(value, '', faults).known('apiVersion', 'kind', 'metadata', 'spec');
  root.oneOf('apiVersion', [deployApiVersion]);
  root.oneOf('kind', ['Host']);
  const name = root.object('metadata').text('name');
  const spec = root.object('spec').known('address', 'roles', 'files', 'units');
  const host = { name, address: spec.text('address'), roles: spec.texts('roles', {}), files: distinct(spec.list('files').map(readFile)), units: spec.list('units').map(readUnit) };
  if (faults.length > 0) throw new UserError(`the chart's host ${name} is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return host;
}

function readFile(reader: FieldReader): HostFile {
  reader.known('path', 'mode', 'owner', 'content', 'fromPki', 'once');
  const fromPki = reader.text('fromPki', { otherwise: '' });
  reader.oneOf('owner', ['root:root']);
  return {
    path: reader.text('path', { matching: /^\/(?!.*\/\.\.?(\/|$))[-\w./@]+$/, want: 'an absolute path' }), mode: parseInt(reader.text('mode', { matching: /^0[0-7]{3}$/, want: 'a mode such as 0644' }), 8),
    once: reader.flag('once') ?? false, ...(fromPki === '' ? { content: reader.text('content') } : { fromPki }),
  };
}

function readUnit(reader: FieldReader): HostUnit {
  reader.known('name', 'phase', 'content', 'uses', 'reloads', 'drained', 'data', 'state', 'ready');
  reader.oneOf('phase', phases);
  const ready = Object.keys(reader.map('ready')).length === 0 ? undefined : reader.object('ready').known('scheme', 'port', 'path');
  ready?.oneOf('scheme', ['http', 'https']);
  return {
    name: reader.text('name', { matching: /^[-\w@.]+\.(service|timer)$/, want: 'the name of a unit' }), phase: reader.text('phase') as Phase, content: reader.text('content'), // checked above
    uses: reader.texts('uses', {}), reloads: reader.flag('reloads') ?? false, drained: reader.flag('drained') ?? false, data: reader.texts('data', {}), state: reader.texts('state', {}),
    ...(ready !== undefined && { ready: { scheme: ready.text('scheme') as UnitReady['scheme'], port: ready.whole('port', { min: 1, max: 65_535 }) ?? 0, path: ready.text('path') } }), // checked above
  };
}

/** Roles that share a machine name some files twice; in the order of their paths. */
function distinct(files: readonly HostFile[]): readonly HostFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
