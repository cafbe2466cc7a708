// What every page of ours is made with. Text from the API is only ever set as text, never as markup.

export const percent = (p) => `${(100 * p).toFixed(0)}%`;
export const signed = (x) => `${x > 0 ? "+" : x < 0 ? "−" : ""}${Math.abs(100 * x).toFixed(1)}`;

/** An element with properties and children; strings become text. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The JSON at `path`; an error whose message is for people. */
export async function read(path) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The service cannot be reached. Is it still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? body.title ?? `The service answered ${answer.status}.`);
  return body;
}

/** "3 minutes", "2 days": an age in the largest unit that fits. */
export function duration(seconds) {
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    const n = Math.floor(seconds / size);
    if (n >= 1) return `${n} ${unit}${n === 1 ? "" : "s"}`;
  }
  return `${Math.max(0, Math.floor(seconds))} seconds`;
}

export const ageOf = (freshness) =>
  `${freshness.source}, ${freshness.age_s === null ? "age unknown" : `${duration(freshness.age_s)} old`}`;

export function table(caption, head, rows) {
  const cells = (tag, values) => make("tr", {}, ...values.map((value) => make(tag, {}, value)));
  const header = cells("th", head);
  for (const cell of header.children) cell.scope = "col";
  return make("div", { className: "wide" }, make("table", {},
    make("caption", {}, caption),
    make("thead", {}, header),
    make("tbody", {}, ...rows.map((values) => cells("td", values)))));
}
