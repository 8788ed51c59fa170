import manifest from '../package.json' with { type: 'json' };

interface Output {
  write(text: string): unknown;
}

/** Nagios plugins use 0 for ok, 1 for warning, 2 for critical and 3 for unknown. */
const OK = 0;
const UNKNOWN = 3;

const HELP = `infra-check [--version | --help]

Will check the road from a till to the shop as one ordered path (name, address, certificate, gateway,
mapping, key) and name the first broken link, in the format that your monitor reads.
This version cannot check anything yet: whatever it is asked, it answers "unknown" (exit code 3).
`;

const NOT_YET = `infra-check ${manifest.version} cannot check anything yet, so the state of the road is unknown.\n`;

/** Runs the command and returns its exit code. */
export const run = (args: readonly string[], stdout: Output, stderr: Output): number => {
  if (args.includes('--version')) {
    stdout.write(`${manifest.version}\n`);
    return OK;
  }
  if (args.includes('--help')) {
    stdout.write(HELP);
    return OK;
  }
  stderr.write(NOT_YET);
  return UNKNOWN;
};
