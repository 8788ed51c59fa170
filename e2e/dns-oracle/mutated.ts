import { answerOf, casesOf } from './answers.ts';
import { beside, inTurns } from './beside.ts';
import { startServer } from './server.ts';

/** In a namespace of its own: asks for names whose answers are spoiled, and prints a line of JSON for each. */
const [seed = '1', count = '200'] = process.argv.slice(2);
const cases = casesOf(Number(seed), Number(count));
const byName = new Map(cases.map((one) => [one.name, one]));
await using _ = await startServer('127.0.0.1', ({ id, name, type }) => {
  const found = byName.get(name);
  return found && answerOf(found, type, id);
});
for (const [i, seen] of (await inTurns(cases, 24, ({ name }) => beside(name, '127.0.0.1'))).entries())
  console.log(JSON.stringify({ ...seen, spoiled: cases[i] }));
