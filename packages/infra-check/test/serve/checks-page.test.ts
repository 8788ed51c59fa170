import { expect, test } from 'vitest';
import { CHECK_NAMES, CHECKS } from '../../src/core/checks.ts';
import { markup } from '../../src/render/markup.ts';
import { runningExporter } from './support/exporter.ts';
import { get } from './support/get.ts';

test('the exporter has a page on which each check has an anchor of its name, its meaning and what to do', async () => {
  const { url } = await runningExporter();
  const { status, headers, body } = await get(`${url}/checks`);
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
  });
  for (const check of CHECK_NAMES) {
    expect(body).toContain(`<section id="${check}">`);
    expect(body).toContain(markup(CHECKS[check].remedy));
  }
});
