/** "AMIS": by this number in its header the file says what it is. */
export const APPLICATION_ID = 0x414d4953;

/**
 * How the file came to its present shape: step n leads from version n to n + 1. A step that was published is never
 * changed; a file of each version is kept in test/fixtures.
 *
 * A sale is written once, into `queue`, and moves to `history` when the shop has accepted it, where its bytes are no
 * longer kept. `ledger` is written when sales are settled; what was recorded since is counted from the queue's last row.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    outbox_id TEXT NOT NULL,
    shop_id TEXT NOT NULL,
    till_id TEXT,
    url TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0,
    recorded_bytes INTEGER NOT NULL DEFAULT 0,
    chain BLOB NOT NULL,
    accepted INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    settled_bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE queue (
    seq INTEGER PRIMARY KEY,
    sale_id TEXT NOT NULL UNIQUE,
    protocol INTEGER NOT NULL,
    kid TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_bytes INTEGER NOT NULL,
    chain BLOB NOT NULL,
    rejected INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    may_have_arrived INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    delay_ms INTEGER NOT NULL DEFAULT 0,
    receipts TEXT NOT NULL DEFAULT '[]',
    failure TEXT,
    bodies TEXT NOT NULL
  ) STRICT;

  CREATE INDEX fresh ON queue (protocol, seq) WHERE not_before = 0 AND rejected = 0;
  CREATE INDEX scheduled ON queue (protocol, not_before) WHERE not_before > 0;

  CREATE TABLE history (
    seq INTEGER PRIMARY KEY,
    sale_id TEXT NOT NULL UNIQUE,
    protocol INTEGER NOT NULL,
    kid TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    digest BLOB NOT NULL,
    chain BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    receipts TEXT NOT NULL,
    accepted_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE road (
    protocol INTEGER PRIMARY KEY,
    failures INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL,
    held TEXT
  ) STRICT;

  CREATE TABLE deliverer (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    since INTEGER NOT NULL,
    released INTEGER NOT NULL,
    suspect_through INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE ledger ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ledger ADD COLUMN resolved INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE ledger ADD COLUMN resolution_chain BLOB NOT NULL DEFAULT x'';
  ALTER TABLE ledger ADD COLUMN sequence_conflict TEXT;
  ALTER TABLE ledger ADD COLUMN sale_id_conflict TEXT;
  ALTER TABLE ledger ADD COLUMN shop_time TEXT;

  ALTER TABLE queue ADD COLUMN content BLOB;
  ALTER TABLE history ADD COLUMN content BLOB;
  ALTER TABLE history ADD COLUMN may_have_arrived INTEGER;
  ALTER TABLE history ADD COLUMN resolution TEXT;

  CREATE TABLE pruned (
    through INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    chain BLOB NOT NULL,
    accepted INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    pruned_at INTEGER NOT NULL
  ) STRICT;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;
