// Relying parties that others wrote, each in the surroundings that it is made for and unmodified: a page in
// a browser, servers of node, Apache in front of pages, Python. Somebody signs in, is known, goes; and
// whoever attacks the sign-in on its way stays out.
import apache from "../foreign/apache.mjs";
import authjs from "../foreign/authjs.mjs";
import authlib from "../foreign/authlib.mjs";
import browser from "../foreign/browser.mjs";
import passport from "../foreign/passport.mjs";
import { ForeignSite } from "../lib/foreign_site.mjs";
import { LACKS, RELYING_PARTIES } from "../lib/relying_parties.mjs";

const PARTIES = { "oidc-client-ts": browser, "Auth.js": authjs, "passport-openidconnect": passport,
                  "mod_auth_openidc": apache, "Authlib": authlib };

export default async function openidForeign(t) {
  const site = await ForeignSite.build();
  try {
    for (const [name, party] of Object.entries(PARTIES)) {
      await t.counted(RELYING_PARTIES, name, () => t.part(name, () => party(t, site)));
      t.tally(RELYING_PARTIES, name).notes.push(...(LACKS[name] ?? []));
    }
  } finally {
    site.close();
  }
}
