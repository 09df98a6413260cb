// The login's own pages in Chromium, with scripts and without: whoever comes from an application goes back
// to it signed in, devices are let in, and people sign out again, each in his own language.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChromium } from "../lib/chromium.mjs";
import { Application, Hosted, LOGIN, Window, textsOf } from "../lib/hosted.mjs";
import { DEVICE_CODE, audience } from "../lib/openid.mjs";
import { OpenidClient, verified } from "../lib/relying_parties.mjs";
import { skip } from "../lib/runner.mjs";
import { totp } from "../lib/totp.mjs";
import { PASSWORD, email, fresh, phone } from "../lib/world.mjs";

const TEXTS = textsOf("en");

// One window that is closed whatever happens, and complains of nothing.
async function inWindow(site, work, options) {
  const window = await Window.open(site.browser, { javaScriptEnabled: site.scripts, ...options });
  try {
    await work(window);
  } catch (error) {
    await window.context.close();
    throw error;
  }
  await window.close();
}

const urlOf = (site, parameters) => site.app.url(site, parameters);

// What the application was told, when it is where the browser is.
function told(site, shown) {
  const where = `${shown.at} ${shown.heading} ${shown.trouble}`;
  assert.equal(`${shown.at.origin}${shown.at.pathname}`, site.app.callback, where);
  return Object.fromEntries(shown.at.searchParams);
}

async function signsIn(site, window) {
  const party = await OpenidClient.discover(site.provider, site.app.client);
  const begun = await party.begin({ scope: "openid profile email", redirect_uri: site.app.callback });
  const name = await window.go(begun.url);
  assert.deepEqual([name.path, name.heading, name.status], ["/login", TEXTS.name.heading, 200]);
  assert.match(await window.page.title(), new RegExp(`^${TEXTS.name.title}`));
  assert.equal(await window.page.evaluate(() => document.activeElement.id), "login_name");
  const password = await window.send({ login_name: site.person.name });
  assert.deepEqual([password.path, password.heading], ["/password", TEXTS.password.heading]);
  assert.equal(await window.text(".who-login"), site.person.name);
  const { at } = await window.send({ password: PASSWORD });
  const tokens = await party.finish(begun, at);
  const { payload } = await verified(site.provider, tokens.id_token,
                                     { audience: site.app.client.clientId });
  assert.deepEqual([payload.sub, payload.amr], [site.person.id, ["pwd"]]);
  const cookies = await window.context.cookies();
  assert.deepEqual(cookies.map(({ httpOnly, sameSite, path }) => [httpOnly, sameSite, path]),
                   [[true, "Lax", "/"]]);
}

async function mistypes(site, window) {
  await window.go(urlOf(site));
  const unnamed = await window.send({ login_name: "  " });
  assert.deepEqual([unnamed.status, unnamed.trouble], [422, TEXTS.errors.empty_name]);
  assert.match(await window.page.title(), new RegExp(`^${TEXTS.common.error_prefix}`));
  await window.send({ login_name: site.person.name });
  const empty = await window.send({ password: "" });
  assert.deepEqual([empty.status, empty.trouble], [422, TEXTS.errors.empty_password]);
  const wrong = await window.send({ password: "wrong" });
  assert.deepEqual([wrong.status, wrong.trouble], [422, TEXTS.errors.login_failed]);
  assert.equal(await window.page.inputValue("#password"), "");
  assert.equal(await window.page.getAttribute("#password", "aria-invalid"), "true");
  assert.ok(told(site, await window.send({ password: PASSWORD })).code);
}

async function nobodyOfTheName(site, window) {
  const nobody = await window.signIn(urlOf(site), email(), "wrong");
  assert.deepEqual([nobody.status, nobody.path, nobody.trouble],
                   [422, "/password", TEXTS.errors.login_failed]);
  await window.page.click(".change");
  await window.send({ login_name: site.person.name });
  assert.ok(told(site, await window.send({ password: PASSWORD })).code);
}

async function secondFactor(site, window) {
  const { name, secret } = await site.careful();
  const party = await OpenidClient.discover(site.provider, site.app.client);
  const begun = await party.begin({ scope: "openid", redirect_uri: site.app.callback });
  const asked = await window.signIn(begun.url, name);
  assert.deepEqual([asked.path, asked.lead], ["/code", TEXTS.code.text_totp]);
  const empty = await window.send({ code: "" });
  assert.deepEqual([empty.status, empty.trouble], [422, TEXTS.errors.empty_code]);
  for (const code of ["000000", "12", "x".repeat(6)]) {
    const wrong = await window.send({ code });
    assert.deepEqual([wrong.status, wrong.trouble], [422, TEXTS.errors.code_failed]);
  }
  const right = totp(secret);
  const { at } = await window.send({ code: `${right.slice(0, 3)} ${right.slice(3)}` });
  const { payload } = await verified(site.provider, (await party.finish(begun, at)).id_token);
  assert.deepEqual(payload.amr.toSorted(), ["mfa", "otp", "pwd"]);
}

// The newest code that was sent there.
async function codeSentTo(site, channel, to) {
  for (let i = 0; i < 500; ++i) {
    const { messages } = JSON.parse((await site.server.get("/debug/mail/messages.json")).text);
    const mine = messages.filter((one) => one.channel === channel && one.to === to && one.code &&
                                          /OTP$/.test(one.message));
    if (mine.length > 0) return mine.toSorted((a, b) => b.at.localeCompare(a.at))[0].code;
    await sleep(20);
  }
  throw new Error(`no ${channel} came to ${to}`);
}

// Which the policy of a new instance does not have.
async function sentCodes(site) {
  for (const second of ["SECOND_FACTOR_OTP_EMAIL", "SECOND_FACTOR_OTP_SMS"]) {
    await site.world.ok("SetInstanceLoginFactor", { factor: { second }, allowed: true });
  }
  for (const channel of ["mail", "sms"]) {
    const person = await site.provider.person(site.organizationId);
    const { sessionToken: token } = person.session;
    const number = phone();
    if (channel === "mail") {
      await site.world.ok("AddOTPEmail", { userId: person.id }, { token });
    } else {
      await site.world.ok("SetPhone", { userId: person.id, phone: number, isVerified: true });
      await site.world.ok("AddOTPSMS", { userId: person.id }, { token });
    }
    await inWindow(site, async (window) => {
      const asked = await window.signIn(urlOf(site), person.name);
      const [lead] = TEXTS.code[channel === "mail" ? "text_email" : "text_sms"].split("{{");
      assert.equal(asked.path, "/code");
      assert.ok(asked.lead.startsWith(lead), asked.lead);
      const code = await codeSentTo(site, channel, channel === "mail" ? person.name : number);
      const wrong = await window.send({ code: code === "00000000" ? "00000001" : "00000000" });
      assert.deepEqual([wrong.status, wrong.trouble], [422, TEXTS.errors.code_failed]);
      assert.ok(told(site, await window.send({ code })).code);
    });
  }
}

async function again(site, window) {
  const first = told(site, await window.signIn(urlOf(site), site.person.name));
  const other = await Application.open(site);
  const { at } = await window.go(other.url(site));
  assert.equal(`${at.origin}${at.pathname}`, other.callback);
  assert.notEqual(at.searchParams.get("code"), first.code);
  other.close();
  assert.ok(told(site, await window.go(urlOf(site, { prompt: "none" }))).code);
  assert.ok(told(site, await window.go(urlOf(site, { max_age: "3600" }))).code);
  for (const parameters of [{ prompt: "login" }, { max_age: "0" }]) {
    const asked = await window.go(urlOf(site, parameters));
    assert.equal(asked.path, "/password", JSON.stringify(parameters));
    assert.equal(await window.text(".who-login"), site.person.name);
    assert.ok(told(site, await window.send({ password: PASSWORD })).code);
  }
  const selects = await window.go(urlOf(site, { prompt: "select_account" }));
  assert.equal(selects.path, "/login");
  await window.send({ login_name: site.friend.name });
  assert.ok(told(site, await window.send({ password: PASSWORD })).code);
}

async function nobodySignedIn(site, window) {
  const state = fresh("state");
  const silent = told(site, await window.go(urlOf(site, { prompt: "none", state })));
  assert.deepEqual(silent, { error: "login_required", state, iss: site.issuer });
  await window.go(urlOf(site, { login_hint: site.person.name }));
  assert.equal(await window.page.inputValue("#login_name"), site.person.name);
}

async function cancels(site, window) {
  const cancel = "button[value=cancel]";
  const ends = async () => {
    const state = fresh("state");
    await window.go(urlOf(site, { state }));
    return async () => assert.deepEqual(told(site, await window.send({}, cancel)),
                                        { error: "access_denied", state, iss: site.issuer });
  };
  await (await ends())();
  const later = await ends();
  await window.send({ login_name: site.person.name });
  await later();
  const { name } = await site.careful();
  const last = await ends();
  await window.send({ login_name: name });
  await window.send({ password: PASSWORD });
  await last();
}

async function turnedAway(site, window) {
  const strict = await site.provider.project(
    site.organizationId, { authorizationRequired: true, projectAccessRequired: true });
  const client = await site.provider.application(strict);
  const refused = await window.signIn(site.url({}, client), site.person.name);
  assert.deepEqual([refused.status, refused.heading], [403, TEXTS.errors.not_admitted_heading]);
  const ofOthers = `urn:zitadel:iam:org:id:${await site.world.organization()}`;
  const elsewhere = await window.go(urlOf(site, { scope: `openid ${ofOthers}` }));
  assert.deepEqual([elsewhere.status, elsewhere.heading], [403, TEXTS.errors.not_admitted_heading]);
  await window.page.click("a.button");
  assert.equal((await window.shown()).path, "/login");
}

async function mayNot(site, window) {
  const locked = await site.provider.person(site.organizationId);
  await site.world.ok("LockUser", { userId: locked.id });
  const shut = await window.signIn(urlOf(site), locked.name);
  assert.deepEqual([shut.status, shut.heading], [403, TEXTS.errors.locked_heading]);
  const due = await site.provider.person(site.organizationId);
  const newPassword = { password: PASSWORD, changeRequired: true };
  await site.world.ok("SetPassword", { userId: due.id, newPassword });
  const old = await window.signIn(urlOf(site), due.name);
  assert.deepEqual([old.status, old.heading], [403, TEXTS.errors.password_change_required_heading]);
}

// As many characters as the published interface takes, in whatever script.
async function longPassword(site, window) {
  const name = email();
  const password = `Wood-7${"\u6728".repeat(150)}`;
  const human = { profile: { givenName: "Ada", familyName: "Example" },
                  email: { email: name, isVerified: true }, password: { password } };
  await site.world.person(site.organizationId, { human });
  assert.ok(told(site, await window.signIn(urlOf(site), name, password)).code);
}

async function hinted(site, window) {
  const party = await OpenidClient.discover(site.provider, site.app.client);
  const begun = await party.begin({ scope: "openid", redirect_uri: site.app.callback });
  const { at } = await window.signIn(begun.url, site.person.name);
  const { id_token: hint } = await party.finish(begun, at);
  await window.signIn(urlOf(site, { prompt: "select_account" }), site.friend.name);
  const silent = told(site, await window.go(urlOf(site, { prompt: "none", id_token_hint: hint })));
  assert.ok(silent.code, "whom the hint names is signed in here too");
  await window.context.clearCookies();
  await window.signIn(urlOf(site), site.friend.name);
  const asked = await window.go(urlOf(site, { id_token_hint: hint }));
  assert.ok(["/login", "/password"].includes(asked.path) && asked.status === 200, asked.heading);
}

async function byForm(site, window) {
  const party = await OpenidClient.discover(site.provider, site.app.client);
  const begun = await party.begin({ scope: "openid", response_mode: "form_post",
                                    redirect_uri: site.app.callback });
  await window.signIn(begun.url, site.person.name);
  if (!site.scripts) await window.page.click("button");
  await window.page.waitForURL(site.app.callback);
  const { at, form } = site.app.came.findLast((each) => each.form.has("code"));
  assert.equal(at.search, "");
  const callback = new Request(at, { method: "POST", body: form });
  assert.ok((await party.finish(begun, callback)).id_token);
}

async function withoutApplication(site, window) {
  const shown = await window.signIn(`${site.issuer}${LOGIN}/login`, site.person.name);
  assert.deepEqual([shown.status, shown.heading], [200, TEXTS.signed_in.heading]);
  assert.equal(await window.text(".who-login"), site.person.name);
}

async function device(site, window) {
  const scope = `openid email ${audience(site.projectId)}`;
  const asked = await site.device(site.app.client, scope);
  const redeem = ({ device_code: code }) =>
    site.provider.grant(site.app.client, DEVICE_CODE, { device_code: code });
  const page = await window.go(asked.verification_uri);
  assert.deepEqual([page.path, page.heading], ["/device", TEXTS.device.heading]);
  const empty = await window.send({ user_code: "" });
  assert.deepEqual([empty.status, empty.trouble], [422, TEXTS.errors.empty_code]);
  const unknown = await window.send({ user_code: "BCDF-GHJK" });
  assert.deepEqual([unknown.status, unknown.trouble], [422, TEXTS.errors.user_code_unknown]);
  assert.equal(await window.page.inputValue("#user_code"), "BCDF-GHJK");
  await window.send({ user_code: asked.user_code.toLowerCase().replace("-", " ") });
  await window.send({ login_name: site.person.name });
  const consent = await window.send({ password: PASSWORD });
  assert.deepEqual([consent.path, consent.heading], ["/device/consent", TEXTS.device_consent.heading]);
  assert.equal(await window.text(".shown"), asked.user_code);
  const allowed = await window.send({}, "button[value=allow]");
  assert.equal(allowed.heading, TEXTS.device_allowed.heading);
  const { json } = await redeem(asked);
  assert.equal((await verified(site.provider, json.id_token)).payload.sub, site.person.id);
  const second = await site.device(site.app.client);
  await window.go(second.verification_uri_complete);
  assert.equal(await window.page.inputValue("#user_code"), second.user_code);
  assert.equal((await window.send()).path, "/device/consent");
  const denied = await window.send({}, "button[value=deny]");
  assert.equal(denied.heading, TEXTS.device_denied.heading);
  assert.equal((await redeem(second)).json.error, "access_denied");
}

const endSession = (site, parameters) =>
  `${site.issuer}/oidc/v1/end_session?${new URLSearchParams(parameters)}`;

async function signsOut(site, window) {
  await window.signIn(urlOf(site), site.person.name);
  const place = endSession(site, { client_id: site.app.client.clientId, state: "a b&c",
                                   post_logout_redirect_uri: site.app.farewell });
  const asked = await window.go(place);
  assert.deepEqual([asked.path, asked.heading], ["/logout", TEXTS.logout.heading]);
  assert.equal(await window.text(".who-login"), site.person.name);
  const { at } = await window.send();
  assert.equal(at.href, `${site.app.farewell}?state=a%20b%26c`);
  assert.equal(told(site, await window.go(urlOf(site, { prompt: "none" }))).error, "login_required");
  assert.equal((await window.go(place)).at.href, `${site.app.farewell}?state=a%20b%26c`);
  const nobody = await window.go(endSession(site, {}));
  assert.equal(nobody.heading, TEXTS.logged_out.heading);
  const astray = await window.go(endSession(
    site, { client_id: site.app.client.clientId, post_logout_redirect_uri: "https://evil.example/" }));
  assert.equal(astray.status, 400);
}

// Where somebody who proved himself twice is told that he is signed out, nobody goes on as him.
async function signsOutWhole(site, window) {
  const [name, username] = [email(), fresh("user")];
  const human = { profile: { givenName: "Ada", familyName: "Example" },
                  email: { email: name, isVerified: true }, password: { password: PASSWORD } };
  await site.world.person(site.organizationId, { human, username });
  await window.signIn(urlOf(site), username);
  await window.signIn(urlOf(site, { prompt: "select_account" }), name);
  await window.go(endSession(site, {}));
  assert.equal((await window.send()).heading, TEXTS.logged_out.heading);
  const after = told(site, await window.go(urlOf(site, { prompt: "none" })));
  assert.equal(after.error, "login_required", "he is signed in still");
}

async function languages(site) {
  for (const [accepted, asked, language, direction] of [
    ["de-CH", undefined, "de", "ltr"], ["ar", undefined, "ar", "rtl"], ["tlh", undefined, "en", "ltr"],
    ["de", "ar en", "ar", "rtl"], ["ar", "tlh de-AT", "de", "ltr"]]) {
    const texts = textsOf(language);
    await inWindow(site, async (window) => {
      const root = () => window.page.evaluate(
        () => [document.documentElement.lang, document.documentElement.dir]);
      const first = await window.go(urlOf(site, asked && { ui_locales: asked }));
      assert.deepEqual(await root(), [language, direction], `${accepted} ${asked}`);
      assert.equal(first.heading, texts.name.heading);
      const second = await window.send({ login_name: site.person.name });
      assert.equal(second.heading, texts.password.heading);
      const out = await window.go(endSession(site, asked && { ui_locales: asked }));
      assert.equal(out.heading, texts.logged_out.heading, `${accepted} ${asked} at the end`);
    }, { locale: accepted });
  }
}

async function backAndForth(site, window) {
  await window.signIn(urlOf(site), site.person.name);
  await window.page.goBack();
  const { path } = await window.shown();
  assert.equal(path, "/password");
  const again = await window.send({ password: PASSWORD });
  assert.notEqual(again.status, 500);
  assert.equal(again.at.origin, site.issuer);
  assert.ok(told(site, await window.go(urlOf(site, { prompt: "none" }))).code, "his session is lost");
}

async function script(site, window) {
  await window.go(urlOf(site));
  await window.send({ login_name: site.person.name });
  assert.equal(await window.page.isVisible(".peek"), site.scripts);
  if (!site.scripts) return;
  await window.page.fill("#password", PASSWORD);
  await window.page.click(".peek");
  assert.equal(await window.page.getAttribute("#password", "type"), "text");
  await window.page.click(".peek");
  assert.equal(await window.page.getAttribute("#password", "type"), "password");
  let posts = 0;
  window.page.on("request", (request) => (posts += request.method() === "POST" ? 1 : 0));
  await window.page.dblclick("button.primary");
  await window.page.waitForURL(/\/back\?/);
  assert.equal(posts, 1);
}

// As libraries do that open a window of their own for it, and wait there for its message.
async function popup(site, window) {
  await window.page.goto(site.app.origin);
  await window.page.evaluate(() => {
    window.addEventListener("message", ({ data }) => (window.told = data));
  });
  const [opened] = await Promise.all([
    window.context.waitForEvent("page"),
    window.page.evaluate((url) => { window.popup = window.open(url, "login", "width=500,height=700"); },
                         urlOf(site))]);
  await opened.fill("#login_name", site.person.name);
  assert.equal(await window.page.evaluate(() => window.popup.closed), false,
               "the application takes the window for closed");
  await opened.click("button.primary");
  await opened.fill("#password", PASSWORD);
  await opened.click("button.primary");
  await window.page.waitForFunction(() => window.told, undefined, { timeout: 5000 });
  assert.match(await window.page.evaluate(() => window.told), /[?&]code=/);
}

const LOOKS = {
  light: {}, dark: { colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  de: { locale: "de" }, ar: { locale: "ar" },
};

async function pictures(site) {
  const folder = process.env.MUNIMENT_PICTURES;
  const away = await site.world.organization();
  if (folder) mkdirSync(folder, { recursive: true });
  for (const [look, options] of Object.entries(LOOKS)) {
    const { name, secret } = await site.careful();
    await inWindow(site, async (window) => {
      const take = async (page) => {
        const wide = await window.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(wide, false, `${page} is wider than the window in ${look}`);
        const path = folder && join(folder, `${page}-${look}.png`);
        if (path) await window.page.screenshot({ path, fullPage: true });
      };
      await window.go(urlOf(site));
      await take("name");
      await window.send({ login_name: "" });
      await take("name-empty");
      await window.send({ login_name: name });
      await take("password");
      await window.send({ password: "wrong" });
      await take("password-wrong");
      await window.send({ password: PASSWORD });
      await take("code");
      await window.send({ code: "000000" });
      await take("code-wrong");
      await window.send({ code: totp(secret) });
      const { verification_uri_complete: place } = await site.device(
        site.app.client, "openid profile email phone address offline_access urn:example:lamps");
      await window.go(place);
      await take("device");
      await window.send({ user_code: "BCDF-GHJK" });
      await take("device-unknown");
      await window.go(place);
      await window.send();
      await take("consent");
      await window.send({}, "button[value=allow]");
      await take("allowed");
      await window.go(`${site.issuer}${LOGIN}/login?authRequest=V2_1`);
      await take("error");
      await window.go(urlOf(site, { scope: `openid urn:zitadel:iam:org:id:${away}` }));
      await take("not-admitted");
      await window.go(endSession(site, { client_id: site.app.client.clientId }));
      await take("logout");
      await window.send();
      await take("logged-out");
    }, options);
  }
}

const EACH = [
  ["somebody comes from an application and goes back with a code that it redeems", signsIn],
  ["what is left empty or wrong is said so, and then put right", mistypes],
  ["a name that nobody has is answered as a wrong password is", nobodyOfTheName],
  ["an authenticator app's code is asked for, and counts", secondFactor],
  ["who is signed in is asked again only where the application wants it", again],
  ["where nobody is signed in a silent request fails, and a hint is filled in", nobodySignedIn],
  ["whoever turns back on any page is back at the application", cancels],
  ["whom a project does not admit is told so", turnedAway],
  ["a locked account and a password that must be changed are told", mayNot],
  ["a password of any script signs in up to the published length", longPassword],
  ["an ID token as a hint chooses among those who are signed in", hinted],
  ["an application that wants a form gets one", byForm],
  ["who comes from nowhere is signed in", withoutApplication],
  ["a device is let in, or denied", device],
  ["somebody signs out and is back at the application", signsOut],
  ["who is told that he is signed out is", signsOutWhole],
  ["the back button loses nothing", backAndForth],
  ["the password can be shown and a form is sent once, where there are scripts", script],
];

export default async function loginPages(t) {
  const browser = await startChromium();
  if (!browser) {
    await t.test("the login's pages work in Chromium", () => skip("chromium is not at hand"));
    return;
  }
  try {
    const site = await Hosted.build();
    Object.assign(site, { browser, app: await Application.open(site) });
    for (const scripts of [true, false]) {
      site.scripts = scripts;
      for (const [sentence, test] of EACH) {
        await t.test(`${sentence}${scripts ? "" : ", without scripts"}`, () =>
          inWindow(site, (window) => test(site, window)));
      }
    }
    site.scripts = true;
    await t.test("an application that opens a window for it gets its answer", () =>
      inWindow(site, (window) => popup(site, window)));
    await t.test("codes that are mailed and sent are asked for", () => sentCodes(site));
    await t.test("the pages speak the browser's language, and before that the one asked for", () =>
      languages(site));
    await t.test("no page is wider than its window, in any look", () => pictures(site),
                 { seconds: 180 });
    site.app.close();
  } finally {
    await browser.close();
  }
}
