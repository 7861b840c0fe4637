// What the suites use of node:timers/promises.

export { sleep as setTimeout };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
