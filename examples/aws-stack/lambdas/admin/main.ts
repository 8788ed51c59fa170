import { parseArgs } from 'node:util';
import { AdminError } from './admin-error.ts';
import { COMMANDS } from './commands.ts';
import { openRegistry } from './registry.ts';

const USAGE = `shop-admin keeps the registry: which keys and devices the shops have.

${Object.values(COMMANDS)
  .map(({ usage }) => `  shop-admin ${usage}`)
  .join('\n')}

--table NAME, or REGISTRY_TABLE in the environment, is the table; region and credentials are AWS's own settings.
The latest key added is the current one; previous ones open what was sealed for them until they are removed.
`;

const options = {
  table: { type: 'string' },
  key: { type: 'string' },
  'key-prefix': { type: 'string' },
  signature: { type: 'string' },
  file: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** One in 64 thumbprints begins like an option. */
const THUMBPRINT = /^-[\w-]{42}$/;
const NO_OPTION = '\0';

async function main(): Promise<string> {
  const { values, positionals } = parse();
  const [noun, verb, ...args] = positionals;
  const name = `${noun} ${verb}`;
  const command = COMMANDS[name];
  if (values.help || noun === undefined) return USAGE;
  if (command === undefined)
    throw new AdminError(`There is no such command; known are ${Object.keys(COMMANDS).join(', ')}.`);
  if (args.includes('') || args.length !== (command.usage.match(/<[^>]+>/g) ?? []).length)
    throw new AdminError(`Usage: shop-admin ${command.usage}`);
  checkOptions(name, command.usage, values);
  const table = values.table ?? process.env['REGISTRY_TABLE'];
  if (!table) throw new AdminError('Name the table with --table NAME or in REGISTRY_TABLE.');
  return `${JSON.stringify(await command.run(openRegistry(table), args, values).catch(orNoTable(table)))}\n`;
}

/** An option that would do nothing was meant to do something. */
function checkOptions(name: string, usage: string, values: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(values)) {
    if (option !== 'table' && !usage.includes(`--${option} `))
      throw new AdminError(`--${option} is no option of "${name}".`);
    if (value === '' && option !== 'table') throw new AdminError(`--${option} must not be empty.`);
  }
}

const orNoTable = (table: string) => (error: unknown) => {
  if (error instanceof Error && error.name === 'ResourceNotFoundException')
    throw new AdminError(`There is no table ${JSON.stringify(table)} in this account and region.`, {
      cause: error,
    });
  throw error;
};

function parse() {
  try {
    const args = process.argv.slice(2).map((arg) => (THUMBPRINT.test(arg) ? `${NO_OPTION}${arg}` : arg));
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values, positionals: positionals.map((arg) => arg.replace(NO_OPTION, '')) };
  } catch (error) {
    throw new AdminError(error instanceof Error ? error.message : 'The options cannot be read.');
  }
}

try {
  process.stdout.write(await main());
} catch (error) {
  const mendable = error instanceof AdminError;
  const text =
    error instanceof Error ? (mendable ? error.message : `${error.name}: ${error.message}`) : 'unknown error';
  process.stderr.write(`shop-admin: ${text}\n`);
  process.exitCode = mendable ? 2 : 1;
}
