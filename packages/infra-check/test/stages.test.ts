import { expect, test } from 'vitest';
import { planOf } from '../src/core/plan.ts';
import { firstBroken, statusOf } from '../src/core/report.ts';
import { parseTarget } from '../src/core/target.ts';
import { checkInfra } from '../src/index.ts';
import { judgeRoad } from '../src/stages.ts';
import { makePki } from './support/pki.ts';
import { fullChain, startTls } from './support/tls-world.ts';

test('a road whose gateway nobody asked, though it could be asked, is not called open', async () => {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const expectations = { connect: server.at, ca: pki.root.cert, skip: ['dns'] };
  const { status, observations } = await checkInfra('api.shop.test', expectations);
  expect(status).toBe('ok');
  const target = parseTarget('api.shop.test');
  const { gateway: _, ...unasked } = observations;
  const findings = judgeRoad({
    target,
    plan: planOf(target, expectations),
    observations: unasked,
    roots: [pki.root.cert],
    now: Date.now(),
  });
  expect([statusOf(findings), firstBroken(findings)]).toEqual(['unknown', 'gateway.answer']);
});
