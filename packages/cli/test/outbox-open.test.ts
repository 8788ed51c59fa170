import { expect, test, vi } from 'vitest';
import { loadSqlite } from '../src/outbox/open.ts';

test('nobody hears that Node 22 calls SQLite an experiment; other warnings are heard as before', () => {
  const heard = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
    process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
    return undefined as never;
  });
  loadSqlite();
  expect(heard).not.toHaveBeenCalled();
  process.emitWarning('another');
  expect(heard).toHaveBeenCalledOnce();
});
