// What tabs stand on in a browser, in one thread: locks, channels, and tabs that crash or stand still.

/** One origin. Each tab of it has its own locks and channels, which end with it. */
export function fakeOrigin() {
  /** @type {Map<string, { holders: object[], queue: any[] }>} */
  const locks = new Map();
  /** @type {Set<{ name: string, onmessage: any, tab: object }>} */
  const channels = new Set();

  /** @param {string} name */
  const grant = (name) => {
    const lock = locks.get(name);
    for (let next = lock.queue[0]; next; next = lock.queue[0]) {
      const free = lock.holders.length === 0;
      const shared = next.mode === 'shared' && lock.holders.every(({ mode }) => mode === 'shared');
      if (!free && !shared) return;
      lock.queue.shift();
      lock.holders.push(next);
      next.run();
    }
  };

  return {
    tab() {
      const tab = { isAlive: true, missed: undefined };
      const own = new Set();

      const request = (name, { mode = 'exclusive', ifAvailable = false, signal } = {}, work) => {
        if (!locks.has(name)) locks.set(name, { holders: [], queue: [] });
        const lock = locks.get(name);
        if (ifAvailable && lock.holders.length > 0) return Promise.resolve().then(() => work(null));
        return new Promise((resolve, reject) => {
          const entry = { tab, mode, name };
          const drop = () => {
            lock.holders = lock.holders.filter((other) => other !== entry);
            lock.queue = lock.queue.filter((other) => other !== entry);
            grant(name);
          };
          entry.drop = drop;
          entry.run = async () => {
            await undefined;
            if (!tab.isAlive) return;
            try {
              resolve(await work({ name, mode }));
            } catch (error) {
              reject(error);
            } finally {
              if (tab.isAlive) drop();
            }
          };
          signal?.addEventListener('abort', () => {
            if (!lock.queue.includes(entry)) return;
            drop();
            reject(signal.reason);
          });
          own.add(entry);
          lock.queue.push(entry);
          grant(name);
        });
      };

      const channel = (name) => {
        const end = {
          name,
          tab,
          onmessage: null,
          postMessage(message) {
            if (!tab.isAlive) return;
            const copy = structuredClone(message);
            for (const other of [...channels]) {
              if (other.name !== name || other === end) continue;
              const deliver = () => {
                if (other.tab.missed) other.tab.missed.push(deliver);
                else if (channels.has(other) && other.tab.isAlive) other.onmessage?.({ data: structuredClone(copy) });
              };
              setImmediate(deliver);
            }
          },
          close: () => channels.delete(end),
        };
        channels.add(end);
        return end;
      };

      return {
        browser: { locks: { request }, channel },
        /** Nothing reaches it, and it keeps what it holds. */
        freeze() {
          tab.missed = [];
        },
        thaw() {
          const { missed } = tab;
          tab.missed = undefined;
          for (const deliver of missed) deliver();
        },
        /** Ends it as a crash does: nothing of it runs any more, its locks go. */
        crash() {
          tab.isAlive = false;
          for (const end of [...channels]) if (end.tab === tab) channels.delete(end);
          for (const entry of own) entry.drop();
        },
      };
    },
    held: () => [...locks].filter(([, { holders }]) => holders.length > 0).map(([name]) => name),
  };
}
