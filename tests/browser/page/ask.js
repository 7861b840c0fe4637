// A page that asks the server what to do, and answers.

const tab = location.search.slice(1);
let isReloading = false;

/** After this has been answered. */
export function reload() {
  isReloading = true;
}

async function next() {
  const { id, module, name, args } = await (await fetch(`/next?tab=${tab}`)).json();
  let answer;
  try {
    answer = { id, value: await (await import(module))[name](...args) };
  } catch (error) {
    answer = { id, error: `${error?.message}\n${error?.stack}` };
  }
  await fetch(`/answer?tab=${tab}`, { method: 'POST', body: JSON.stringify(answer) });
}

while (!isReloading) await next();
location.reload();
