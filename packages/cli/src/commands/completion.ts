import { completionScript } from '../completion/script.ts';
import type { Run } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** `shop-send completion [shell]` */
export const run: Run = ({ settings, terminal, world }) => {
  terminal.text(completionScript(settings.values.shell ?? shellOf(world.env['SHELL'])));
  return EXIT.accepted;
};

function shellOf(path = ''): 'bash' | 'zsh' | 'fish' {
  if (path.endsWith('/zsh')) return 'zsh';
  return path.endsWith('/fish') ? 'fish' : 'bash';
}
