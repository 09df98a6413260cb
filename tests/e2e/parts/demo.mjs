// deploy/run --demo: the story that it seeds, and its shop as people use it.
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChromium } from "../lib/chromium.mjs";
import { Demo } from "../lib/demo.mjs";
import { service } from "../lib/interface.mjs";
import { skip } from "../lib/runner.mjs";
import { fetchText, start } from "../lib/server.mjs";
import { World } from "../lib/world.mjs";

const PEOPLE = ["mia", "bert", "cora", "carl", "cole", "layla"];
const GRANT = { projectId: "demo-lamps", grantedOrganizationId: "demo-customer" };
const MAKER = "demo-maker";
// Older services have methods of these names too.
const { getUserByID } = service("user.v2.UserService").method;
const projects = service("project.v2.ProjectService").method;

// By id: who has which roles of the project within which organization.
async function given(world) {
  const { authorizations } = await world.ok("ListAuthorizations");
  return Object.fromEntries(authorizations.map(({ user, organization, roles }) =>
    [user.id, `${organization.name}: ${roles.map((one) => one.key)}`]));
}

const STORY = { "demo-bert": "Lampwright: price-editor", "demo-cole": "Harbour House: buyer",
                "demo-layla": "Harbour House: approver" };

async function seedsOnce(demo, world) {
  const told = demo.said.slice(demo.said.indexOf("The demo:"));
  assert.ok(told.includes(demo.shop), told);
  for (const name of PEOPLE) {
    assert.match(told, new RegExp(`^  ${name} +${demo.password(name)}  \\w`, "m"));
  }
  assert.equal(new Set(PEOPLE.map((name) => demo.password(name))).size, PEOPLE.length);
  for (const file of ["demo.json", "demo.pat"]) {
    assert.equal(statSync(join(demo.dataDir, file)).mode & 0o777, 0o600, file);
  }
  assert.ok(told.split("\n").every((line) => line.length < 160), told);
  assert.deepEqual(await given(world), STORY);
  // Each by his own hand, so that the log tells the story.
  const { events } = await world.ok("ListEvents", { aggregateId: "demo-lamps", limit: 100 });
  assert.ok(events.some((one) => one.editor.userId === "demo-mia"));
  const { applications } = await world.ok("ListApplications");
  assert.equal(applications.length, 2);
  // Whoever was invited has proved his address by the code that was returned; none was sent.
  const { user } = await world.ok(getUserByID, { userId: "demo-carl" });
  assert.equal(user.human.email.isVerified, true);
  const mail = await fetchText(demo, { method: "GET", path: "/debug/mail" });
  const subjects = [...mail.text.matchAll(/class="subject">([^<]*)/g)].map((one) => one[1]);
  assert.deepEqual(new Set(subjects), new Set(["Your password was changed", "تم تغيير كلمة مرورك"]));
  const before = await world.newest();
  assert.deepEqual(await demo.stop("SIGINT"), { code: 0, signal: null });
  await demo.start();
  assert.equal(await world.newest(), before);
  assert.ok(demo.said.includes(`  cole   ${demo.password("cole")}  `), demo.said);
}

// What is taken up again ends as what was never interrupted.
async function goesOn() {
  const demo = new Demo();
  const world = new World(demo);
  await demo.launch();
  const found = (userId) => async () =>
    (await world.try(getUserByID, { userId }).catch(() => ({ code: -1 }))).code === 0;
  await demo.until(found("demo-mia"));
  await demo.stop("SIGKILL");
  // Neither the server nor the shop outlives it.
  const answers = () => fetchText(demo, { method: "GET", path: "/debug/ready" })
    .then(() => true, () => false);
  for (let i = 0; i < 500 && (await answers()); ++i) await sleep(20);
  assert.equal(await answers(), false);
  await demo.start();
  assert.deepEqual(await given(world), STORY);
  // The last step but one: it is told as unfinished, and somebody took a role meanwhile.
  await world.ok("DeleteOrganizationMetadata", { organizationId: MAKER, keys: ["demo"] });
  await world.ok("DeleteAuthorization", { id: await authorizationOf(world, "demo-cole") });
  await demo.stop();
  await demo.start();
  assert.deepEqual(await given(world), STORY);
  await demo.stop();
}

async function refusesOthers() {
  const server = await start();
  const world = new World(server);
  await world.organization("Somebody Else");
  const before = await world.newest();
  await server.stop();
  const demo = new Demo(server.dataDir);
  await demo.launch();
  const { code } = await demo.ended;
  assert.equal(code, 1);
  assert.match(demo.said, /none of the demo's, such as Somebody Else/);
  assert.ok(!demo.said.includes("The demo:"));
  await server.resume();
  assert.equal(await world.newest(), before);
}

// What cannot be is told before anything is made.
async function saysWhatCannotBe(demo) {
  const other = new Demo();
  const cases = [[[], demo.shopPort, /port \d+.*in use.*--demo=PORT/],
                 [["--port", "0"], 0, /not port 0/],
                 [["--tls.cert-path", "c.pem", "--tls.key-path", "k.pem"], 0, /without TLS/],
                 [["--no-such-key", "1"], 0, /no-such-key/]];
  for (const [options, shopPort, why] of cases) {
    await other.launch({ options, ...(shopPort && { shopPort }) });
    assert.notEqual((await other.ended).code, 0);
    assert.match(other.said, why);
    assert.deepEqual(readdirSync(other.dataDir), []);
  }
}

// A browser of few words: keeps cookies, follows nothing.
class Visitor {
  constructor(demo) {
    this.demo = demo;
    this.cookies = {};
  }

  async send(method, path, { form, headers = {} } = {}) {
    const cookie = Object.entries(this.cookies).map((pair) => pair.join("=")).join("; ");
    const body = form && new URLSearchParams(form).toString();
    const answer = await fetchText({ port: this.demo.shopPort }, {
      method, path, body,
      headers: { ...(cookie ? { cookie } : {}),
                 ...(body === undefined ? {} : {
                   "content-type": "application/x-www-form-urlencoded",
                   "content-length": Buffer.byteLength(body) }), ...headers } });
    for (const one of answer.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one);
      this.cookies[name] = value;
    }
    return answer;
  }

  async csrf() {
    return /name="csrf" value="(\w+)"/.exec((await this.send("GET", "/")).text)[1];
  }

  async post(path, form) {
    return this.send("POST", path, { form: { csrf: await this.csrf(), ...form } });
  }

  signIn(name, password = this.demo.password(name)) {
    return this.post("/sign-in", { login_name: name, password });
  }
}

const signedIn = async (demo, name) => {
  const visitor = new Visitor(demo);
  assert.equal((await visitor.signIn(name)).status, 303);
  return visitor;
};

async function guardsForms(demo) {
  const cole = await signedIn(demo, "cole");
  const layla = await signedIn(demo, "layla");
  const order = { lamp: "floor", pieces: "7" };
  const foreign = await layla.csrf();
  for (const form of [order, { ...order, csrf: "" }, { ...order, csrf: foreign }]) {
    assert.equal((await cole.send("POST", "/order", { form })).status, 403);
  }
  const door = new Visitor(demo);
  const form = { login_name: "cole", password: demo.password("cole"), csrf: foreign };
  assert.equal((await door.send("POST", "/sign-in", { form })).status, 403);
  assert.ok(!(await cole.send("GET", "/")).text.includes("7 × Floor lamp"));
  // What the shop is asked outside of its forms.
  assert.equal((await cole.post("/price", { lamp: "floor", price: "1" })).status, 403);
  assert.equal((await cole.post("/decide", { order: "1", state: "approved" })).status, 403);
  for (const pieces of ["0", "-1", "100", "1e9", "", "٣"]) {
    assert.equal((await cole.post("/order", { lamp: "floor", pieces })).status, 400, pieces);
  }
  assert.equal((await cole.post("/order", { lamp: "../floor", pieces: "1" })).status, 400);
  assert.equal((await cole.post("/order", { lamp: "x".repeat(9000), pieces: "1" })).status, 400);
  assert.equal((await cole.post("/shop.css", order)).status, 404);
  const strange = await cole.send("GET", "/", { headers: { host: "shop.example.com" } });
  assert.equal(strange.status, 421);
  assert.ok(!strange.text.includes("Cole"));
}

async function keepsToItself(demo) {
  const visitor = new Visitor(demo);
  const { headers } = await visitor.send("GET", "/");
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  for (const one of headers["set-cookie"]) assert.match(one, /; HttpOnly; SameSite=Lax$/);
  const before = visitor.cookies["muniment-demo"];
  const answer = await visitor.signIn("cole");
  assert.notEqual(visitor.cookies["muniment-demo"], before);
  assert.ok(!JSON.stringify(answer.headers).includes(demo.token));
}

async function endsSessions(demo, world) {
  const query = { queries: [{ userIdQuery: { id: "demo-cole" } }] };
  const count = async () => ((await world.ok("ListSessions", query)).sessions ?? []).length;
  const before = await count();
  const cole = await signedIn(demo, "cole");
  assert.equal(await count(), before + 1);
  const kept = cole.cookies["muniment-demo"];
  assert.equal((await cole.post("/sign-out", {})).status, 303);
  assert.equal(await count(), before);
  cole.cookies["muniment-demo"] = kept;
  assert.ok((await cole.send("GET", "/")).text.includes("name=\"password\""));
  // One that was ended elsewhere is over here with the next click.
  const again = await signedIn(demo, "cole");
  for (const { id } of (await world.ok("ListSessions", query)).sessions) {
    await world.ok("DeleteSession", { sessionId: id });
  }
  const click = await again.send("GET", "/");
  assert.equal(click.status, 401);
  assert.match(click.text, /Your session has ended/);
}

async function signInByPage(page, demo, name, password = demo.password(name)) {
  await page.fill("[name=login_name]", name);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForNavigation(), page.click("main button")]);
}

async function losesTheGrant(program, demo, world) {
  const page = await (await program.newContext()).newPage();
  await page.goto(demo.shop);
  await signInByPage(page, demo, "cole", "Wrong-Lamp-7-River");
  assert.match(await page.textContent("[role=alert]"), /not right/);
  assert.equal(await page.inputValue("[name=login_name]"), "cole");
  await signInByPage(page, demo, "cole");
  assert.match(await page.textContent("h1"), /Cole Mast/);
  assert.match(await page.textContent(".who-is"), /Harbour House.*Quay 3, gate B.*Buyer/s);
  const order = page.locator("form[action='/order'] button");
  await order.first().click();
  assert.match(await page.textContent("[role=status]"), /Ordered/);
  assert.match(await page.textContent(".orders"), /1 × Desk lamp, by Cole Mast/);
  assert.equal(await page.locator("form[action='/decide']").count(), 0);
  await world.ok(projects.deactivateProjectGrant, GRANT);
  await order.nth(1).click();
  assert.match(await page.textContent("[role=alert]"), /not any more/);
  assert.match(await page.textContent("main"), /nothing for you to do here/);
  assert.equal(await page.locator("main form").count(), 0);
  await world.ok(projects.activateProjectGrant, GRANT);
  await page.goto(demo.shop);
  assert.equal(await page.locator(".orders li").count(), 1);
}

async function approves(program, demo) {
  const context = await program.newContext({ locale: "ar", viewport: { width: 380, height: 800 } });
  const page = await context.newPage();
  await page.goto(demo.shop);
  assert.equal(await page.getAttribute("html", "dir"), "rtl");
  await signInByPage(page, demo, "layla");
  assert.match(await page.textContent("h1"), /ليلى الميناء/);
  await page.click("button[value=approved]");
  assert.match(await page.textContent(".state.approved"), /ليلى الميناء/);
  // Nothing sticks out of a narrow page.
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.click("nav a[lang=en]");
  assert.equal(await page.getAttribute("html", "dir"), "ltr");
}

async function escapes(program, demo, world) {
  const script = "<script>window.reached = 1</script>";
  const name = `Cole </bdi>${script}`;
  await world.ok("UpdateHumanUser", { userId: "demo-cole", profile: {
    givenName: "Cole", familyName: "Mast", displayName: name } });
  await world.ok("UpdateOrganization",
                 { organizationId: "demo-customer", name: `House ${script}` });
  const page = await (await program.newContext()).newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(demo.shop);
  await signInByPage(page, demo, `"><img src=x>${script}`, "wrong");
  assert.equal(await page.inputValue("[name=login_name]"), `"><img src=x>${script}`);
  await signInByPage(page, demo, "cole");
  await page.locator("form[action='/order'] button").first().click();
  for (const where of ["h1", ".orders"]) {
    assert.ok((await page.textContent(where)).includes(name), where);
  }
  assert.ok((await page.textContent(".who-is")).includes(`House ${script}`));
  assert.equal(await page.evaluate(() => window.reached), undefined);
  // The policy had nothing to stop: there was no script to begin with.
  assert.deepEqual(complaints.filter((one) => !one.includes("403")), []);
}

// Whatever a role hangs on, it counts for nothing while that rests, and counts again after.
async function hangsOnAll(demo, world) {
  const cole = await signedIn(demo, "cole");
  const click = () => cole.send("GET", "/");
  const buys = async () => (await click()).text.includes("action=\"/order\"");
  const id = await authorizationOf(world, "demo-cole");
  const { projectId } = GRANT;
  const rests = [["DeactivateAuthorization", "ActivateAuthorization", { id }],
                 [projects.deactivateProject, projects.activateProject, { projectId }],
                 [projects.deactivateProjectGrant, projects.activateProjectGrant, GRANT]];
  for (const [off, on, what] of rests) {
    assert.ok(await buys());
    await world.ok(off, what);
    assert.match((await click()).text, /nothing for you to do here/);
    assert.equal((await cole.post("/order", { lamp: "desk", pieces: "1" })).status, 403);
    await world.ok(on, what);
  }
  // The shop's own machine is one of the maker's people.
  await world.ok("DeactivateOrganization", { organizationId: MAKER });
  assert.equal((await click()).status, 503);
  await world.ok("ActivateOrganization", { organizationId: MAKER });
  assert.ok(await buys());
  await world.ok(projects.updateProjectGrant, { ...GRANT, roleKeys: ["approver"] });
  assert.ok(!(await buys()));
  const layla = await signedIn(demo, "layla");
  assert.match((await layla.send("GET", "/")).text, /Approver/);
}

const authorizationOf = async (world, userId) => {
  const filters = [{ inUserIds: { ids: [userId] } }];
  return (await world.ok("ListAuthorizations", { filters })).authorizations[0].id;
};

// An approver of one house has nothing to say in another.
async function keepsHousesApart(demo, world) {
  const [cole, layla, bert] = [await signedIn(demo, "cole"), await signedIn(demo, "layla"),
                               await signedIn(demo, "bert")];
  await world.ok("UpdateAuthorization", {
    id: await authorizationOf(world, "demo-bert"),
    roleKeys: ["price-editor", "buyer", "approver"] });
  assert.equal((await cole.post("/order", { lamp: "pendant", pieces: "9" })).status, 303);
  const seen = (await layla.send("GET", "/")).text;
  const [, order] = /name="order" value="(\d+)"/.exec(seen);
  assert.match(seen, /9 × Pendant lamp/);
  assert.doesNotMatch((await bert.send("GET", "/")).text, /9 × Pendant lamp/);
  const refused = { order, state: "refused" };
  assert.equal((await bert.post("/decide", refused)).status, 400);
  assert.equal((await layla.post("/decide", { order, state: "" })).status, 400);
  assert.equal((await layla.post("/decide", refused)).status, 303);
  assert.equal((await layla.post("/decide", { order, state: "approved" })).status, 400);
  // A price holds for what is ordered from then on, for everybody.
  for (const price of ["0", "-1", "1.234", "10000", "1e3", "٣", "", "NaN"]) {
    assert.equal((await bert.post("/price", { lamp: "pendant", price })).status, 400, price);
  }
  assert.equal((await bert.post("/price", { lamp: "pendant", price: "77.5" })).status, 303);
  const after = (await cole.send("GET", "/")).text;
  assert.match(after, /€ 77\.50/);
  assert.match(after, /€ 1080\.00/);
}

async function pages(t, demo, world) {
  const program = await startChromium();
  if (!program) {
    await t.test("the demo's pages in Chromium", () => skip("chromium is not at hand"));
    return;
  }
  try {
    await t.test("a colleague buys by his role, and cannot with the click after the grant rests",
                 () => losesTheGrant(program, demo, world));
    await t.test("an approver approves, in Arabic on a phone", () => approves(program, demo));
    await t.test("markup in names is shown as text", () => escapes(program, demo, world));
  } finally {
    await program.close();
  }
}

export default async function demonstration(t) {
  const demo = await new Demo().start();
  const world = new World(demo);
  await t.test("the demo is seeded once, and a second run changes nothing",
               () => seedsOnce(demo, world));
  await t.test("the shop does nothing for a form of elsewhere, nor for values that are none",
               () => guardsForms(demo));
  await t.test("the shop's cookies and policy keep scripts and other sites out",
               () => keepsToItself(demo));
  await pages(t, demo, world);
  await t.test("who signs out, or is signed out elsewhere, is out",
               () => endsSessions(demo, world));
  await t.test("an approver of one organization neither sees nor decides another's orders",
               () => keepsHousesApart(demo, world));
  await t.test("a role counts while all that it hangs on does, and goes with what it is taken from",
               () => hangsOnAll(demo, world));
  await t.test("a demo that was interrupted goes on, and leaves nothing running", goesOn);
  await t.test("a store with other organizations is not seeded", refusesOthers);
  await t.test("a port that is taken, and what the demo cannot be with, is told at once",
               () => saysWhatCannotBe(demo));
  await demo.stop();
}
