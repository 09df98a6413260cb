// A page of another origin in Chromium calls with the clients made for browsers.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { startChromium } from "../lib/chromium.mjs";
import { skip } from "../lib/runner.mjs";
import { start } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

async function bundle() {
  const { build } = await import("esbuild");
  const made = await build({
    entryPoints: [fileURLToPath(new URL("../page/page.mjs", import.meta.url))],
    bundle: true, write: false, format: "iife", globalName: "page", logLevel: "silent",
    nodePaths: [fileURLToPath(new URL("../node_modules", import.meta.url))],
  });
  return made.outputFiles[0].text;
}

const HTML = "<!doctype html><title>Page</title><script src=/page.js></script>";

function site(script) {
  return new Promise((resolve) => {
    const server = createServer((request, answer) => {
      const isScript = request.url === "/page.js";
      answer.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      answer.end(isScript ? script : HTML);
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function calls(t, page, server) {
  const life = (kind) => page.evaluate(
    ([name, url, token, organization]) => window.page.life(name, url, token, organization),
    [kind, server.url, server.token, fresh("Acme")]);
  for (const kind of ["Connect JSON", "Connect binary", "gRPC-Web", "@zitadel/client"]) {
    await t.test(`a page of another origin calls by ${kind}`, async () => {
      const seen = await life(kind);
      assert.deepEqual(seen, { listed: 1, code: "NotFound", reason: seen.reason,
                               unauthenticated: "Unauthenticated" });
      assert.match(seen.reason, /^user\.[a-z_]+$/);
    });
  }
  await t.test("a page of another origin calls REST with fetch", async () => {
    const seen = await page.evaluate(([url, token]) => window.page.rest(url, token),
                                     [server.url, server.token]);
    assert.deepEqual(seen, { created: 201, missing: 404 });
  });
}

// What a page sees of a call that needs the browser to ask first, and of one that does not.
const tried = (page, server, name) => page.evaluate(async ([url, token, organization]) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: organization });
  const seen = (answer) => answer.then((one) => one.status, (error) => error.name);
  return { asked: await seen(fetch(`${url}/v2/organizations`, { method: "POST", headers, body })),
           plain: await seen(fetch(`${url}/v2/users/1`)) };
}, [server.url, server.token, name]);

// One site, by two names: two origins, of which one is configured.
async function keptOut(program, port) {
  const ours = `http://127.0.0.1:${port}`;
  const strict = await start({ options: ["--cors.origins", ours] });
  const world = new World(strict);
  const there = async (name) => {
    const queries = [{ nameQuery: { name } }];
    const { result = [] } = await world.ok("ListOrganizations", { queries });
    return result.length;
  };
  const open = async (origin) => {
    const page = await program.newPage();
    await page.goto(origin);
    return page;
  };
  const [allowed, other] = [fresh("Acme"), fresh("Acme")];
  assert.deepEqual(await tried(await open(`${ours}/`), strict, allowed),
                   { asked: 201, plain: 401 });
  assert.equal(await there(allowed), 1);
  // The browser asks whether it may call at all, and hides what it got without asking.
  assert.deepEqual(await tried(await open(`http://localhost:${port}/`), strict, other),
                   { asked: "TypeError", plain: "TypeError" });
  assert.equal(await there(other), 0);
}

export default async function browser(t) {
  const program = await startChromium();
  if (!program) {
    await t.test("pages of another origin call from Chromium",
                 () => skip("chromium is not at hand"));
    return;
  }
  const server = await start();
  const pages = await site(await bundle());
  const { port } = pages.address();
  try {
    const page = await program.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await calls(t, page, server);
    await t.test("a page whose origin is not configured is kept out by the browser",
                 () => keptOut(program, port));
  } finally {
    await program.close();
    pages.close();
    pages.closeAllConnections();
  }
}
