import { detailsOf } from './certificate.ts';
import { isValidAt, timesOf } from './dates.ts';
import { isSelfSigned, type Misfit, misfitOf, Work } from './issuing.ts';
import type { CertificateFacts } from './observations.ts';
import { faultsOf, type PathFault } from './path-faults.ts';
import { type TrustStore, trustStore } from './trust-store.ts';

/** How a leaf leads, or does not lead, to a root. */
export interface Chain {
  /** From the leaf as far as it leads; with the root where it is trusted. */
  path: CertificateFacts[];
  trusted: boolean;
  /**
   * Why it is not trusted. `incomplete`: nobody sent the certificate of the leaf's issuer. `unknown-issuer`: the last one
   * names an issuer that was neither sent nor is trusted, be it an intermediate or a root. `unfit-issuer`: a certificate
   * of the issuer's name is there, and cannot have issued it.
   */
  problem:
    | 'self-signed'
    | 'incomplete'
    | 'unknown-issuer'
    | 'unfit-issuer'
    | 'untrusted-root'
    | 'too-complex'
    | null;
  /** Of `unfit-issuer`: which certificate, and why. */
  misfit: Misfit | null;
  /** What else a till finds wrong with the path, without the dates. */
  faults: PathFault[];
  /** Certificates of the same names as issuers on the path, which tills may take instead. */
  others: CertificateFacts[];
}

/**
 * Builds paths from the leaf to a trusted root as RFC 4158 does, and takes the first that is trusted, valid now and
 * without a fault; where there is none, the best. Every issuer is tried: the trusted before the served, what is valid now
 * before what is not, what ends later before what ends sooner. The work is bounded, whatever was served.
 * @param roots PEM
 * @param now milliseconds since the epoch
 */
export function buildChain(
  served: readonly CertificateFacts[],
  roots: readonly string[],
  now: number,
): Chain {
  const [leaf] = served;
  if (!leaf) return { path: [], trusted: false, problem: 'incomplete', misfit: null, faults: [], others: [] };
  const search = new Search(served, trustStore(roots), now);
  search.from([leaf], isSelfSigned(leaf) && search.store.has(leaf));
  return search.result();
}

/** Nobody needs to vouch for somebody who stands on the path already (RFC 4158, 2.4.2). */
const isOn = (path: readonly CertificateFacts[], one: CertificateFacts): boolean =>
  path.some((other) => detailsOf(other).entity === detailsOf(one).entity);

type DeadEnd = Pick<Chain, 'path' | 'problem' | 'misfit'>;

interface Trusted {
  path: CertificateFacts[];
  faults: PathFault[];
  /** How many faults it has, and certificates that are not valid now. */
  flaws: number;
}

/** One search, depth first. */
class Search {
  readonly #served: readonly CertificateFacts[];
  readonly #now: number;
  readonly #work = new Work();
  /** From where no root was reached: nothing is gained by going there again. */
  readonly #dead = new Set<CertificateFacts>();
  readonly store: TrustStore;
  #best: Trusted | undefined;
  #deadEnd: DeadEnd | undefined;

  constructor(served: readonly CertificateFacts[], store: TrustStore, now: number) {
    this.#served = [...new Set(served)];
    this.store = store;
    this.#now = now;
  }

  /** True where a root was reached. @param fromStore whether the last certificate is one of the trusted */
  from(path: CertificateFacts[], fromStore: boolean): boolean {
    const last = path.at(-1) as CertificateFacts;
    if (fromStore && isSelfSigned(last)) {
      this.#reached(path);
      return true;
    }
    const misfits: Misfit[] = [];
    let isReached = false;
    for (const [issuer, isStored] of this.#candidates(last, fromStore)) {
      if (this.#dead.has(issuer) || isOn(path, issuer)) continue;
      if (this.#best?.flaws === 0) return true;
      if (this.#work.isExhausted) break;
      const misfit = misfitOf(issuer, last, isStored, this.#work);
      if (misfit) misfits.push(misfit);
      else isReached = this.from([...path, issuer], isStored) || isReached;
    }
    if (isReached) return true;
    if (!this.#work.isExhausted) this.#dead.add(last);
    this.#ended(path, misfits[0] ?? null);
    return false;
  }

  result(): Chain {
    if (this.#best) {
      const { path, faults } = this.#best;
      return { path, trusted: true, problem: null, misfit: null, faults, others: this.#others(path) };
    }
    const { path, problem, misfit } = this.#deadEnd as DeadEnd;
    const isCut = this.#work.isExhausted;
    return {
      path,
      trusted: false,
      problem: isCut ? 'too-complex' : problem,
      misfit: isCut ? null : misfit,
      faults: faultsOf(path, false),
      others: [],
    };
  }

  /** Once a trusted certificate is on the path, tills look among the trusted only. */
  #candidates(last: CertificateFacts, fromStore: boolean): [CertificateFacts, isStored: boolean][] {
    const { issuerKey } = detailsOf(last);
    const served = fromStore
      ? []
      : this.#served.filter((one) => one !== last && detailsOf(one).subjectKey === issuerKey);
    const stored = this.store.issuersOf(last);
    return [
      ...this.#sorted(stored).map((one): [CertificateFacts, boolean] => [one, true]),
      ...this.#sorted(served.filter((one) => !stored.includes(one))).map(
        (one): [CertificateFacts, boolean] => [one, false],
      ),
    ];
  }

  #others = (path: readonly CertificateFacts[]): CertificateFacts[] =>
    path
      .slice(0, -1)
      .flatMap((one) => this.#candidates(one, false).map(([issuer]) => issuer))
      .filter((one) => !path.includes(one));

  #sorted(candidates: readonly CertificateFacts[]): readonly CertificateFacts[] {
    if (candidates.length < 2) return candidates;
    return candidates.toSorted(
      (a, b) =>
        Number(this.#isValid(b)) - Number(this.#isValid(a)) || timesOf(b).notAfter - timesOf(a).notAfter,
    );
  }

  #isValid = (one: CertificateFacts): boolean => isValidAt(one, this.#now);

  #reached(path: CertificateFacts[]): void {
    this.#work.path();
    const faults = faultsOf(path, true);
    const flaws = faults.length + path.filter((one) => !this.#isValid(one)).length;
    if (!this.#best || flaws < this.#best.flaws) this.#best = { path, faults, flaws };
  }

  /** Of several dead ends the longest tells most; the first of these. */
  #ended(path: CertificateFacts[], misfit: Misfit | null): void {
    if (this.#deadEnd && this.#deadEnd.path.length >= path.length) return;
    this.#deadEnd = { path, misfit, problem: problemOf(path, misfit) };
  }
}

function problemOf(path: readonly CertificateFacts[], misfit: Misfit | null): Chain['problem'] {
  const isAlone = path.length === 1;
  if (isSelfSigned(path.at(-1) as CertificateFacts)) return isAlone ? 'self-signed' : 'untrusted-root';
  if (misfit) return 'unfit-issuer';
  return isAlone ? 'incomplete' : 'unknown-issuer';
}
