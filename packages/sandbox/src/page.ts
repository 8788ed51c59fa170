import { createHash } from 'node:crypto';
import { SCRIPT } from './page-script.ts';
import { STYLE } from './page-style.ts';

const count = (id: string, kind: string, label: string): string =>
  `<div class="count ${kind}"><b id="${id}">0</b><span${id === 'poison' ? ' id="reasons"' : ''}>${label}</span></div>`;

/** The whole page: no other resource, and no data; it reads those from /events. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The shop's books</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>The shop’s books</h1><span id="state" role="status">connecting</span></header>
<section class="counts">
${count('posts', '', 'messages came')}
${count('booked', 'good', 'sales booked')}
${count('repeated', 'note', 'repeats ignored')}
${count('poison', 'bad', 'poison')}
${count('conflicts', 'bad', 'kept apart')}
</section>
<p id="faults" hidden>Faults in force: <code id="fault-list"></code></p>
<section id="contradictions" hidden></section>
<section id="shops"></section>
<h2>Last sales</h2>
<section id="recent"></section>
<noscript><p>This page needs JavaScript; the same data is at <a href="/books">/books</a>.</p></noscript>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "connect-src 'self'",
    'img-src data:',
    `script-src ${sha256(SCRIPT)}`,
    `style-src ${sha256(STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
