import { Fixtures } from './fixtures.ts';

describe('Fixtures', () => {
  const ended: string[] = [];
  const lasting = (name: string): AsyncDisposable => ({ async [Symbol.asyncDispose]() { await Promise.resolve(); ended.push(name); } });
  const plain = (name: string, error?: Error): Disposable => ({ [Symbol.dispose]() { ended.push(name); if (error !== undefined) throw error; } });
  beforeEach(() => { ended.length = 0; });

  test('end last first, each once', async () => {
    const fixtures = new Fixtures();
    await fixtures.use(lasting('server'));
    await fixtures.use(Promise.resolve(plain('folder')));
    await fixtures[Symbol.asyncDispose]();
    await fixtures[Symbol.asyncDispose]();
    expect(ended).toEqual(['folder', 'server']);
  });

  test('end although one never started, and one that starts late', async () => {
    const fixtures = new Fixtures();
    let start: (made: AsyncDisposable) => void = () => undefined;
    const all = Promise.all([fixtures.use(new Promise<AsyncDisposable>((resolve) => { start = resolve; })), fixtures.use(Promise.reject<Disposable>(new Error('no port')))]);
    await expect(all).rejects.toThrow('no port');
    const end = fixtures[Symbol.asyncDispose]();
    start(lasting('late'));
    await end;
    expect(ended).toEqual(['late']);
  });

  test('end although one fails to, and tell of it', async () => {
    const fixtures = new Fixtures();
    await fixtures.use(lasting('etcd'));
    await fixtures.use(plain('server', new Error('stuck')));
    await expect(fixtures[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [new Error('stuck')] });
    expect(ended).toEqual(['server', 'etcd']);
  });
});
