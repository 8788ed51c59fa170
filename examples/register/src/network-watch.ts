import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

const LOOK_MS = 2_000;

/**
 * Calls back when this machine may have a network again: by what `ip monitor` says on Linux, and everywhere by looking for a new
 * address every two seconds. It may call often; `till.networkAvailable()` is made for that.
 */
export function watchNetwork(available: () => void): Disposable {
  const watches = [
    watchAddresses(available),
    ...(process.platform === 'linux' ? [watchLinux(available)] : []),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const watch of watches) watch[Symbol.dispose]();
    },
  };
}

/** The portable way. @param interfaces as `os.networkInterfaces()` gives them */
export function watchAddresses(available: () => void, interfaces = networkInterfaces): Disposable {
  let known = addressesOf(interfaces());
  const look = () => {
    const now = addressesOf(interfaces());
    const isNew = [...now].some((address) => !known.has(address));
    known = now;
    if (isNew) available();
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Those that reach beyond this machine. */
function addressesOf(interfaces: ReturnType<typeof networkInterfaces>): Set<string> {
  const all = Object.values(interfaces).flatMap((addresses = []) => addresses);
  return new Set(all.filter(({ internal }) => !internal).map(({ address }) => address));
}

/** Also tells of a cable that is plugged in again where the address stayed. Without the program `ip` it does nothing. */
function watchLinux(available: () => void): Disposable {
  const monitor = spawn('ip', ['-oneline', 'monitor', 'link', 'address', 'route'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  monitor.on('error', () => undefined);
  monitor.unref();
  const lines = createInterface({ input: monitor.stdout });
  lines.on('line', (line) => {
    if (bringsNetwork(line)) available();
  });
  return {
    [Symbol.dispose]: () => {
      lines.close();
      monitor.kill();
    },
  };
}

/** A line of `ip -oneline monitor`: what was taken away, or is down, brings nothing. */
export function bringsNetwork(line: string): boolean {
  return !/^Deleted |^Failed |\bstate DOWN\b|\blinkdown\b|\bNO-CARRIER\b/.test(line);
}
