import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Change } from '../../src/entry.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY } from './contract.ts';

function open(file: string): SqliteOutbox {
  const outbox = new SqliteOutbox(file, IDENTITY);
  onTestFinished(() => outbox.close());
  return outbox;
}

const record = (outbox: SqliteOutbox, id: string) => outbox.commit([{ type: 'record', draft: draft(id) }]);
const accepted = (seq: number): Change => ({
  type: 'accepted',
  seq,
  part: 1,
  at: 1_795_000_000_000,
  receipt: { saleId: `S-${seq}`, statusCode: 200, content: '"OK"', requestId: undefined, attempts: 1 },
});

describe('the number and the chain of the next sale', () => {
  test('follow what another process has recorded in between', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const [first, second] = [open(file), open(file)];
    for (let i = 1; i <= 20; i++) record(i % 3 === 0 ? second : first, `S-${i}`);
    expect(first.totals()).toMatchObject({ recorded: 20, queued: 20 });
    expect(await second.verify()).toMatchObject({ ok: true, recorded: 20 });
  });

  test('follow what another process has recorded and settled in between', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const [first, second] = [open(file), open(file)];
    record(first, 'S-1');
    record(second, 'S-2');
    second.commit([accepted(1), accepted(2)]);
    expect(record(first, 'S-3')).toMatchObject([{ seq: 3 }]);
    first.commit([accepted(3)]);
    expect(await first.verify()).toMatchObject({ ok: true, recorded: 3, accepted: 3 });
  });

  test('are not those of a transaction that was rolled back', async () => {
    const outbox = open(join(temporaryFolder(), 'outbox.db'));
    record(outbox, 'S-1');
    const failing = () => {
      throw new Error('the seal');
    };
    const changes: Change[] = [
      { type: 'record', draft: draft('S-2') },
      { type: 'record', draft: { ...draft('S-3'), seal: failing } },
    ];
    expect(() => outbox.commit(changes)).toThrow('the seal');
    expect(record(outbox, 'S-4')).toMatchObject([{ seq: 2 }]);
    expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 2 });
  });
});
