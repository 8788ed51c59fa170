import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
  sandbox().setFaults('');
});

const outbox = (file: string, ...args: string[]) =>
  shopSend(['outbox', ...args, '--outbox', file], { env: { ...sandbox().env } });

/** Sales that wait, for the shop takes none at the moment. */
async function queued(...ids: string[]): Promise<string> {
  const file = join(temporaryFolder(), 'outbox.db');
  sandbox().setFaults('status-500:1');
  for (const id of ids) {
    await shopSend(['AMIS1', '--outbox', file, '--sale-id', id, '--attempts', '1'], {
      env: { ...sandbox().env },
      stdin: SALE,
    });
  }
  sandbox().setFaults('');
  return file;
}

/** As `sed` and editors do: byte by byte, whatever they mean. */
function edit(file: string, edited: (text: string) => string): void {
  writeFileSync(file, edited(readFileSync(file, 'latin1')), 'latin1');
}

const EDITS: [string, (text: string) => string][] = [
  [
    'one character of each message',
    (text) =>
      text.replaceAll(
        /("content_base64":"[\w+/]{60})(.)/g,
        (_, before, one) => before + (one === 'A' ? 'B' : 'A'),
      ),
  ],
  ["the shop's id in each message", (text) => text.replaceAll('"shop_id":"AMIS1"', '"shop_id":"AMIS2"')],
];

describe('an outbox whose messages were edited', () => {
  test.each(EDITS)('%s: none is posted, and each command says so', async (_, edited) => {
    const file = await queued('A-1', 'A-2');
    edit(file, edited);
    const before = sandbox().books();
    const flushed = await outbox(file, 'flush');
    expect(flushed).toMatchObject({
      exitCode: 3,
      stdout: 'Accepted       = 0\nRejected       = 2\nQueued         = 0\n',
    });
    expect(flushed.stderr).toContain(
      'The sale A-1 is rejected. The sale in the outbox is not what was recorded',
    );
    expect(sandbox().books()).toEqual(before);
    const { stdout } = await outbox(file, 'rejected');
    expect(stdout).toMatch(
      /^A-1: number 1, .*\n {2}.*was altered.*\n {2}.*Book it by hand .*\n {2}To close it for good/,
    );
    expect(stdout).not.toContain('outbox retry');
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      rejected: 2,
      queued: 0,
    });
    expect((await outbox(file, 'status', '--format', 'prometheus')).stdout).toMatch(
      /\namis_shop_outbox_rejected_sales\{.*\} 2\n/,
    );
    expect(await outbox(file, 'retry', 'A-1')).toMatchObject({ exitCode: 3 });
    expect(await outbox(file, 'verify')).toMatchObject({ exitCode: 1 });
    expect((await outbox(file, 'resolve', '1', '2', '--reason', 'booked by hand')).exitCode).toBe(0);
    expect(JSON.parse((await outbox(file, 'status', '--json')).stdout)).toMatchObject({
      rejected: 0,
      resolved: 2,
    });
    expect(sandbox().books()).toEqual(before);
  });
});
