import { RecentlyRead, type Kept } from './recently-read.ts';

describe('RecentlyRead', () => {
  const forgotten: string[] = [];
  const entry = (name: string, bytes: number): Kept => ({ bytes: Buffer.alloc(bytes), forget: () => { forgotten.push(name); } });
  beforeEach(() => { forgotten.length = 0; });

  test.each([
    ['the oldest goes when the count is reached', { countMax: 2, bytesMax: 100 }, [1, 1, 1, 1], ['0', '1']],
    ['as many go as room is wanted for', { countMax: 9, bytesMax: 10 }, [4, 4, 2, 9], ['0', '1', '2']],
    ['what is larger than all the room is not kept', { countMax: 9, bytesMax: 10 }, [4, 11, 4], ['0', '1']],
    ['nothing goes while there is room', { countMax: 3, bytesMax: 10 }, [4, 4, 2], []],
  ])('%s', (_title, bounds, sizes, gone) => {
    const recent = new RecentlyRead(bounds);
    sizes.forEach((size, index) => recent.add(entry(String(index), size)));
    expect(forgotten).toEqual(gone);
  });
});
