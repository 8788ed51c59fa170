import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { Break } from './breaks.ts';
import type { Demand } from './demands.ts';

/** A certificate (chain) with its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** The dNSNames of the subject alternative name; none for a certificate without that extension. */
  readonly names: readonly string[];
  /** The first of `names` by default. */
  readonly commonName?: string;
  /** An hour ago by default, or an hour before `notAfter` where that is past. */
  readonly notBefore?: Date;
  /** 198 days after `notBefore` by default. */
  readonly notAfter?: Date;
  /** The extended key usage, 'serverAuth' by default. */
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** The size of an RSA key, in place of the EC P-256 key that is usual here. */
  readonly rsaBits?: number;
  /** The hash of the authority's signature, 'sha256' by default. */
  readonly signedWith?: 'sha256' | 'sha1';
}

export interface SandboxShop {
  /** The device keys that may sign, each of one till: public ES256 keys as JWK. */
  readonly devices?: readonly { readonly tillId: string; readonly jwk: JsonWebKey }[];
  /** Whether a message that no registered device signed is poison. */
  readonly requireSignature?: boolean;
}

/** A Standard Schema (https://standardschema.dev), such as one of zod or valibot. */
export interface SandboxSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
  };
}

export interface SandboxOptions {
  /** The domain of the stable names `api.<domain>` and `amis.<domain>`; 'shop.test' by default. */
  readonly domain?: string;
  /** The shops by id; ['AMIS1'] by default. */
  readonly shops?: readonly string[] | Readonly<Record<string, SandboxShop>>;
  /** The gateway's port on 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** The port of KMS and the page on 127.0.0.1; 0, the default, takes a free one. */
  readonly kmsPort?: number;
  /** Faults with their probabilities, as in `lost-ack:0.1,status-500:0.2`, or a source of them. */
  readonly faults?: string | FaultSource;
  /** The seed of the faults, 1 by default: the same seed, the same faults. */
  readonly seed?: number;
  /** Milliseconds that every post takes at least, 0 by default. */
  readonly delayMs?: number;
  /** Milliseconds that the fault `delay` holds a post, 3000 by default. */
  readonly slowMs?: number;
  /** 'RSA_2048' by default. */
  readonly keySpec?: 'RSA_2048' | 'RSA_3072' | 'RSA_4096';
  /** Ready RSA private keys by shop id (PEM or KeyObject), instead of generating one. */
  readonly keys?: Readonly<Record<string, string | KeyObject>>;
  /** 'alias/KeyL-' by default. */
  readonly keyAliasPrefix?: string;
  /** 'eu-west-1' by default. */
  readonly region?: string;
  /** true for the back end of 2020: no version 2. */
  readonly oldBackEnd?: boolean;
  /** Name servers for the names of the road; none by default. */
  readonly dns?: boolean | SandboxDnsOptions;
  /** Faults of the road that are there from the start. */
  readonly breaks?: readonly Break[];
  /** What tills must prove to be let in; nothing by default. */
  readonly demands?: readonly Demand[];
  /**
   * A Standard Schema of another payload than the shop's own sale, as the till has it. The books then count such sales and
   * add nothing up.
   */
  readonly schema?: SandboxSchema;
  /**
   * Where `ca.pem`, `env` and `keys.json` are written and stay: keys and certificate authority are the same at the next start. The books are
   * in memory only. A temporary directory, removed on close, by default.
   */
  readonly dataDir?: string;
  /** Called for each message that was accepted and could not be opened, with the receiver's reason, such as 'decrypt'. */
  readonly onPoison?: (reason: string) => void;
  /** Called for each sale whose id or number belongs to another one. */
  readonly onConflict?: (conflict: RecordedConflict) => void;
}

/** What a till needs to be let in, where anything is demanded; the AWS credentials are those of KMS. */
export interface SandboxAdmission {
  /** Whose certificates the gateway believes. */
  readonly authority: Certificate;
  /** A till's own. */
  readonly certificate: Certificate;
  readonly apiKey: string;
}

export interface SandboxDnsOptions {
  /** The port of all name servers, UDP and TCP; 0, the default, takes a free one. */
  readonly port?: number;
  /** Whether the gateway is at ::1 too, and AAAA records say so. */
  readonly dualStack?: boolean;
}

/** The name servers, and what they say of the road when nothing is broken. Names without final dots. */
export interface SandboxDns {
  /** `127.0.0.1:PORT`, and `127.0.0.2:PORT` where the system has that address. */
  readonly servers: readonly string[];
  readonly port: number;
  /** The shop's zone, such as `shop.test`. */
  readonly zone: string;
  /** The gateway's regional name, which has the same addresses as the stable names. */
  readonly aliasTarget: string;
  /** The CNAME by which ACM validates the certificate. */
  readonly validation: { readonly name: string; readonly target: string };
  /** The authorities that CAA allows. */
  readonly caaIssuers: readonly string[];
}

/** Decides for each post which fault it meets, by name, if any. */
export interface FaultSource {
  next(): string | undefined;
  /** What is in force, for people. */
  describe(): string;
}

/** What the books hold for one item of one shop; decimal strings. */
export interface BookedItem {
  /** `s-00098`: the item's number with at least five digits. */
  readonly item: string;
  /** What the sales took off the stock, hence 0 or negative unless goods were returned. */
  readonly stock: string;
  readonly gross_number: string;
  readonly gross_turnover: string;
}

export interface BookedSale {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly shop_id: string;
  /** What repeats are told by: version 1, the ciphertext's SHA-256 in hexadecimal; version 2, the sender's id, with the till's. */
  readonly sale_id: string;
  /** The sender's id, where there was one; in version 1 nobody vouches for it. */
  readonly id?: string;
  readonly version: 1 | 2;
  readonly till_id?: string;
  readonly signed: boolean;
  readonly lines: number;
}

/** A sale that contradicts what came before. */
export interface RecordedConflict {
  /** ISO 8601, UTC. */
  readonly at: string;
  /**
   * `sale_id`: its id is that of a sale with other content; it was kept apart. `sequence`: its till gave the number to another
   * sale before; it was booked, unless its id was that of another sale, too.
   */
  readonly kind: 'sale_id' | 'sequence';
  readonly shop_id: string;
  readonly till_id?: string;
  readonly sale_id: string;
  /** The sale that had the id or the number first. */
  readonly first_sale_id: string;
  readonly seq?: number;
  readonly signed: boolean;
}

/** The books as `GET /books` gives them. */
export interface BooksDocument {
  /** Messages that reached the shop, whatever became of them. */
  readonly posts: number;
  readonly booked: number;
  /** Messages that came again after they were booked, and were not booked again. */
  readonly repeated: number;
  /** Messages that were accepted and could not be opened. */
  readonly poison: number;
  /** How many of them for each reason. */
  readonly poison_reasons: Readonly<Record<string, number>>;
  /** Sales under the id of another one with other content; not booked. */
  readonly conflicts: number;
  /** Sales with a number that their till gave out before; booked. */
  readonly sequence_conflicts: number;
  /** The last of both, the newest first. */
  readonly recent_conflicts: readonly RecordedConflict[];
  /** The faults in force, '' for none. */
  readonly faults: string;
  readonly shops: readonly { readonly shop_id: string; readonly items: readonly BookedItem[] }[];
  /** The last sales booked, the newest first. */
  readonly recent: readonly BookedSale[];
}

/** KMS as a test may want to reach into it. */
export interface SandboxKms {
  readonly region: string;
  /** How often each action was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Makes the next calls fail with an error name of KMS, such as 'ThrottlingException'. */
  failNext(name: string, times?: number): void;
  /** Takes an RSA private key behind an alias, which it repoints where it exists. @returns the key's id */
  importKey(alias: string, privateKey: string | KeyObject): string;
}

export interface Sandbox {
  /** The address to post sales to, by its first stable name: `https://api.shop.test:PORT/shop`. */
  readonly url: string;
  /** The same by all stable names. */
  readonly urls: readonly string[];
  /** Where those names are: `127.0.0.1:PORT`. */
  readonly connect: string;
  /** The certificate of the throwaway authority, PEM. */
  readonly ca: string;
  /** The path of a file that holds `ca`. */
  readonly caFile: string;
  readonly authority: Certificate;
  readonly kmsEndpoint: string;
  readonly region: string;
  readonly pageUrl: string;
  /** The environment that points `shop-send` and the AWS SDKs here. */
  readonly env: Readonly<Record<string, string>>;
  readonly kms: SandboxKms;
  /** What a till needs, where `demands` asks for anything. */
  readonly admission: SandboxAdmission | undefined;
  /** The name servers, where they were asked for. */
  readonly dns: SandboxDns | undefined;
  /** The books at this moment. */
  books(): BooksDocument;
  /** Replaces the faults. @throws RangeError with one sentence for a text that names no faults */
  setFaults(faults: string | FaultSource): void;
  /**
   * Breaks these links of the road, and mends what was broken before; nothing is broken by `[]`.
   * @throws RangeError with one sentence for an unknown fault, two of one link, or one that this sandbox cannot have
   */
  break(faults: readonly Break[]): Promise<void>;
  /** Presents another certificate from the next connection on; a fault of the certificate goes before it. */
  presentCertificate(certificate: Certificate): void;
  /** Ends all connections and removes what was temporary. Repeated calls do no harm. */
  close(): Promise<void>;
}
