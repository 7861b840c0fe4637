/** Shows another page in this one's frame, in a sandbox if that allows anything. */
export function embed(url, sandbox) {
  const frame = document.querySelector('iframe');
  if (sandbox) frame.sandbox.value = sandbox;
  else frame.removeAttribute('sandbox');
  frame.src = url;
}
