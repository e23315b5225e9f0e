import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';

/** A node between pods of its own and a client outside, each in a network namespace; all are routed through the node. */
export interface TestNetwork extends Disposable {
  /** Runs programs on the node. */
  node: readonly string[];
  /** What TCP servers answer, `POD PEER`, each kind once; `refused` or `silent` when none does. */
  connect(from: Place, address: string, port: number, times?: number): Promise<string>;
  /** The same by UDP from one port. */
  udp(from: Place, address: string, port: number, sourcePort: number): Promise<string>;
}

export type Place = 'node' | 'outside' | 'a' | 'b';

const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const run = (...words: string[]): string => execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });

/** Addresses by place: on the node's side and on its own. */
export const ADDRESSES = {
  a: { node: ['10.244.0.1', 'fd00:244::1'], own: ['10.244.0.2', 'fd00:244::2'] },
  b: { node: ['10.244.1.1', 'fd00:244:0:1::1'], own: ['10.244.1.2', 'fd00:244:0:1::2'] },
  outside: { node: ['192.0.2.1', '2001:db8::1'], own: ['192.0.2.2', '2001:db8::2'] },
} as const;

/** Answers `NAME PEER` at 8080 by TCP and UDP. */
const SERVER = `const say=(a)=>process.argv[1]+' '+a.replace('::ffff:','');require('net').createServer((s)=>{s.on('error',()=>{});s.end(say(s.remoteAddress))}).listen(8080,'::',()=>{
const u=require('dgram').createSocket('udp6');u.on('message',(m,r)=>u.send(say(r.address),r.port,r.address));u.bind(8080,'::',()=>console.log('ready'))})`;
/** Print what comes back; give up after a second and a half. */
const TCP_CLIENT = `const [,a,p,n]=process.argv;const seen=new Set();let left=+n;const next=()=>{if(left--===0){console.log([...seen].sort().join(' | '));process.exit()}const s=require('net').connect(+p,a);let t='';
const end=(x)=>{clearTimeout(c);seen.add(x);s.destroy();next()};const c=setTimeout(()=>end('silent'),1500);s.on('data',(d)=>t+=d);s.on('error',(e)=>end(e.code==='ECONNREFUSED'?'refused':e.code));s.on('end',()=>end(t))};next()`;
const UDP_CLIENT = `const [,a,p,q]=process.argv;const u=require('dgram').createSocket(a.includes(':')?'udp6':'udp4');u.on('message',(m)=>{console.log(String(m));process.exit()});u.on('error',()=>{});u.bind(+q,()=>u.send('x',+p,a));setTimeout(()=>{console.log('silent');process.exit()},1500)`;

export async function createTestNetwork(prefix: string): Promise<TestNetwork> {
  const inside = (place: Place): string[] => ['ip', 'netns', 'exec', `${prefix}-${place}`];
  const servers: ChildProcess[] = [];
  const network: TestNetwork = {
    node: inside('node'),
    connect: (from, address, port, times = 1) => ask([...inside(from), process.execPath, '-e', TCP_CLIENT, address, String(port), String(times)]),
    udp: (from, address, port, sourcePort) => ask([...inside(from), process.execPath, '-e', UDP_CLIENT, address, String(port), String(sourcePort)]),
    [Symbol.dispose]() {
      for (const server of servers) server.kill('SIGKILL');
      for (const place of ['node', 'outside', 'a', 'b'] as const) try { run('ip', 'netns', 'delete', `${prefix}-${place}`); } catch { /* it was not made */ }
    },
  };
  network[Symbol.dispose]();
  for (const place of ['node', 'outside', 'a', 'b'] as const) { run('ip', 'netns', 'add', `${prefix}-${place}`); run(...inside(place), 'ip', 'link', 'set', 'lo', 'up'); }
  run(...inside('node'), 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  for (const place of ['a', 'b', 'outside'] as const) connectPlace(prefix, place, inside);
  ADDRESSES.outside.own.forEach((gateway, i) => run(...inside('node'), 'ip', ...(i === 0 ? [] : ['-6']), 'route', 'add', 'default', 'via', gateway)); // what is not translated has to be routed first
  for (const pod of ['a', 'b'] as const) {
    const [program, ...args] = ['ip', 'netns', 'exec', `${prefix}-${pod}`, process.execPath, '-e', SERVER, pod];
    const server = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(server);
    await new Promise((resolve) => { server.stdout?.once('data', resolve); });
  }
  return network;
}

function connectPlace(prefix: string, place: 'a' | 'b' | 'outside', inside: (place: Place) => string[]): void {
  run('ip', '-n', `${prefix}-node`, 'link', 'add', `to-${place}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${prefix}-${place}`);
  for (const [side, name, addresses] of [['node', `to-${place}`, ADDRESSES[place].node], [place, 'eth0', ADDRESSES[place].own]] as const) {
    run(...inside(side), 'ip', 'link', 'set', name, 'up');
    addresses.forEach((address, i) => run(...inside(side), 'ip', 'address', 'add', `${address}/${i === 0 ? 24 : 64}`, 'dev', name, ...(i === 0 ? [] : ['nodad'])));
  }
  ADDRESSES[place].node.forEach((gateway, i) => run(...inside(place), 'ip', ...(i === 0 ? [] : ['-6']), 'route', 'add', 'default', 'via', gateway));
}

function ask([program = '', ...args]: string[]): Promise<string> {
  return new Promise((resolve, reject) => { execFile(program, args, { env }, (error, stdout) => { if (error && stdout === '') reject(error); else resolve(stdout.trim()); }); });
}
