// A peer in a worker of its own: runs what the page asks of its engine.

const peer = import(`./${new URL(location.href).searchParams.get('peer')}.js`);

globalThis.onmessage = async ({ data: { method, args } }) => {
  try {
    const { engine } = await peer;
    postMessage({ value: await engine[method](...args) });
  } catch (error) {
    postMessage({ error: `${error.name}: ${error.message}` });
  }
};
