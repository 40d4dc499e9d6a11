import { expect, it } from 'vitest';
import { UploadStore } from './upload-store.ts';

const begin = (store: UploadStore, name: string) => store.begin(name, 'video/mp4');

it('forgets the oldest files when there are too many', () => {
  const store = new UploadStore({ filesMax: 2, bytesMax: 100 });

  const [first, second, third] = ['a', 'b', 'c'].map((name) => begin(store, name).id);

  expect([first, second, third].map((id) => store.find(id ?? '')?.fileName)).toEqual([undefined, 'b', 'c']);
});

it('forgets the files that were put longest ago when they are too large together', () => {
  const store = new UploadStore({ filesMax: 10, bytesMax: 100 });
  const [first, second, third] = [begin(store, 'a'), begin(store, 'b'), begin(store, 'c')];

  store.put(second, Buffer.alloc(60));
  store.put(first, Buffer.alloc(30));
  store.put(third, Buffer.alloc(60));

  expect([first, second, third].map(({ id }) => store.find(id)?.bytes?.length)).toEqual([30, undefined, 60]);
});

it('counts a file that is put again once', () => {
  const store = new UploadStore({ filesMax: 10, bytesMax: 100 });
  const [first, second] = [begin(store, 'a'), begin(store, 'b')];

  store.put(first, Buffer.alloc(40));
  for (let nth = 0; nth < 5; nth += 1) store.put(second, Buffer.alloc(60));

  expect([first, second].map(({ id }) => store.find(id)?.bytes?.length)).toEqual([40, 60]);
});
