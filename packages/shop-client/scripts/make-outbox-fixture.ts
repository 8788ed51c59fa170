import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { SCHEMA_VERSION } from '../src/adapters/sqlite/connection/schema.ts';
import { SqliteOutbox } from '../src/adapters/sqlite/outbox.ts';

/** Writes test/fixtures/outbox-schema-N.db for the present N; run once for each version, before it is published. */

const at = 1_795_000_000_000;
const file = fileURLToPath(new URL(`../test/fixtures/outbox-schema-${SCHEMA_VERSION}.db`, import.meta.url));
const beside = (...suffixes: string[]) => {
  for (const suffix of suffixes) rmSync(file + suffix, { force: true });
};

beside('', '-wal', '-shm', '-reserve', '-lease');
const outbox = new SqliteOutbox(file, {
  shopId: 'AMIS1',
  url: 'https://api.retsema.eu/shop',
  tillId: 'till-07',
  createdAt: at,
});
for (const n of [1, 2, 3, 4]) {
  const saleId = `sale-${n}`;
  const body = `{"shop_id":"AMIS1","content_base64":"AAAA","id":"${saleId}"}`;
  const seal = () => [{ id: saleId, protocol: 1 as const, body }];
  const draft = { saleId, ownId: true, protocol: 1 as const, kid: 'k'.repeat(43), recordedAt: at + n, seal };
  outbox.commit([{ type: 'record', draft }]);
}
const receipt = { saleId: 'sale-1', statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 };
const failure = { code: 'message_refused' as const, message: 'refused', hint: 'none', at: at + 9 };
outbox.commit([
  { type: 'accepted', seq: 1, part: 1, at: at + 9, receipt },
  { type: 'rejected', seq: 3, failure },
]);
outbox.close();
const database = new DatabaseSync(file);
database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; VACUUM');
database.close();
beside('-wal', '-shm', '-reserve', '-lease');
