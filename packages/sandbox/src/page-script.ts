/** Runs in the browser. Whatever comes from a message is set as text, never as markup. */
export const SCRIPT = `
const byId = (id) => document.getElementById(id);
const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};
const row = (cells) => {
  const made = element('tr');
  made.append(...cells);
  return made;
};
const table = (label, heads, rows) => {
  const made = element('table');
  const head = element('thead');
  head.append(row(heads.map(([text, className]) => element('th', text, className))));
  const body = element('tbody');
  body.append(...rows);
  made.append(head, body);
  const sheet = element('div', undefined, 'sheet');
  // A table wider than the screen is scrolled, with the keyboard too.
  sheet.tabIndex = 0;
  sheet.setAttribute('role', 'region');
  sheet.setAttribute('aria-label', label);
  sheet.append(made);
  return sheet;
};
const code = (text) => {
  const cell = element('td');
  cell.append(element('code', text));
  return cell;
};
const sheetOrNote = (label, heads, rows, note) => {
  if (rows.length > 0) return table(label, heads, rows);
  const sheet = element('div', undefined, 'sheet');
  sheet.append(element('p', note, 'empty'));
  return sheet;
};
const shop = ({ shop_id, items }) => {
  const rows = items.map((item) => row([
    code(item.item),
    ...[item.gross_number, item.gross_turnover, item.stock].map((text) => element('td', text, 'number')),
  ]));
  const heads = [['Item'], ['Sold', 'number'], ['Turnover', 'number'], ['Stock', 'number']];
  const label = 'Books of ' + shop_id;
  return [element('h2', label), sheetOrNote(label, heads, rows, 'Nothing sold yet.')];
};
const shortened = (text) => (text.length > 36 ? text.slice(0, 35) + '\\u2026' : text);
const sale = (one) => row([
  element('td', new Date(one.at).toLocaleTimeString()),
  element('td', one.shop_id),
  code(shortened(one.id ?? one.sale_id)),
  element('td', one.till_id ?? '\\u2013'),
  element('td', String(one.lines), 'number'),
  element('td', 'version ' + one.version + (one.signed ? ', signed' : '')),
]);
const conflict = (one) => row([
  element('td', new Date(one.at).toLocaleTimeString()),
  element('td', one.shop_id),
  code(shortened(one.sale_id)),
  element('td', one.till_id ?? '\\u2013'),
  element('td', one.kind === 'sale_id'
    ? 'id of a sale with different content: kept apart, not booked'
    : 'number ' + one.seq + ' was ' + shortened(one.first_sale_id) + ' before: a copied outbox, or a new one'),
]);
const contradictions = (books) => [
  element('h2', 'Conflicts: ' + books.conflicts + ' of sale ids, ' + books.sequence_conflicts + ' of sequence numbers'),
  table('Conflicts', [['Time'], ['Shop'], ['Sale'], ['Till'], ['What']], books.recent_conflicts.map(conflict)),
];
const count = (id, value) => {
  byId(id).textContent = value;
  byId(id).parentElement.classList.toggle('some', value > 0);
};
const show = (books) => {
  for (const name of ['posts', 'booked', 'repeated', 'poison', 'conflicts']) count(name, books[name]);
  const reasons = Object.entries(books.poison_reasons).map(([code, times]) => code + ' \\u00d7 ' + times);
  byId('reasons').textContent = ['poison', ...reasons].join(reasons.length > 1 ? ', ' : ': ');
  byId('faults').hidden = books.faults === '';
  byId('fault-list').textContent = books.faults;
  byId('contradictions').hidden = books.recent_conflicts.length === 0;
  byId('contradictions').replaceChildren(...contradictions(books));
  byId('shops').replaceChildren(...books.shops.flatMap(shop));
  const heads = [['Time'], ['Shop'], ['Sale'], ['Till'], ['Lines', 'number'], ['Message']];
  byId('recent').replaceChildren(sheetOrNote('Last sales', heads, books.recent.map(sale), 'No sale yet.'));
};
const state = (live, text) => {
  byId('state').textContent = text;
  byId('state').classList.toggle('live', live);
};
const events = new EventSource('/events');
events.onopen = () => state(true, 'live');
events.onerror = () => state(false, 'the sandbox does not answer');
events.onmessage = (event) => show(JSON.parse(event.data));
`;
