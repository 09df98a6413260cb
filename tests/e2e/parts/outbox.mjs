// What is mailed on a machine without a mail server, in a browser on that machine.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startChromium } from "../lib/chromium.mjs";
import { skip } from "../lib/runner.mjs";
import { start } from "../lib/server.mjs";
import { World } from "../lib/world.mjs";

const NAME = `<script>alert(1)</script>`;

async function mailed(server, count) {
  for (let i = 0; i < 500; ++i) {
    const { messages } = JSON.parse((await server.get("/debug/mail/messages.json")).text);
    if (messages.length >= count) return messages;
    await sleep(20);
  }
  throw new Error("no mail came");
}

async function look(browser, server, { colorScheme, width }) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const said = [];
  page.on("console", (line) => said.push(line.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", (dialog) => said.push(`a dialog: ${dialog.message()}`));
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await page.goto(`${server.url}/debug/mail`);
  assert.equal(await wide(), false, "the list is wider than the window");
  await page.getByText("Confirm your e-mail address").first().click();
  await page.waitForURL(/\/debug\/mail\/[0-9a-f]{32}$/);
  assert.equal(await wide(), false, "the message is wider than the window");
  const frame = page.frames().find((each) => each !== page.mainFrame());
  await frame.waitForLoadState();
  const shown = await frame.locator("h1").textContent();
  const greeting = await frame.getByText("Hello").textContent();
  const dark = await frame.locator(".card").evaluate((each) => getComputedStyle(each).backgroundColor);
  const paper = await page.locator("body").evaluate((each) => getComputedStyle(each).backgroundColor);
  const code = await page.locator("dd code").textContent();
  await context.close();
  return { said, shown, greeting, dark, paper, code };
}

export default async function outbox(t) {
  const server = await start();
  const world = new World(server);
  const person = await world.person(await world.organization());
  await world.ok("UpdateUser", { userId: person, human: { profile: { displayName: "Ada" } } });
  await world.ok("SetEmail", { userId: person, email: "ada@example.org", sendCode: {} });
  const [mail] = await mailed(server, 1);

  await t.test("the code of a mail that stayed at home proves the address", async () => {
    assert.equal(mail.to, "ada@example.org");
    assert.match(mail.url, new RegExp(`^${server.url}/ui/v2/login/verify\\?code=${mail.code}&`));
    await world.ok("VerifyEmail", { userId: person, verificationCode: mail.code });
    assert.ok(!server.output.includes(mail.code), "the log has the code");
  });

  await t.test("by another name than loopback's there is no outbox", async () => {
    const foreign = await server.get("/debug/mail", { host: "evil.example" });
    assert.equal(foreign.status, 404);
    const proxied = await server.get("/debug/mail", { "x-forwarded-for": "127.0.0.1" });
    assert.equal(proxied.status, 404);
  });

  const browser = await startChromium();
  await world.ok("UpdateUser", { userId: person, human: { profile: { displayName: NAME } } });
  await world.ok("SetEmail", { userId: person, email: "lovelace@example.org", sendCode: {} });
  await mailed(server, 2);
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 360]) {
      await t.test(`a mail is readable in a ${colorScheme} window of ${width}, and runs nothing`,
                   async () => {
        if (!browser) return skip("chromium is not at hand");
        const seen = await look(browser, server, { colorScheme, width });
        assert.deepEqual(seen.said, []);
        assert.equal(seen.shown, "Confirm your e-mail address");
        assert.equal(seen.greeting, `Hello ${NAME}`);
        assert.equal(seen.dark, colorScheme === "dark" ? "rgb(27, 33, 43)" : "rgb(255, 255, 255)");
        assert.equal(seen.paper, colorScheme === "dark" ? "rgb(17, 21, 28)" : "rgb(244, 245, 247)");
        assert.match(seen.code, /^[0-9A-Z]{6}$/);
      });
    }
  }
  await browser?.close();
}
