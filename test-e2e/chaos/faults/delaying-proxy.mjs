// A TCP proxy that hands on everything DELAY milliseconds late, both ways.
// usage: node delaying-proxy.mjs LISTEN HOST PORT DELAY UID
import { connect, createServer } from 'node:net';

const [listen, host, port, delay, uid] = process.argv.slice(2);
process.setuid(Number(uid)); // its own connections are told by it

const handOn = (from, to) => {
  from.on('data', (bytes) => { setTimeout(() => { if (!to.destroyed) to.write(bytes); }, Number(delay)); });
  from.on('end', () => { setTimeout(() => to.end(), Number(delay)); });
  from.on('error', () => to.destroy());
  from.on('close', () => { setTimeout(() => to.destroy(), Number(delay)); });
};

createServer((client) => {
  const server = connect(Number(port), host);
  handOn(client, server);
  handOn(server, client);
}).listen(Number(listen), () => { process.stdout.write('listening\n'); });
