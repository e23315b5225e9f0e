import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode } from 'dns-packet';
import { systemClock } from '@kubernode/base';
import { silentLogger } from '@kubernode/component-base';
import { serveDns } from '../src/server/dns-server.ts';

const PORT = 22053;
const question = encode({ type: 'query', id: 9, questions: [{ name: 'a.example', type: 'A' }] });
const reply = (query: Buffer): Buffer => encode({ type: 'response', id: decode(query).id ?? 0, answers: [{ type: 'A', name: 'a.example', data: '192.0.2.1' }] });

function overUdp(): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('message', (answer) => { socket.close(); resolve(answer); });
    socket.send(question, PORT, '127.0.0.1');
  });
}

function overTcp(): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1');
    const length = Buffer.from([0, question.length]);
    socket.on('data', (bytes: Buffer) => { socket.destroy(); resolve(bytes.subarray(2)); });
    socket.write(length);
    socket.write(question.subarray(0, 5)); // a message may come in pieces
    socket.write(question.subarray(5));
  });
}

test('serveDns answers by UDP and by TCP and gives its port back when stopped', async () => {
  for (let round = 0; round < 2; round++) {
    const stop = new AbortController();
    const served = serveDns({ address: '127.0.0.1', port: PORT, clock: systemClock, logger: silentLogger, answer: (query, transport) => (transport === 'udp' ? reply(query) : Promise.resolve(reply(query))) }, stop.signal);
    await new Promise((resolve) => { setImmediate(resolve); });
    const answers = await Promise.all([overUdp(), overTcp()]);
    expect(answers.map((one) => decode(one).answers)).toEqual([1, 2].map(() => [expect.objectContaining({ data: '192.0.2.1' })]));
    stop.abort();
    await served;
  }
});
