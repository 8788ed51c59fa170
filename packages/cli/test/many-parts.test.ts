import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answering, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

/** Its key is what the sales are sealed for. */
sandboxForAll();

const sale = (id: string, lines: number) =>
  JSON.stringify({
    id,
    sales: Array.from({ length: lines }, (_, i) => ({
      item_no: String(i + 1),
      gross_number: '1',
      gross_turnover: '1.00',
    })),
  });

const FILE = [
  sale('small-1', 1),
  sale('large-2', 250),
  '{"id": "bad-3", "sales": [',
  sale('large-4', 250),
  sale('small-5', 1),
];

/** A shop that breaks the connection for some ids, and says which messages it has accepted, in their order. */
async function shopWithout(broken: Set<string>) {
  const accepted: string[] = [];
  const url = await answering((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const { id } = JSON.parse(body) as { id: string };
      if (broken.has(id)) {
        request.socket.destroy();
        return;
      }
      accepted.push(id);
      response.end('"OK"');
    });
  });
  return { url, accepted };
}

const results = (stdout: string) =>
  stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text))
    .sort((a, b) => a.line - b.line)
    .map(({ line, status, sale_id, parts }) => [line, status, sale_id, parts?.length]);

test('a file with sales in parts and a bad line: each result is right, and a rerun posts only what is left', async () => {
  const folder = temporaryFolder();
  const [file, outbox] = [join(folder, 'many.ndjson'), join(folder, 'outbox.db')];
  writeFileSync(file, FILE.join('\n'));
  const broken = new Set(['large-2.2']);
  const { url, accepted } = await shopWithout(broken);
  const many = () =>
    shopSend([
      'AMIS1',
      url,
      '--protocol',
      '2',
      '--many',
      '--json',
      '--outbox',
      outbox,
      '--attempts',
      '1',
      '--file',
      file,
    ]);

  const first = await many();
  expect(first.exitCode).toBe(2);
  expect(results(first.stdout)).toEqual([
    [1, 'accepted', 'small-1', undefined],
    [2, 'queued', 'large-2', undefined],
    [3, 'failed', undefined, undefined],
    [4, 'accepted', 'large-4', 3],
    [5, 'accepted', 'small-5', undefined],
  ]);
  const once = ['large-2.1', 'large-4.1', 'large-4.2', 'large-4.3', 'small-1', 'small-5'];
  expect([...accepted].sort()).toEqual(once);

  broken.clear();
  const second = await many();
  expect(second.exitCode).toBe(2);
  expect(results(second.stdout).map(([, status]) => status)).toEqual([
    'accepted',
    'accepted',
    'failed',
    'accepted',
    'accepted',
  ]);
  expect([...accepted].sort()).toEqual([...once, 'large-2.2', 'large-2.3'].sort());

  await many();
  expect(accepted).toHaveLength(8);
});

test('without an outbox, what is known of a sale in parts that did not arrive as a whole is said by its line', async () => {
  const { url, accepted } = await shopWithout(new Set(['large-2.2']));
  const args = ['AMIS1', url, '--protocol', '2', '--many', '--attempts', '1', '--json'];
  const { exitCode, stdout } = await shopSend(args, { stdin: FILE.join('\n') });
  expect(exitCode).toBe(2);
  expect(results(stdout).map(([line, status]) => [line, status])).toEqual([
    [1, 'accepted'],
    [2, 'unknown'],
    [3, 'failed'],
    [4, 'accepted'],
    [5, 'accepted'],
  ]);
  expect(stdout).toContain('"id\\": \\"large-2\\"');
  expect(accepted).not.toContain('large-2.3');
});
