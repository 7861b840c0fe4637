/** What the README's page lists, when there is as much of it. */
export async function itemsOf(n) {
  for (;;) {
    const items = [...document.querySelectorAll('li')];
    if (items.length >= n) return items.map(({ textContent }) => textContent);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
