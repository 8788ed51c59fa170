import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { MemoryOutbox } from '../../src/adapters/memory-outbox.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { IDENTITY, outboxContract } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
outboxContract('in SQLite', () => new SqliteOutbox(join(folder, `${files++}.db`), IDENTITY));
outboxContract('in memory', () => new MemoryOutbox(IDENTITY));
