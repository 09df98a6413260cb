// Relying parties that others wrote, each in the surroundings that it is made for and unmodified: a page in
// a browser, servers of node, Apache in front of pages, Python. Somebody signs in, is known, goes; and
// whoever attacks the sign-in on its way stays out.
import apache from "../foreign/apache.mjs";
import authjs from "../foreign/authjs.mjs";
import authlib from "../foreign/authlib.mjs";
import browser from "../foreign/browser.mjs";
import passport from "../foreign/passport.mjs";
import { ForeignSite } from "../lib/foreign_site.mjs";

const PARTIES = { "oidc-client-ts": browser, "Auth.js": authjs, "passport-openidconnect": passport,
                  "mod_auth_openidc": apache, "Authlib": authlib };

export default async function openidForeign(t) {
  const site = await ForeignSite.build();
  try {
    for (const [name, party] of Object.entries(PARTIES)) {
      await t.part(name, () => party(t, site));
    }
  } finally {
    site.close();
  }
}
