export const REFRESH_SECONDS = 15;

/**
 * Runs in the browser, for comfort alone: it asks for the page again without losing what is being typed, focused or selected, and finds
 * while one types. Without it the page reloads itself, and the form has a button. What comes is markup of our own, which the server has escaped.
 */
export const SCRIPT = `
const byId = (id) => document.getElementById(id);
const form = document.querySelector('form');
let turn = 0;
let taken = Date.now();
// A selection is left alone for a minute: a page that nobody looks at must not grow old because of one.
const isReading = () => !getSelection().isCollapsed && Date.now() - taken < 60000;
const take = (fresh) => {
  const old = document.querySelector('style').textContent;
  if (fresh.querySelector('style').textContent !== old) return location.reload();
  const focused = document.activeElement?.closest('main a')?.getAttribute('href');
  for (const id of ['at', 'summary', 'states', 'list']) byId(id).replaceWith(fresh.getElementById(id));
  document.title = fresh.title;
  if (focused) [...document.querySelectorAll('main a')].find((one) => one.getAttribute('href') === focused)?.focus();
};
const refresh = async () => {
  const mine = ++turn;
  try {
    const answer = await fetch(location.origin + location.pathname + location.search, { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine !== turn) return;
    take(fresh);
    taken = Date.now();
    byId('stale').hidden = true;
  } catch {
    if (mine === turn) byId('stale').hidden = false;
  }
};
const search = () => {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, text]) => text !== ''));
  history.replaceState(null, '', asked.size > 0 ? '/?' + asked : '/');
  return refresh();
};
let typing;
form.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(search, 150);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  search();
});
document.addEventListener('visibilitychange', () => document.hidden || refresh());
setInterval(() => document.hidden || isReading() || refresh(), ${REFRESH_SECONDS * 1000});
`;
