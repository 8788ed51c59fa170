import { beforeAll, describe, expect, test } from 'vitest';
import { checkInfra, type Expectations, type Report } from '../src/index.ts';
import { findingOf, troubles } from './support/find.ts';
import { makePki, type Pki } from './support/pki.ts';
import { fullChain, gateway, type Handler, startTls } from './support/tls-world.ts';

let pki: Pki;
beforeAll(() => {
  pki = makePki();
});

/** By what meets each POST in turn, the last one for ever. */
async function checked(posts: readonly Handler[], more: Expectations = {}): Promise<Report> {
  let turn = 0;
  const handler: Handler = (request, response) => {
    if (request.method !== 'POST') return gateway(request, response);
    const one = posts[Math.min(turn, posts.length - 1)] ?? gateway;
    turn += 1;
    return one(request, response);
  };
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, handler);
  const given = { connect: server.at, ca: pki.root.cert, only: ['gateway'], postProbe: true, ...more };
  return await checkInfra('api.shop.test', given);
}

const cut: Handler = (request) => void request.socket.destroy();
const half: Handler = (request, response) => {
  response.writeHead(200, { 'content-length': '100' }).write('"O', () => void request.socket.destroy());
};
const delayed =
  (ms: number, then: Handler = gateway): Handler =>
  (request, response) =>
    void setTimeout(() => then(request, response), ms);

describe('a POST whose answer is lost', () => {
  test.each([
    ['whole', cut],
    ['half', half],
  ])('each time (%s) stops tills, and nobody is sent to the path or to this machine', async (_what, lost) => {
    const report = await checked([lost]);
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'gateway.answer' });
    const { summary, fix } = findingOf(report, 'gateway.answer');
    expect(summary).toContain('none of 3 POSTs');
    expect(fix).toContain('log of the gateway');
    expect(report.findings.map((one) => one.fix ?? '').join(' ')).not.toMatch(/--path|this machine/);
  });

  test('once is a warning, for a till posts again: and the next answer is the one that counts', async () => {
    const report = await checked([cut, gateway]);
    expect(troubles(report)).toEqual(['gateway.answer: warning']);
    expect(findingOf(report, 'gateway.answer').summary).toContain('1 of 2 POSTs got no answer');
    expect(findingOf(report, 'gateway.resource').status).toBe('ok');
  });
});

describe('a POST that takes long', () => {
  test('is awaited as long as the run goes on, as a till does for 35 seconds', async () => {
    const report = await checked([delayed(1_300)], { timeoutMs: 2_000 });
    expect(troubles(report)).toEqual([]);
    expect(findingOf(report, 'gateway.resource').status).toBe('ok');
  });

  test('longer than the run is unknown, and the advice is to give it more time', async () => {
    const report = await checked([delayed(5_000)], { timeoutMs: 1_000 });
    expect(troubles(report)).toEqual(['gateway.answer: unknown']);
    const { summary, fix } = findingOf(report, 'gateway.answer');
    expect(summary).toBe(
      'The POST /shop was not answered within the time of this run; a till waits for 35 seconds.',
    );
    expect(fix).toContain('--timeout 40');
  });
});

test('a GET that is not answered is a warning where the POST is', async () => {
  const silent: Handler = (request, response) =>
    request.method === 'POST' ? gateway(request, response) : void request.socket.destroy();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, silent);
  const given = { connect: server.at, ca: pki.root.cert, only: ['gateway'], postProbe: true };
  const report = await checkInfra('api.shop.test', given);
  expect(troubles(report)).toEqual(['gateway.answer: warning']);
  expect(findingOf(report, 'gateway.resource').status).toBe('ok');
});
