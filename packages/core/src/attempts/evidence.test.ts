import { describe, expect, it } from 'vitest';
import { EVIDENCE_MAX, type Evidence, type KeptEvidence, keepEvidence } from './evidence.ts';

const SENDER: Evidence = { source: 'sender', alive: false, failure: 'no_answer' };
const EMPTY: Evidence = { source: 'listing', complete: true, listed: 0, matches: [] };
const UNREAD: Evidence = { source: 'listing', complete: false, listed: 0, matches: [], failure: 'down' };

const kept = (...pieces: readonly Evidence[]) =>
  pieces.reduce<KeptEvidence[]>((list, piece, minute) => keepEvidence(list, piece, `minute ${minute}`), []);

describe('evidence', () => {
  it('is kept in its order, each piece with its time', () => {
    expect(kept(SENDER, EMPTY)).toEqual([
      { ...SENDER, at: 'minute 0' },
      { ...EMPTY, at: 'minute 1' },
    ]);
  });

  it('says of looks in a row that could not be made how many they were and since when', () => {
    expect(kept(SENDER, UNREAD, UNREAD, UNREAD)).toEqual([
      { ...SENDER, at: 'minute 0' },
      { ...UNREAD, times: 3, since: 'minute 1', at: 'minute 3' },
    ]);
  });

  it('keeps a look that could not be made apart from one that could', () => {
    expect(kept(UNREAD, EMPTY, UNREAD)).toHaveLength(3);
  });

  it('of more than fits keeps how the attempt became unknown, and the newest', () => {
    const list = kept(SENDER, ...Array.from({ length: 30 }, () => EMPTY));

    expect(list).toHaveLength(EVIDENCE_MAX);
    expect(list[0]).toMatchObject(SENDER);
    expect(list.slice(1).map(({ at }) => at)).toEqual(Array.from({ length: 19 }, (_, n) => `minute ${n + 12}`));
  });
});
