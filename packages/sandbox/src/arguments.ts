import { readFileSync } from 'node:fs';
import yargs from 'yargs';
import { readDevices } from './devices.ts';
import type { SandboxDnsOptions, SandboxOptions, SandboxShop } from './types.ts';
import { UsageError } from './usage-error.ts';

/** What a start was asked for; the command always has name servers. */
export interface Start {
  readonly options: SandboxOptions & { readonly dns: SandboxDnsOptions };
  readonly json: boolean;
  readonly quiet: boolean;
}

const text = (fallback: string, describe: string) =>
  ({ string: true, requiresArg: true, default: fallback, describe }) as const;

const path = (describe: string) => ({ string: true, requiresArg: true, describe }) as const;

const flag = (describe: string) => ({ boolean: true, default: false, describe }) as const;

const tree = (argv: readonly string[]) =>
  yargs([...argv])
    .scriptName('shop-sandbox')
    .usage(
      '$0 [options]\n\nThe whole shop on loopback, with no AWS account: KMS, gateway, receiver and books.',
    )
    .locale('en')
    .parserConfiguration({ 'boolean-negation': false, 'camel-case-expansion': false })
    .option('domain', text('shop.test', 'the stable names are api.<domain> and amis.<domain>'))
    .option('shops', text('AMIS1', 'shop ids, separated by commas'))
    .option('port', text('8443', 'port of the gateway on 127.0.0.1; 0 for a free one'))
    .option('kms-port', text('8444', 'port of KMS and the page; 0 for a free one'))
    .option(
      'dns-port',
      path('port of the name servers; 0 for a free one, as with --port 0 [default: "8453"]'),
    )
    .option('dual-stack', flag('the gateway is at ::1 too, and its names have AAAA records'))
    .option('break', text('', 'faults of the road: certificate-expired,caa-forbids'))
    .option('demand', text('', 'what tills must prove: client-certificate,sigv4,api-key,signature'))
    .option('faults', text('', 'faults, with a probability or always: access-denied, lost-ack:0.1'))
    .option('seed', text('1', 'the same seed, the same faults'))
    .option('delay', text('0', 'milliseconds that every post takes at least'))
    .option('slow', text('3000', 'milliseconds that the fault "delay" holds a post'))
    .option('key-spec', text('RSA_2048', "the shops' keys: RSA_2048, RSA_3072 or RSA_4096"))
    .option('old-back-end', flag('the back end of 2020: no version 2'))
    .option('devices', path("JSON file with the tills' public device keys, by shop id"))
    .option('data', path('directory for ca.pem, env and the keys, which stay there; the books do not'))
    .option('json', flag('print one JSON object instead of lines for a shell'))
    .option('quiet', flag('print nothing'))
    .group(['help', 'version'], 'Help:')
    .version(version())
    .help()
    .strict()
    .demandCommand(0, 0, '', 'shop-sandbox takes options only, no other words.')
    .exitProcess(false)
    .showHelpOnFail(false)
    .wrap(100)
    .fail((message, error) => {
      const what = (message || error.message).replaceAll('\n', ' ').replace(/\.?$/, '.');
      throw new UsageError(`${what} Try shop-sandbox --help.`);
    });

/** What was asked for: a start, or a text to print. @throws UsageError */
export function parse(argv: readonly string[]): Start | { readonly output: string } {
  const misused = argv.find((word) => /^--(json|quiet|old-back-end|dual-stack)=/.test(word));
  if (misused !== undefined) throw new UsageError(`${misused.replace(/=.*/s, '')} takes no value.`);
  let output = '';
  const given = tree(argv).parseSync([...argv], {}, (_error: unknown, _argv: unknown, printed: string) => {
    output = printed;
  });
  if (output !== '') return { output };
  for (const [name, value] of Object.entries(given)) {
    if (Array.isArray(value) && name !== '_') throw new UsageError(`--${name} is given more than once.`);
    if (value === '' && PATHS.includes(name)) throw new UsageError(`--${name} needs a path, not "".`);
  }
  const port = whole('port', given.port);
  const options = {
    domain: given.domain,
    shops: shopsOf(given.shops, given.devices),
    port,
    kmsPort: whole('kms-port', given['kms-port']),
    dns: {
      port: given['dns-port'] === undefined ? dnsPortBeside(port) : whole('dns-port', given['dns-port']),
      dualStack: given['dual-stack'],
    },
    breaks: namesIn(given.break) as NonNullable<SandboxOptions['breaks']>,
    demands: namesIn(given.demand) as NonNullable<SandboxOptions['demands']>,
    faults: given.faults,
    seed: whole('seed', given.seed),
    delayMs: whole('delay', given.delay),
    slowMs: whole('slow', given.slow),
    keySpec: given['key-spec'] as NonNullable<SandboxOptions['keySpec']>,
    oldBackEnd: given['old-back-end'],
    ...(given.data !== undefined && { dataDir: given.data }),
  };
  return { options, json: given.json, quiet: given.quiet };
}

const PATHS = ['data', 'devices'];
const DNS_PORT = 8453;

/** Whoever lets the gateway take a free port may well have several sandboxes. */
const dnsPortBeside = (port: number): number => (port === 0 ? 0 : DNS_PORT);

const namesIn = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function shopsOf(
  ids: string,
  devicesFile: string | undefined,
): readonly string[] | Record<string, SandboxShop> {
  const shops = ids.split(',').map((id) => id.trim());
  return devicesFile === undefined ? shops : readDevices(devicesFile, shops);
}

function whole(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${name} needs a whole number, not "${text}".`);
  return Number(text);
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
