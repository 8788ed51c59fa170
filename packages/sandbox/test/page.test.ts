import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Script } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BooksDocument, type Sandbox, startSandbox } from '../src/index.ts';
import { ask, askPlain, oneLine, seal } from './support/client.ts';
import { rsaKey } from './support/keys.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ keys: { AMIS1: rsaKey } });
});

afterAll(() => sandbox.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  askPlain(new URL(path, sandbox.pageUrl).href, { headers });

/** The first events of /events as they come. */
async function* events(): AsyncGenerator<BooksDocument> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    request(new URL('/events', sandbox.pageUrl), { agent: false }, resolve).on('error', reject).end();
  });
  let text = '';
  for await (const chunk of response) {
    text += chunk.toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield JSON.parse(text.slice('data: '.length, end)) as BooksDocument;
      text = text.slice(end + 2);
    }
  }
}

test('the page needs nothing from elsewhere and runs nothing but its own script', async () => {
  const { status, headers, text } = await get('/');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(text).not.toMatch(/https?:|\/\/[a-z]|innerHTML| on[a-z]+=/);
});

test('the script and the style are the very ones that the page allows, and the script can be read', async () => {
  const { headers, text } = await get('/');
  for (const name of ['script', 'style']) {
    const [, source = ''] = new RegExp(`<${name}>([^]*)</${name}>`).exec(text) ?? [];
    const digest = createHash('sha256').update(source).digest('base64');
    expect(headers['content-security-policy']).toContain(`${name}-src 'sha256-${digest}'`);
    if (name === 'script') expect(() => new Script(source)).not.toThrow();
  }
});

test('the books are there as JSON', async () => {
  await ask(sandbox, { body: await seal(sandbox, oneLine('0012', '1.5', '3.30')) });
  const { headers, text } = await get('/books');
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(text)).toEqual(sandbox.books());
  expect(JSON.parse(text)).toMatchObject({
    booked: 1,
    shops: [{ shop_id: 'AMIS1', items: [{ item: 's-00012', gross_number: '1.5', stock: '-1.5' }] }],
    recent: [{ shop_id: 'AMIS1', version: 1, signed: false, lines: 1 }],
  });
});

test('who watches the page sees the books at once, then each sale and each change of faults', async () => {
  const watching = events();
  const { value: first } = await watching.next();
  await ask(sandbox, { body: await seal(sandbox) });
  const { value: second } = await watching.next();
  expect(second.booked).toBe(first.booked + 1);
  sandbox.setFaults('reset:0');
  expect((await watching.next()).value.faults).toBe('reset:0');
  await watching.return(undefined);
});

test.each(['evil.example', 'api.shop.test', '127.0.0.1.evil.example'])(
  'a request for the host "%s" is refused, since only DNS rebinding brings it here',
  async (host) => {
    for (const path of ['/', '/books', '/events']) {
      expect((await get(path, { host })).status).toBe(403);
    }
    const headers = { host, 'x-amz-target': 'TrentService.ListAliases' };
    expect((await askPlain(sandbox.pageUrl, { method: 'POST', headers }, '{}')).status).toBe(403);
  },
);

test.each(['localhost', '127.0.0.1:80', '[::1]:1'])(
  'the host "%s" is loopback and is served',
  async (host) => {
    expect((await get('/books', { host })).status).toBe(200);
  },
);

test('what is not there is 404, and a request too large for KMS is 413', async () => {
  expect((await get('/nowhere')).status).toBe(404);
  const headers = { 'x-amz-target': 'TrentService.Encrypt' };
  const answer = await askPlain(sandbox.pageUrl, { method: 'POST', headers }, ' '.repeat(65_537));
  expect(answer.status).toBe(413);
});

test('a body without end is answered as soon as it is too large, not read on', async () => {
  const headers = { 'x-amz-target': 'TrentService.Encrypt' };
  const sent = request(sandbox.pageUrl, { method: 'POST', agent: false, headers });
  const status = new Promise((resolve, reject) => {
    sent.once('response', (response) => resolve(response.statusCode)).once('error', reject);
  });
  sent.write(' '.repeat(70_000));
  expect(await status).toBe(413);
  sent.destroy();
});
