/** Who may import whom. A file belongs to the first layer that names it, its folder (`core/`) or all (`*`). */
export interface Layer {
  files: readonly string[];
  /** Layers of the same package; files of one layer may import each other, but never in a circle. */
  mayImport: readonly string[];
  /** Where given, the only modules from outside the package. */
  outside?: readonly string[];
}

export interface PackageRule {
  layers: Readonly<Record<string, Layer>>;
  /** Our own packages that it may import, by public name; `on demand` means by `import()` or as a type. */
  packages: Readonly<Record<string, 'always' | 'on demand'>>;
  /** Modules that only these files may import. */
  only: Readonly<Record<string, readonly string[]>>;
}

/** No I/O: no file, socket, process or clock can be reached through these. */
const PURE = ['node:buffer', 'node:crypto', 'node:url', 'node:util', '@standard-schema/spec'];

const BELOW_ADAPTERS = ['errors', 'data', 'core', 'ports'];

/** The folders of the outbox in SQLite, lowest first: each may import those before it. */
const SQLITE = ['files', 'connection', 'tables', 'writing', 'recovery', 'lease', 'whole-file'];

const sqliteLayers = Object.fromEntries(
  SQLITE.map((folder, place) => [
    `sqlite/${folder}`,
    {
      files: [`adapters/sqlite/${folder}/`],
      mayImport: [...BELOW_ADAPTERS, 'adapters', ...SQLITE.slice(0, place).map((below) => `sqlite/${below}`)],
    },
  ]),
);

const shopClient: PackageRule = {
  layers: {
    ...sqliteLayers,
    sqlite: {
      files: ['adapters/sqlite/'],
      mayImport: [...BELOW_ADAPTERS, 'adapters', ...Object.keys(sqliteLayers)],
    },
    errors: { files: ['errors.ts'], mayImport: ['data'], outside: [] },
    runtime: { files: ['runtime.ts'], mayImport: ['errors'], outside: [] },
    data: { files: ['sealed.ts', 'receipt.ts', 'conflict.ts'], mayImport: [], outside: [] },
    core: { files: ['core/'], mayImport: ['errors', 'data'], outside: PURE },
    ports: { files: ['ports.ts', 'entry.ts', 'outbox.ts'], mayImport: ['errors', 'data', 'core'] },
    adapters: { files: ['adapters/'], mayImport: BELOW_ADAPTERS },
    options: {
      files: [
        'options.ts',
        'option-checks.ts',
        'auth-checks.ts',
        'number-rule-checks.ts',
        'device-key.ts',
        'public-key.ts',
        'resolved-options.ts',
        'caller-code.ts',
      ],
      mayImport: BELOW_ADAPTERS,
    },
    delivery: { files: ['delivery/'], mayImport: BELOW_ADAPTERS },
    steps: {
      files: [
        'shop-client.ts',
        'post.ts',
        'delivery-error.ts',
        'default-ports.ts',
        'diagnostics.ts',
        'till/',
      ],
      mayImport: [...BELOW_ADAPTERS, 'adapters', 'sqlite', 'options', 'delivery'],
    },
    index: {
      files: ['index.ts'],
      mayImport: ['runtime', ...BELOW_ADAPTERS, 'adapters', 'sqlite/whole-file', 'options', 'steps'],
    },
    receiver: { files: ['receiver/'], mayImport: ['runtime', 'errors', 'core', 'ports', 'adapters'] },
    testing: {
      files: ['testing/'],
      mayImport: ['runtime', 'errors', 'core', 'ports', 'receiver', 'adapters'],
    },
  },
  packages: {},
  only: { msw: ['testing/handlers.ts', 'testing/index.ts'] },
};

const cli: PackageRule = {
  layers: { all: { files: ['*'], mayImport: [] } },
  packages: { '@amis-shop/shop-client': 'always', '@amis-shop/sandbox': 'on demand' },
  only: {},
};

const sandbox: PackageRule = {
  layers: { all: { files: ['*'], mayImport: [] } },
  packages: { '@amis-shop/shop-client/receiver': 'always', '@amis-shop/shop-client/testing': 'always' },
  only: {},
};

const infraCheck: PackageRule = {
  layers: {
    core: { files: ['core/'], mayImport: [], outside: PURE },
    probes: { files: ['probes/'], mayImport: ['core'] },
    render: { files: ['render/'], mayImport: ['core'] },
    check: {
      files: ['check.ts', 'observe.ts', 'observe-connections.ts', 'stages.ts'],
      mayImport: ['core', 'probes', 'render'],
    },
    runtime: { files: ['runtime.ts'], mayImport: [] },
    index: { files: ['index.ts'], mayImport: ['runtime', 'core', 'probes', 'render', 'check'] },
    files: { files: ['text-file.ts', 'atomic-file.ts'], mayImport: [] },
    serve: { files: ['serve/'], mayImport: ['core', 'render', 'files'] },
    commands: { files: ['cli/'], mayImport: ['core', 'probes', 'render', 'check', 'serve', 'files'] },
    bin: { files: ['bin.ts'], mayImport: ['commands'] },
  },
  packages: {},
  only: {},
};

/** By the folder's name below `packages/`. */
export const IMPORT_RULE: Readonly<Record<string, PackageRule>> = {
  'shop-client': shopClient,
  cli,
  sandbox,
  'infra-check': infraCheck,
};
