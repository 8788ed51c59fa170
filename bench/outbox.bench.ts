/** Making one sale durable: what the disk allows, what others reach, the outbox alone, and record() with its seal. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ShopClient, Till } from '@amis-shop/shop-client';
import { SqliteOutbox } from '../packages/shop-client/src/adapters/sqlite/outbox.ts';
import { compareRates, print } from './lib/ratio.ts';
import { publicKeys, SALE } from './lib/shop.ts';

const CALLERS = 16;
const SALES_OF_EACH = 8;

const folder = fs.mkdtempSync(join(tmpdir(), 'outbox-bench-'));
const identity = { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop' };
const settings = { ...identity, keyCacheDir: false as const };
const sealed = await new ShopClient(settings, { publicKeys }).seal(SALE);
const { messages, kid } = sealed;
const body = messages[0]?.body ?? '';

const till = await Till.open({ ...settings, file: join(folder, 'till.db'), deliver: false }, { publicKeys });
const store = new SqliteOutbox(join(folder, 'store.db'), { ...identity, tillId: undefined, createdAt: 0 });
const insert = bareDatabase(join(folder, 'bare.db'));
const client = new ShopClient(settings, { publicKeys });
const append = appendTo(join(folder, 'log'));
const putFile = filesIn(join(folder, 'files'));
let count = 0;

try {
  print(
    await compareRates({
      title: 'Record a sale durably',
      contenders: [
        { name: `limit: append and fdatasync, ${body.length} bytes`, run: append },
        { name: 'node:sqlite, WAL, synchronous=FULL, one insert', run: insert },
        { name: 'a file for each sale, rename and fsync', run: putFile },
        { name: 'SqliteOutbox.commit()', run: commitOne, aim: 1.3 },
        { name: 'Till.record(), one at a time', run: () => till.record(SALE) },
        {
          name: `Till.record(), ${CALLERS} callers`,
          run: recordAtOnce,
          operations: CALLERS * SALES_OF_EACH,
          aim: 6,
        },
      ],
    }),
    await compareRates({
      title: 'Record one sale after another',
      contenders: [
        { name: 'limit: ShopClient.seal() and one bare insert', run: sealAndInsert },
        { name: 'Till.record()', run: () => till.record(SALE), aim: 0.8 },
      ],
      rounds: 41,
      roundMs: 50,
    }),
  );
} finally {
  await till.close();
  store.close();
  fs.rmSync(folder, { recursive: true });
}

async function sealAndInsert(): Promise<void> {
  await client.seal(SALE);
  insert();
}

function commitOne(): void {
  count += 1;
  const draft = { saleId: `sale-${count}`, ownId: false, protocol: 1 as const, kid, recordedAt: count };
  store.commit([{ type: 'record', draft: { ...draft, seal: () => messages } }]);
}

/** Each caller records its next sale when its last one is on disk. */
function recordAtOnce(): Promise<unknown> {
  return Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let left = SALES_OF_EACH; left > 0; left--) await till.record(SALE);
    }),
  );
}

function appendTo(file: string): () => void {
  const descriptor = fs.openSync(file, 'a');
  return () => {
    fs.writeSync(descriptor, body);
    fs.fdatasyncSync(descriptor);
  };
}

function bareDatabase(file: string): () => void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE sale (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const statement = database.prepare('INSERT INTO sale (body) VALUES (?)');
  return () => statement.run(body);
}

function filesIn(directory: string): () => void {
  fs.mkdirSync(directory);
  const parent = fs.openSync(directory, 'r');
  return () => {
    count += 1;
    const temporary = join(directory, `${count}.tmp`);
    fs.writeFileSync(temporary, body, { flush: true });
    fs.renameSync(temporary, join(directory, `${count}.json`));
    fs.fsyncSync(parent);
  };
}
