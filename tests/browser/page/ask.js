// A page that asks the server what to do, and answers.

const tab = location.search.slice(1);
/** What ends this page, after it has been answered. */
let leave;

export function reload() {
  leave = () => location.reload();
}
export function close() {
  leave = () => window.close();
}
export function goTo(path) {
  leave = () => location.assign(path);
}
/** Another tab, which asks under a name of its own. */
export function open(name) {
  window.open(`/asking.html?${name}`, '_blank', 'noopener');
}

async function answer({ id, module, name, args }) {
  let answer;
  try {
    answer = { id, value: await (await import(module))[name](...args) };
  } catch (error) {
    answer = { id, error: `${error?.message}\n${error?.stack}` };
  }
  await fetch(`/answer?tab=${tab}`, { method: 'POST', body: JSON.stringify(answer) });
}

/** Jobs run at once, but for those of this module, one of which may be the last. */
async function answerAll() {
  while (!leave) {
    const job = await (await fetch(`/next?tab=${tab}`)).json();
    const answered = answer(job);
    if (job.module === new URL(import.meta.url).pathname) await answered;
  }
  leave();
}
answerAll(); // not awaited: nobody could import this module before it ends
