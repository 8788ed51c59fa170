import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS_DOCUMENT, checksDocument } from './lib/checks-document.ts';
import { ROOT } from './lib/repository.ts';

/** Writes the list of all checks of infra-check from the code's own table. */
writeFileSync(join(ROOT, CHECKS_DOCUMENT), checksDocument());
