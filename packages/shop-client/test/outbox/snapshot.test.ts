import { join } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { Connection } from '../../src/adapters/sqlite/connection/connection.ts';
import { openDatabase } from '../../src/adapters/sqlite/connection/file.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { Reader } from '../../src/adapters/sqlite/tables/reader.ts';
import { readOutbox } from '../../src/adapters/sqlite/whole-file/export.ts';
import type { Change } from '../../src/entry.ts';
import type { Totals } from '../../src/outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

/** After each question to the file something happens to it. */
class Interrupted extends Connection {
  meanwhile: () => void = () => undefined;

  override get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const row = super.get<Row>(sql, ...values);
    this.meanwhile();
    return row;
  }

  override all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    const rows = super.all<Row>(sql, ...values);
    this.meanwhile();
    return rows;
  }
}

const accepted = (seq: number): Change => ({
  type: 'accepted',
  seq,
  part: 1,
  at: 2,
  receipt: { saleId: `sale-${seq}`, statusCode: 200, content: '"OK"', requestId: undefined, attempts: 1 },
});

const pickTotals = ({ recorded, accepted, queued, rejected, resolved, queuedBytes }: Totals): Totals => ({
  recorded,
  accepted,
  queued,
  rejected,
  resolved,
  queuedBytes,
});

describe('while another process records and delivers, what is read together is of one moment', () => {
  let reader: Reader;
  let other: SqliteOutbox;
  /** What was true at some moment. */
  let moments: ReturnType<SqliteOutbox['totals']>[];

  beforeEach(() => {
    const file = join(temporaryFolder(), 'outbox.db');
    other = new SqliteOutbox(file, IDENTITY);
    record(other, 'sale-1', 'sale-2', 'sale-3', 'sale-4');
    moments = [other.totals()];
    const connection = new Interrupted(file, openDatabase(file));
    reader = new Reader(connection);
    connection.meanwhile = () => {
      const { recorded, accepted: before } = other.totals();
      record(other, `sale-${recorded + 1}`, `sale-${recorded + 2}`);
      other.commit([accepted(before + 1), { type: 'due', protocol: 1 }]);
      moments.push(other.totals());
    };
    return () => {
      connection.close();
      other.close();
    };
  });

  test('the totals', () => {
    for (let i = 0; i < 5; i++) expect(moments).toContainEqual(reader.totals());
  });

  test('the summary', () => {
    for (let i = 0; i < 5; i++) {
      const { queuedByKey, ...totals } = reader.summary();
      expect(moments).toContainEqual(pickTotals(totals));
      expect(Object.values(queuedByKey)).toEqual([totals.queued]);
    }
  });

  test('a page of the list: each sale once', () => {
    for (let i = 0; i < 5; i++) {
      const page = reader.list({ limit: 100 }).map(({ seq }) => seq);
      expect(page).toEqual(page.map((__, at) => at + 1));
    }
  });

  test('what is due: each sale once', () => {
    const failure = { code: 'shop_unavailable', message: 'm', hint: 'h', at: 1 } as const;
    const schedule = { notBefore: 2, delayMs: 1 };
    other.commit([{ type: 'postponed', seq: 4, failure, mayHaveArrived: false, schedule }]);
    const due = reader.due(1, 5, 100).map(({ seq }) => seq);
    expect(due).toEqual([...new Set(due)]);
  });
});

test('a sale that is accepted while all are exported is in the export once', () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  record(outbox, 'sale-1', 'sale-2');
  const seen: string[] = [];
  for (const { saleId } of readOutbox(file, { all: true })) {
    seen.push(saleId);
    if (seen.length === 1) outbox.commit([accepted(1)]);
  }
  outbox.close();
  expect(seen).toEqual(['sale-1', 'sale-2']);
});
