// Tests are sentences: `await t.test("a person who is deleted is gone", async () => {...})`. A test
// that lacks a tool calls skip("go is not at hand").

class Skip extends Error {}

export function skip(why) {
  throw new Skip(why);
}

export class Runner {
  passed = 0;
  failed = 0;
  skipped = 0;
  #groups = new Map();

  // A part's own start may fail or skip; that counts as one test.
  async part(name, body) {
    try {
      await body(this);
    } catch (error) {
      this.#report(`${name} as a whole`, error);
    }
  }

  async test(name, body, { seconds = 60 } = {}) {
    const started = performance.now();
    let timer;
    const late = new Promise((_, reject) => {
      const tell = () => reject(new Error(`still running after ${seconds} s`));
      timer = setTimeout(tell, seconds * 1e3);
    });
    try {
      const note = await Promise.race([body(), late]);
      this.passed += 1;
      const took = ((performance.now() - started) / 1e3).toFixed(1);
      console.log(`ok ${name}${typeof note === "string" ? `: ${note}` : ""} (${took} s)`);
    } catch (error) {
      this.#report(name, error);
    } finally {
      clearTimeout(timer);
    }
  }

  // Counts tests that another program ran: lines "ok NAME", "not ok NAME: why".
  lines(text) {
    for (const line of text.split("\n")) {
      if (line.startsWith("ok ")) this.passed += 1;
      else if (line.startsWith("not ok ")) this.failed += 1;
      else continue;
      console.log(line);
    }
  }

  // What is told at the end beside the last line: in a group, by name, how many of all passed.
  tally(group, name) {
    if (!this.#groups.has(group)) this.#groups.set(group, new Map());
    const names = this.#groups.get(group);
    if (!names.has(name)) names.set(name, { passed: 0, all: 0, notes: [] });
    return names.get(name);
  }

  // All that is tested meanwhile counts in that tally, too.
  async counted(group, name, body) {
    const { passed, failed } = this;
    await body();
    const tally = this.tally(group, name);
    tally.passed += this.passed - passed;
    tally.all += this.passed - passed + this.failed - failed;
  }

  tell() {
    for (const [group, names] of this.#groups) {
      console.log(`== ${group}`);
      for (const [name, { passed, all, notes }] of [...names].sort()) {
        console.log(`   ${[`${name}: ${passed} of ${all} passed`, ...notes].join("; ")}`);
      }
      const whole = [...names.values()].filter(({ passed, all }) => all > 0 && passed === all);
      console.log(`   ${whole.length} of ${names.size} whole`);
    }
  }

  summary() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }

  #report(name, error) {
    if (error instanceof Skip) {
      this.skipped += 1;
      console.log(`skipped ${name}: ${error.message}`);
      return;
    }
    this.failed += 1;
    const text = error?.stack ?? String(error);
    console.log(`not ok ${name}\n${text.replace(/^/gm, "     ")}`);
  }
}
