// What somebody hostile tries at the login's pages: what is sealed, taken elsewhere, replayed, posted from
// other sites, guessed, or filled with scripts; and what the pages must not tell.
import assert from "node:assert/strict";
import { COOKIE, Hosted, LOGIN, Visitor, atApplication, read } from "../lib/hosted.mjs";
import { DEVICE_CODE, FAREWELL } from "../lib/openid.mjs";
import { certificate, fetchText, start } from "../lib/server.mjs";
import { totp } from "../lib/totp.mjs";
import { PASSWORD, email } from "../lib/world.mjs";

const FORM = "application/x-www-form-urlencoded";
const EVIL = "https://evil.example";
const SCRIPT = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{lang}}{{>head}}`;
const PAGES = ["login", "password", "code", "device", "device/consent", "logout"];

// Requests by hand, with the cookie and the headers that a test wants.
class Wire {
  constructor(server) {
    this.server = server;
  }

  async ask(method, path, { form, body = form && `${new URLSearchParams(form)}`, cookie, headers } = {}) {
    const answer = await fetchText(this.server, { method, path, body, headers: {
      ...(body !== undefined && { "content-type": FORM }),
      ...(cookie && { cookie: `${COOKIE}=${cookie}` }), ...headers } });
    const { location, "set-cookie": set } = answer.headers;
    const next = location ? new URL(location, this.server.url) : null;
    return { ...read(answer), next, set: set?.[0].match(/^[^=]*=([^;]*)/)[1] };
  }

  post(page, form, options) {
    return this.ask("POST", `${LOGIN}/${page}`, { form, ...options });
  }

  get(place, options) {
    const { pathname, search } = new URL(place, this.server.url);
    return this.ask("GET", `${pathname}${search}`, options);
  }
}

const flowOf = (answer) => answer.next.searchParams.get("flow");

// {cookie, flow} of a browser that was asked for the password of whom it names.
async function named(site, name = site.person.name, parameters = {}) {
  const asked = await site.wire.get(site.url(parameters));
  const page = await site.wire.get(asked.next, { cookie: asked.set });
  const cookie = page.set ?? asked.set;
  const told = await site.wire.post("login", { flow: page.fields.flow, login_name: name }, { cookie });
  assert.equal(told.status, 303, told.text);
  return { cookie, flow: flowOf(told), first: page.fields.flow };
}

function assertNothingDone(answer) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.next}`);
  assert.equal(answer.next, null);
}

async function otherBrowser(site) {
  const [mine, other] = [await named(site), await named(site)];
  for (const cookie of [other.cookie, undefined, mine.flow]) {
    const answer = await site.wire.post("password", { flow: mine.flow, password: PASSWORD }, { cookie });
    assertNothingDone(answer);
    assert.equal(answer.reason, "login.other_browser");
  }
  const form = { flow: mine.cookie, password: PASSWORD };
  assertNothingDone(await site.wire.post("password", form, { cookie: mine.cookie }));
}

// An id is public: it lets nobody see, end or answer what another browser brought.
async function otherBrowsersRequest(site) {
  const [one, other] = [site.visitor(), site.visitor()];
  const { next } = await one.ask(site.url({ login_hint: site.person.name }));
  const page = await other.arrive(next);
  assert.ok(!page.text.includes(site.person.name), "it is told whom the application expects");
  if (page.action) {
    const ended = await other.post(page, { do: "cancel" });
    assert.equal(ended.next, null, `another browser ended it: ${ended.next}`);
  }
}

async function bent(site) {
  const { cookie, flow } = await named(site);
  const flipped = (text, at) => `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
  for (const at of [0, 1, 2, 10, 40, flow.length - 12]) {
    for (const bad of [flipped(flow, at), flow.slice(0, at), `${flow}${flow}`]) {
      const answer = await site.wire.post("password", { flow: bad, password: PASSWORD }, { cookie });
      assertNothingDone(answer);
    }
    const form = { flow, password: PASSWORD };
    const answer = await site.wire.post("password", form, { cookie: flipped(cookie, at) });
    assertNothingDone(answer);
    assert.notEqual(answer.set, undefined, "it gets a cookie of its own");
  }
}

async function otherServer(site) {
  const server = await start();
  const wire = new Wire(server);
  const { cookie, flow } = await named(site);
  const foreign = await wire.get(`${LOGIN}/login`);
  for (const [theirs, ours] of [[cookie, flow], [foreign.set, flow], [cookie, foreign.fields.flow]]) {
    assertNothingDone(await wire.post("password", { flow: ours, password: PASSWORD }, { cookie: theirs }));
  }
  await server.stop();
}

async function replayed(site) {
  const { name, secret } = await site.careful();
  const begun = await named(site, name);
  const half = await site.wire.post("password", { flow: begun.flow, password: PASSWORD }, begun);
  const code = totp(secret);
  const form = { flow: flowOf(half), code };
  const whole = await site.wire.post("code", form, { cookie: half.set });
  assert.ok(atApplication(whole).code);
  for (const cookie of [begun.cookie, half.set]) {
    for (const typed of [code, totp(secret, 1)]) {
      const again = await site.wire.post("code", { ...form, code: typed }, { cookie });
      assert.notEqual(again.next?.origin, "https://app.example");
    }
    const { next } = await site.wire.get(site.url(), { cookie });
    const sso = await site.wire.get(next, { cookie });
    assert.notEqual(sso.next?.origin, "https://app.example");
  }
  return { half: half.set, whole: whole.set };
}

// Whoever finds a cookie of a step that is past can neither see whose it is nor sign him out.
async function replayedAtLogout(site) {
  const { half, whole } = await replayed(site);
  const page = await site.wire.get(`${LOGIN}/logout`, { cookie: half });
  assert.equal(page.text.includes("who-login"), false, "it tells whose session it was");
  if (page.fields.flow) await site.wire.post("logout", { flow: page.fields.flow }, { cookie: half });
  const silent = await site.wire.get(site.url({ prompt: "none" }), { cookie: whole });
  assert.ok(atApplication(silent).code, "it was signed out");
}

async function otherSites(site) {
  const { cookie, flow } = await named(site);
  for (const headers of [{ origin: EVIL }, { origin: "null" }, { "sec-fetch-site": "cross-site" },
                         { origin: site.issuer, "sec-fetch-site": "cross-site" },
                         { origin: site.issuer.replace("localhost", "127.0.0.1") },
                         { origin: `${site.issuer}.evil.example` }]) {
    for (const page of PAGES) {
      const form = { flow, password: PASSWORD, login_name: site.person.name, do: "allow" };
      const answer = await site.wire.post(page, form, { cookie, headers });
      assert.equal(answer.status, 403, `${page} ${JSON.stringify(headers)}`);
      assert.equal(answer.next, null);
    }
  }
  const own = { origin: site.issuer, "sec-fetch-site": "same-origin" };
  const answer = await site.wire.post("password", { flow, password: PASSWORD }, { cookie, headers: own });
  assert.ok(atApplication(answer).code);
}

async function outOfOrder(site) {
  const { cookie, flow, first } = await named(site);
  for (const [page, form] of [["code", { code: "123456" }], ["code", { do: "resend" }],
                              ["code", { way: "email" }], ["device/consent", { do: "allow" }],
                              ["device/consent", { do: "deny" }]]) {
    const answer = await site.wire.post(page, { flow, ...form }, { cookie });
    assert.equal(answer.status, 303);
    assert.ok(answer.next.pathname.startsWith(LOGIN), answer.next.href);
  }
  const early = await site.wire.post("password", { flow: first, password: PASSWORD }, { cookie });
  assert.equal(early.next.pathname, `${LOGIN}/login`);
}

// Nobody decides on a device but who has proved all that he must.
async function consentHalfProved(site) {
  const { name } = await site.careful();
  const device = await site.device();
  const visitor = site.visitor();
  const asked = await visitor.send(await visitor.arrive(device.verification_uri_complete),
                                   { user_code: device.user_code });
  const consent = `${LOGIN}/device/consent`;
  const before = await visitor.ask(`${consent}?flow=${asked.fields.flow}`);
  assert.equal(before.next.pathname, `${LOGIN}/login`);
  const password = await visitor.send(asked, { login_name: name });
  const code = await visitor.send(password, { password: PASSWORD });
  assert.deepEqual(Object.keys(code.fields), ["flow", "code"]);
  const { flow } = code.fields;
  const allowed = await visitor.ask(consent, { method: "POST", form: { flow, do: "allow" } });
  assert.equal(allowed.next?.pathname, `${LOGIN}/code`);
  const denied = await visitor.ask(consent, { method: "POST", form: { flow, do: "deny" } });
  assert.equal(denied.next?.pathname, `${LOGIN}/code`, "it was denied by half a proof");
  const { json } = await site.provider.grant(site.web, DEVICE_CODE, { device_code: device.device_code });
  assert.equal(json.error, "authorization_pending");
}

async function usedTwice(site) {
  const { cookie, flow } = await named(site);
  const first = await site.wire.post("password", { flow, password: PASSWORD }, { cookie });
  assert.ok(atApplication(first).code);
  const again = await site.wire.post("password", { flow, password: PASSWORD }, { cookie: first.set });
  assertNothingDone(again);
  assert.equal(again.reason, "auth_request.handled");
  assert.deepEqual(again.links, [], "it leads on to where nothing can come of it");
}

async function ofOwnLogin(site) {
  const loginVersion = { loginV2: { baseUri: "https://login.example/app" } };
  const client = await site.provider.application(site.projectId, { loginVersion });
  const visitor = site.visitor();
  await visitor.signIn(site.url(), site.person.name);
  const { next } = await visitor.ask(site.url({}, client));
  assert.equal(next.origin, "https://login.example");
  const place = `${LOGIN}/login?authRequest=${next.searchParams.get("authRequest")}`;
  assertNothingDone(await visitor.ask(place));
}

function assertHarmless(answer, where) {
  assert.ok(!/<script>alert|<img src=x/.test(answer.text), where);
  assert.ok(!JSON.stringify({ ...answer.headers, location: "" }).includes("alert(1)"), where);
}

async function scripts(site) {
  const hinted = await site.visitor().arrive(site.url({ login_hint: SCRIPT }));
  assert.equal(hinted.fields.login_name, SCRIPT);
  assertHarmless(hinted, "login_hint");
  const { cookie, flow } = await named(site, SCRIPT);
  const password = await site.wire.get(`${LOGIN}/password?flow=${flow}`, { cookie });
  assertHarmless(password, "login_name");
  assert.equal(password.fields.login_name, SCRIPT);
  const device = await site.wire.get(`${LOGIN}/device?${new URLSearchParams({ user_code: SCRIPT })}`);
  assert.equal(device.fields.user_code, SCRIPT);
  assertHarmless(device, "user_code");
  const typed = { flow: device.fields.flow, user_code: SCRIPT };
  assertHarmless(await site.wire.post("device", typed, { cookie: device.set }), "user_code");
  for (const page of PAGES) {
    for (const name of ["flow", "authRequest", "client_id", "state", "ui_locales", "do", "way", "code",
                        "post_logout_redirect_uri", "logout_hint", "user_code", "login_name"]) {
      const query = new URLSearchParams({ [name]: SCRIPT });
      assertHarmless(await site.wire.get(`${LOGIN}/${page}?${query}`), `${page} ${name}`);
    }
  }
  const client = await site.provider.application(site.projectId);
  const name = "<b>{{.Address}}{{>head}}&amp;";
  const { projectId, applicationId } = client;
  await site.world.ok("UpdateApplication", { projectId, applicationId, name });
  const page = await site.visitor().arrive(site.url({ ui_locales: SCRIPT }, client));
  assertHarmless(page, "an application's name");
  assert.ok(page.lead.includes(name), page.lead || page.text);
}

async function broken(site) {
  const state = "a\r\nset-cookie: a=b\r\n\r\n<script>";
  const visitor = site.visitor();
  const page = await visitor.arrive(site.url({ state }));
  const ended = page.next ? page : await visitor.post(page, { do: "cancel" });
  assert.equal(ended.headers["set-cookie"]?.some((each) => /^a=/.test(each)) ?? false, false);
  const { cookie, flow } = await named(site);
  const twice = `flow=${flow}&password=wrong&password=${PASSWORD}`;
  assertNothingDone(await site.wire.post("password", undefined, { body: twice, cookie }));
  assertNothingDone(await site.wire.get(`${LOGIN}/login?authRequest=V2_1&authRequest=V2_2`));
  const json = { body: JSON.stringify({ flow, password: PASSWORD }), cookie,
                 headers: { "content-type": "application/json" } };
  assertNothingDone(await site.wire.post("password", undefined, json));
  const x = "x".repeat(30_000);
  for (const [name, form] of [["login", { login_name: x }], ["password", { password: x }],
                              ["device", { user_code: x }]]) {
    assertNothingDone(await site.wire.post(name, { flow, ...form }, { cookie }));
  }
  assertNothingDone(await site.wire.post("login", { flow, login_name: x.repeat(20) }, { cookie }));
  assertNothingDone(await site.wire.get(`${LOGIN}/login?authRequest=V2_${x}`));
}

async function urls(site) {
  const { cookie, flow } = await named(site);
  const query = new URLSearchParams({ flow, password: PASSWORD });
  const got = await site.wire.get(`${LOGIN}/password?${query}`, { cookie });
  assert.equal(got.status, 200, "a GET tried a password");
  const posted = await site.wire.ask("POST", `${LOGIN}/password?${query}`, { form: {}, cookie });
  assertNothingDone(posted);
  for (const page of PAGES) {
    const head = await site.wire.ask("HEAD", `${LOGIN}/${page}?${query}`, { cookie });
    assert.deepEqual([head.status, head.headers.allow], [405, "GET, POST"]);
    const before = await site.world.newest();
    await site.wire.get(`${LOGIN}/${page}?${query}&do=allow&code=123456&user_code=BCDF-GHJK`, { cookie });
    assert.equal(await site.world.newest(), before, `GET ${page} stored something`);
  }
}

async function secrets(site) {
  const { name, secret } = await site.careful();
  const visitor = site.visitor();
  const seen = [];
  const keep = (answer) => {
    const { "set-cookie": _, ...headers } = answer.headers;
    seen.push(answer.text, JSON.stringify(headers), answer.url.href);
    return answer;
  };
  const first = keep(await visitor.arrive(site.url()));
  const second = keep(await visitor.follow(keep(await visitor.post(first, { login_name: name }))));
  keep(await visitor.post(second, { password: `${PASSWORD}-wrong` }));
  const third = keep(await visitor.follow(keep(await visitor.post(second, { password: PASSWORD }))));
  const code = totp(secret);
  keep(await visitor.post(third, { code }));
  const all = seen.join("\n");
  for (const word of [PASSWORD, secret, "sess_"]) {
    assert.equal(all.includes(word), false, `${word} is shown`);
  }
  assert.equal(new RegExp(`\\b${code}\\b`).test(seen.filter((_, i) => i % 3 === 2).join()), false);
  for (const word of [PASSWORD, secret, name, "flow=", first.fields.flow]) {
    assert.equal(site.server.output.includes(word), false, `${word} is logged`);
  }
}

function assertKept(answer) {
  const { headers } = answer;
  assert.equal(headers["cache-control"], "no-store");
  if (answer.next) return assert.match(headers["referrer-policy"], /^(no-referrer|same-origin)$/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["referrer-policy"], /^(no-referrer|same-origin)$/);
  const policy = headers["content-security-policy"];
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
    assert.ok(policy.includes(rule), policy);
  }
  assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  assert.doesNotMatch(answer.text, /\sstyle="|\son\w+="|<style|<script>/);
}

async function headers(site) {
  const visitor = site.visitor();
  const page = await visitor.arrive(site.url());
  const told = await visitor.post(page, { login_name: site.person.name });
  const password = await visitor.follow(told);
  const wrong = await visitor.post(password, { password: "wrong" });
  const back = await visitor.post(password, { password: PASSWORD });
  for (const each of [page, told, password, wrong, back]) assertKept(each);
  for (const name of PAGES) assertKept(await site.visitor().ask(`${LOGIN}/${name}`));
  assertKept(await site.visitor().ask(`${LOGIN}/login?authRequest=V2_1`));
}

async function cookies(site) {
  const plain = (await site.wire.get(`${LOGIN}/login`)).headers["set-cookie"];
  assert.equal(plain.length, 1);
  assert.match(plain[0], new RegExp(`^${COOKIE}=[\\w-]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=\\d+$`));
  const secure = new RegExp(
    `^__Host-${COOKIE}=[\\w-]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=\\d+; Secure$`);
  const options = ["--external-secure", "true", "--external-domain", "id.example.com",
                   "--external-port", "443"];
  const proxied = await start({ options });
  const host = { host: "id.example.com", "x-forwarded-proto": "http" };
  const told = await fetchText(proxied, { method: "GET", path: `${LOGIN}/login`, headers: host });
  assert.match(told.headers["set-cookie"][0], secure);
  const encrypted = await start({ tls: certificate() });
  assert.match((await encrypted.get(`${LOGIN}/login`)).headers["set-cookie"][0], secure);
  await Promise.all([proxied.stop(), encrypted.stop()]);
}

// By text, status, where it leads and what is set; by time beside it.
async function nobody(site) {
  const inactive = await site.provider.person(site.organizationId);
  await site.world.ok("DeactivateUser", { userId: inactive.id });
  const told = async (name, password) => {
    const begun = await named(site, name);
    const page = await site.wire.get(`${LOGIN}/password?flow=${begun.flow}`, begun);
    const wrong = await site.wire.post("password", { flow: begun.flow, password }, begun);
    const blank = ({ text, fields: { flow } }) => text.replaceAll(flow, "FLOW").replaceAll(name, "NAME")
      .replace(/change" href="[^"]*"/, "");
    return { status: wrong.status, trouble: wrong.trouble, page: blank(page), wrong: blank(wrong),
             set: wrong.set };
  };
  const known = await told(site.friend.name, "wrong");
  assert.equal(known.status, 422);
  assert.deepEqual(await told(email(), "wrong"), known, "somebody unknown");
  assert.deepEqual(await told(inactive.name, PASSWORD), known, "somebody inactive");
}

// Nobody is told apart by when tries slow down, nor tries on at once.
async function tries(site) {
  const known = await site.provider.person(site.organizationId);
  const rest = [];
  for (const name of [known.name, email()]) {
    const { flow, cookie } = await named(site, name);
    const statuses = [];
    for (let i = 0; i < 6; ++i) {
      statuses.push((await site.wire.post("password", { flow, password: "wrong" }, { cookie })).status);
    }
    const wrong = () => site.wire.post("password", { flow, password: "wrong" }, { cookie });
    const many = (await Promise.all(Array.from({ length: 12 }, wrong))).map(({ status }) => status);
    rest.push([statuses, many.includes(429)]);
  }
  assert.deepEqual(rest[0], [Array(6).fill(422), true]);
  assert.deepEqual(rest[1], rest[0], "somebody unknown");
}

// Each tab goes on as whom it began, and signs out whom it showed.
async function tabs(site) {
  const visitor = site.visitor();
  const begin = async (name, parameters) => visitor.send(
    await visitor.arrive(site.url({ prompt: "select_account", ...parameters })), { login_name: name });
  const [one, other] = [await begin(site.person.name), await begin(site.friend.name)];
  for (const page of [one, other]) {
    assert.ok(atApplication(await visitor.post(page, { password: PASSWORD })).code);
  }
  const shown = await visitor.arrive(`${LOGIN}/logout`);
  assert.ok(shown.text.includes(site.friend.name));
  await visitor.post(await begin(site.person.name), { password: PASSWORD });
  await visitor.post(shown);
  const left = await visitor.arrive(site.url({ prompt: "login" }));
  assert.equal(left.fields.login_name, site.person.name, "it signed out another than it showed");
}

async function returns(site) {
  const visitor = site.visitor();
  const uris = [EVIL, `${FAREWELL}.evil.example`, `${FAREWELL}/../x`, "//evil.example", "javascript:alert(1)"];
  for (const signedIn of [false, true]) {
    if (signedIn) await visitor.signIn(site.url(), site.person.name);
    for (const uri of uris) {
      const asked = new URLSearchParams({ client_id: site.web.clientId, post_logout_redirect_uri: uri });
      for (const place of [`${LOGIN}/logout?${asked}`, `/oidc/v1/end_session?${asked}`]) {
        const page = await visitor.arrive(place);
        assertNothingDone(page.action ? await visitor.post(page) : page);
      }
    }
  }
  for (const flow of [EVIL, "//evil.example", "javascript:alert(1)"]) {
    assertNothingDone(await visitor.ask(`${LOGIN}/password?${new URLSearchParams({ flow })}`));
  }
  const forged = await site.wire.get(`${LOGIN}/login`, { headers: { host: "evil.example" } });
  assert.ok(!forged.text.includes("evil.example") && forged.status === 400);
}

async function doubled(site) {
  const { cookie, flow } = await named(site);
  const form = { flow, password: PASSWORD };
  const both = await Promise.all([0, 1].map(() => site.wire.post("password", form, { cookie })));
  const answered = both.filter(({ next }) => next?.origin === "https://app.example");
  assert.equal(answered.length, 1, "a request is answered once");
  const { name, secret } = await site.careful();
  const begun = await named(site, name);
  const half = await site.wire.post("password", { flow: begun.flow, password: PASSWORD }, begun);
  const code = { flow: flowOf(half), code: totp(secret) };
  const codes = await Promise.all([0, 1].map(() => site.wire.post("code", code, { cookie: half.set })));
  assert.equal(codes.filter(({ next }) => next?.origin === "https://app.example").length, 1);
}

async function guessedDevices(site) {
  const server = await start();
  const visitor = new Visitor(server.url);
  const page = await visitor.arrive("/device");
  const statuses = [];
  for (let i = 0; i < 12; ++i) {
    const { status } = await visitor.post(page, { user_code: `BCDF-GHJ${"BCDFGHJKLMNP"[i]}` });
    statuses.push(status);
  }
  assert.deepEqual(statuses, [...Array(10).fill(422), 429, 429]);
  await server.stop();
}

const TESTS = [
  ["what is under way in one browser goes on in no other", otherBrowser],
  ["what an application asked by one browser, another neither sees nor ends by its id", otherBrowsersRequest],
  ["a flow or a cookie that was cut or changed is none", bent],
  ["a flow and a cookie of another server are none", otherServer],
  ["an earlier cookie gains nothing", replayed],
  ["an earlier cookie neither tells whose it was nor signs him out", replayedAtLogout],
  ["no other site's page posts a form to the login", otherSites],
  ["no page comes before its turn", outOfOrder],
  ["who has proved himself by half decides nothing about a device", consentHalfProved],
  ["a request is answered once, and then leads nowhere", usedTwice],
  ["what an application asks of a login of its own is not answered by ours", ofOwnLogin],
  ["scripts and markup are shown as what they are, in every field", scripts],
  ["line breaks, parameters that stand twice, other bodies and very long values do no harm", broken],
  ["what stands in a URL does nothing, nor does HEAD", urls],
  ["no password, code or token stands in a page, a URL or the log", secrets],
  ["no page is kept, framed, or runs what is not its own", headers],
  ["the cookie is the host's alone, and secure wherever people come by https", cookies],
  ["nobody learns whether there is somebody of a name", nobody],
  ["wrong passwords are counted and slowed down, of unknown names too", tries],
  ["two tabs sign in two people, and sign out whom they show", tabs],
  ["nobody is sent where no application is", returns],
  ["a form that is sent twice is done once", doubled],
  ["who types one device's code after the other is held back", guessedDevices],
];

export default async function loginHostile(t) {
  const site = await Hosted.build();
  site.wire = new Wire(site.server);
  for (const [sentence, test] of TESTS) await t.test(sentence, () => test(site));
}
