import { describe, expect, test } from 'vitest';
import { checkInfra } from '../src/index.ts';
import { disagreements, type Presenter, startPresenter } from './support/presenter.ts';
import { makeWorld, type World } from './support/worlds.ts';

const NAME = 'api.shop.test';

const pem = (certificates: World['trusted']): string => certificates.map(({ cert }) => cert).join('');

async function judgedBeside(presenter: Presenter, { served, trusted, what }: World): Promise<string[]> {
  presenter.present(pem(served), served[0]?.key ?? '');
  const ca = pem(trusted);
  const till = await presenter.tillMeets(ca, NAME);
  const report = await checkInfra(NAME, { connect: presenter.at, ca, only: ['certificate'] });
  const wrong = disagreements(report, till);
  if (till === null && report.path_status === 'critical') wrong.push(`${report.first_broken} stops tills`);
  return wrong.map((one) => `${what}: a till meets ${till}, but ${one}`);
}

const WORLDS = 400;
const AT_ONCE = 50;

describe("our verdict agrees with that of Node's tls, over real connections", () => {
  test.each(Array.from({ length: WORLDS / AT_ONCE }, (_, i) => [1 + i * AT_ONCE, (i + 1) * AT_ONCE]))(
    'worlds %d to %d of certificates',
    async (from, to) => {
      await using presenter = await startPresenter();
      const wrong: string[] = [];
      for (let seed = from; seed <= to; seed += 1)
        wrong.push(...(await judgedBeside(presenter, makeWorld(seed))));
      expect(wrong).toEqual([]);
    },
  );
});
