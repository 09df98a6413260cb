#!/usr/bin/env python3
"""Starts the platform with the demo: the server, its seed, and the sample application beside it.

    deploy/demo/demo.py [--shop-port 8081] PROGRAM [OPTION OF muniment start]...

deploy/run --demo calls it. It ends with the server, and the server with it; SIGTERM and Ctrl-C end
both as they end a server alone, whose exit code is this one's.
"""
import argparse
import ctypes
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from kept import Kept
from platform_api import Away, Platform, Refused
from seed import NotSeeded, Seeding
from shop import listen
from story import CARL, CUSTOMER, ORGANIZATIONS, PROJECT, PROJECT_NAME, on_grant

HERE = Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1


class Unfit(Exception):
    """Why the demo cannot be with this configuration, for people."""


def settings(program, options):
    """What the server makes of its options, by `muniment config`: {"Store.Postgres.URL": ...}."""
    options = [one for one in options if one != "--restored"]
    shown = subprocess.run([program, "config", *options], stdout=subprocess.PIPE, text=True,
                           check=False)
    if shown.returncode != 0:
        sys.exit(shown.returncode)
    found, open_keys = {}, []
    for line in shown.stdout.splitlines():
        match = re.fullmatch(r"( *)(\w+):(?: (.*)  # .*)?", line)
        if not match:
            continue
        open_keys[len(match[1]) // 2:] = [match[2]]
        if match[3] is not None:
            found[".".join(open_keys)] = match[3].strip("\"'")
    return found


class Place:
    """Where the server is, and where it keeps what is secret."""

    def __init__(self, of):
        port, secure = of["Port"], of["ExternalSecure"] == "true"
        if of["TLS.CertPath"]:
            raise Unfit("The demo speaks to a server without TLS of its own: leave TLS.* out.")
        if port == "0":
            raise Unfit("The demo takes a port that it knows: not port 0.")
        host = of["ExternalDomain"]
        outside = port if of["ExternalPort"] == "0" else of["ExternalPort"]
        usual = outside == ("443" if secure else "80")
        self.url = (f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}"
                    f"{'' if usual else f':{outside}'}")
        addresses = of["Address"].strip("[]").split(", ")
        four = any(one in ("127.0.0.1", "0.0.0.0") for one in addresses)
        six = any(one in ("::1", "::") for one in addresses)
        address = "127.0.0.1" if four else "::1" if six else addresses[0]
        self.connect = f"{f'[{address}]' if ':' in address else address}:{port}"
        self.data = of["DataDir"]
        self.token_path = of["FirstInstance.PatPath"] or os.path.join(self.data, "admin.pat")

    def token(self):
        try:
            return Path(self.token_path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unfit(f"The demo is seeded with the administrator's token, and {self.token_path} "
                        f"cannot be read: {error.strerror}.") from None


class Server:
    """The platform's process. A signal to end ends it, once."""

    def __init__(self, command):
        self._ending = False
        # A process group of its own: Ctrl-C comes to us, and a second signal would cut calls off.
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0,
                                         preexec_fn=self._end_with_parent)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self.end())

    @staticmethod
    def _end_with_parent():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def end(self):
        self._ending = True
        self._process.terminate()

    def ends(self):
        return self._ending or self._process.poll() is not None

    def wait_until_ready(self, platform):
        """Whether it came to be ready before it ended. A database that is away is waited for."""
        while not platform.ready():
            if self.ends():
                return False
            time.sleep(0.1)
        return True

    def exit_code(self):
        code = self._process.wait()
        return 128 - code if code < 0 else code


def start_shop(server, place, kept, listening):
    """It ends with its standard input, that is with this process, which holds the other end."""
    handle = listening.fileno()
    shop = subprocess.Popen(
        [sys.executable, "-B", HERE / "shop.py", "--platform", place.url, "--connect",
         place.connect, "--token-file", kept.token_path, "--fd", str(handle)],
        stdin=subprocess.PIPE, pass_fds=[handle], process_group=0)
    listening.close()

    def watch():
        code = shop.wait()
        if not server.ends():
            print(f"demo: The shop has ended ({code}); the server goes on.", file=sys.stderr)
    threading.Thread(target=watch, daemon=True).start()


def told(place, program, shop_url, people, kept):
    """What there is, and what to try."""
    rows = [(name, kept.password(person), person.what) for person, name in people]
    name_width = max((len(name) for name, _, _ in rows), default=0)
    grant = shlex.quote(json.dumps(on_grant({}), separators=(",", ":")))
    carl = dict(people).get(CARL, CARL.id)
    near = os.path.relpath(program)
    near = program if near.startswith("..") else near if "/" in near else f"./{near}"
    call = f"  {shlex.quote(near)}"
    maker, customer = ORGANIZATIONS.values()
    lines = [
        "", f"The demo: {maker} makes the project {PROJECT_NAME} and grants {customer} two of its "
        "roles.", f"Its shop is on {shop_url}. Who signs in there, and with what (kept in "
        f"{os.path.join(place.data, 'demo.json')}):"]
    lines += [f"  {name:{name_width}}  {password}  {what}" for name, password, what in rows]
    lines += [
        "", "Try, and reload the shop after each",
        f"  export MUNIMENT_URL={place.url} MUNIMENT_TOKEN=$(cat {shlex.quote(place.token_path)})",
        f"{call} call ProjectService/DeactivateProjectGrant {grant}",
        f"{call} why {shlex.quote(carl)} user.grant.write grant/{PROJECT}/{CUSTOMER}",
        f"{call} call ProjectService/ActivateProjectGrant {grant}"]
    return "\n".join(lines) + "\n"


def port(text):
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def run(server, place, program, listening, shop_url):
    platform = Platform(place.url, place.connect)
    if not server.wait_until_ready(platform):
        return
    kept = Kept(place.data)
    seeding = Seeding(platform, place.token(), kept, shop_url)
    seeding.run()
    people = seeding.login_names()
    start_shop(server, place, kept, listening)
    print(told(place, program, shop_url, people, kept), flush=True)


def main():
    os.umask(0o077)
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shop-port", type=port, default=8081)
    parser.add_argument("program")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    shop_url = f"http://localhost:{given.shop_port}"
    try:
        place = Place(settings(given.program, given.options))
        listening = listen(given.shop_port)
    except Unfit as why:
        sys.exit(f"demo: {why}")
    except OSError as error:
        sys.exit(f"demo: The shop cannot listen on port {given.shop_port}: {error.strerror}. "
                 "Name another with --demo=PORT.")
    server = Server([given.program, "start", *given.options])
    failed = False
    try:
        run(server, place, given.program, listening, shop_url)
    except (NotSeeded, Unfit, Refused, Away, OSError) as why:
        if not server.ends():
            print(f"demo: {why}", file=sys.stderr, flush=True)
            failed = True
            server.end()
    code = server.exit_code()
    return 1 if failed else code


if __name__ == "__main__":
    sys.exit(main())
