// Debian's Chromium, as tests start it.
import { createRequire } from "node:module";
import { which } from "./server.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
               "--disable-dev-shm-usage", "--disable-component-update", "--no-first-run"];

// Null where there is none.
export async function startChromium() {
  const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(which).find(Boolean);
  if (!executablePath) return null;
  const { chromium } = createRequire(import.meta.url)("playwright-core");
  return chromium.launch({ executablePath, args: FLAGS });
}
