// The server that bench/dns.ts asks, in a process of its own.
import { seededRng, systemClock } from '@kubernode/base';
import { createRegistry, silentLogger } from '@kubernode/component-base';
import { AnswerCache } from '../services/dns/src/cache/answer-cache.ts';
import { Forwarder } from '../services/dns/src/forward/forwarder.ts';
import { LoopGuard } from '../services/dns/src/forward/loop-guard.ts';
import { createDnsMetrics } from '../services/dns/src/metrics.ts';
import { createAnswerer } from '../services/dns/src/server/answerer.ts';
import { serveDns } from '../services/dns/src/server/dns-server.ts';
import type { ZoneView } from '../services/dns/src/zone/zone-view.ts';

const [count, port] = [Number(process.argv[2]), Number(process.argv[3])];
const services = new Map(Array.from({ length: count }, (_, i) => [`load/s${i}`, { apiVersion: 'v1', kind: 'Service', metadata: { name: `s${i}`, namespace: 'load' }, spec: { clusterIP: `10.96.${i >> 8}.${i & 255}`, clusterIPs: [`10.96.${i >> 8}.${i & 255}`], ports: [{ port: 80 }] } }]));
const view: ZoneView = { domain: 'cluster.local', service: (namespace, name) => services.get(`${namespace}/${name}`), slices: () => [], namespaceExists: (name) => name === 'load', serviceByAddress: () => undefined, slicesByAddress: () => [] };
const cache = new AnswerCache(systemClock);
const metrics = createDnsMetrics(createRegistry(), { server: 'dns://:53', cacheSize: (kind) => cache.size(kind) });
const stop = new AbortController();
const forwarder = new Forwarder({ servers: [], clock: systemClock, rng: seededRng(1), logger: silentLogger, metrics: metrics.forward, signal: stop.signal });
const answer = createAnswerer({ view, cache, forwarder, loopGuard: new LoopGuard(seededRng(2)), metrics, clock: systemClock, mayForward: () => true });
setTimeout(() => process.send?.('ready'), 300);
await serveDns({ address: '127.0.0.1', port, clock: systemClock, logger: silentLogger, answer }, stop.signal);
