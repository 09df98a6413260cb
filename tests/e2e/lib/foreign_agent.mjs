// A browser without a window: it keeps cookies and follows redirects, and stops where it is told to, so
// that a test can change where it goes next.
//
//   const agent = new Agent();
//   const callback = await agent.until("http://localhost:1/signin", (url) => url.pathname === "/back");
//   callback.searchParams.set("state", "another");
//   const page = await agent.open(callback);              {status, headers, text, url}
import assert from "node:assert/strict";
import { fetchText } from "./server.mjs";

const MANY = 20;
const FORM = { "content-type": "application/x-www-form-urlencoded" };

export class Agent {
  #jars = new Map();

  // One request to a port of this machine. `next`: where it leads, or null.
  async ask(place, { method = "GET", form, headers = {} } = {}) {
    const url = new URL(place);
    const jar = this.#jar(url.origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    // As a browser does that goes somewhere: servers tell that from what a script asks for.
    const { status, headers: told, text } = await fetchText(url, {
      method, path: `${url.pathname}${url.search}`, body: form && `${new URLSearchParams(form)}`,
      headers: { accept: "text/html", ...(form && FORM), ...(cookie && { cookie }), ...headers } });
    for (const line of told["set-cookie"] ?? []) keep(jar, line);
    return { status, headers: told, text, url, next: told.location ? new URL(told.location, url) : null };
  }

  // Follows to the end.
  async open(url) {
    const { page } = await this.#follow(url, {}, () => false);
    return page;
  }

  // Follows as long as it leads nowhere but to the same server.
  async stay(url) {
    const { origin } = new URL(url);
    const { page } = await this.#follow(url, {}, (next) => next.origin !== origin);
    return page;
  }

  // Follows to the first URL that `stop` wants, and does not ask for it.
  async until(url, stop) {
    const { page, stopped } = await this.#follow(url, {}, stop);
    assert.ok(stopped, `ended at ${page?.url} with ${page?.status}: ${page?.text}`);
    return stopped;
  }

  async #follow(url, options, stop) {
    let page = await this.ask(url, options);
    for (let steps = 0; page.next; ++steps) {
      assert.ok(steps < MANY, `redirects without an end, to ${page.next}`);
      if (stop(page.next)) return { page, stopped: page.next };
      page = await this.ask(page.next);
    }
    return { page };
  }

  #jar(origin) {
    if (!this.#jars.has(origin)) this.#jars.set(origin, new Map());
    return this.#jars.get(origin);
  }
}

function keep(jar, line) {
  const [pair, ...attributes] = line.split(";");
  const name = pair.slice(0, pair.indexOf("=")).trim();
  const of = (key) => attributes.map((one) => one.trim().split("="))
    .find(([each]) => each.toLowerCase() === key)?.[1];
  const ended = Number(of("max-age") ?? 1) <= 0 || Date.parse(of("expires") ?? "9999") < Date.now();
  if (ended) jar.delete(name);
  else jar.set(name, pair.slice(pair.indexOf("=") + 1).trim());
}
