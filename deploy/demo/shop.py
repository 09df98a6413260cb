#!/usr/bin/env python3
"""The demo's sample application: a shop that asks the platform who somebody is and what he may.

    deploy/demo/shop.py --platform http://localhost:8080 --token-file muniment-data/demo.pat

People sign in with login name and password; the shop proves these by zitadel.session.v2 with the
token of a machine that has IAM_LOGIN_CLIENT, and reads at each click anew who somebody is and which
of the project's roles count for him. What a browser holds is a random cookie; the session's token
stays here, in memory. It listens on 127.0.0.1. With --fd it serves on a socket that it was given,
and ends with its standard input, that is with whoever started it.
"""
import argparse
import hashlib
import hmac
import secrets
import socket
import sys
import threading
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pages
from platform_api import SESSIONS, Away, Platform, Refused
from standing import SignedOut, Visitor, read_standing
from stock import ACTIONS, NotDone, Stock

COOKIE, LANGUAGE_COOKIE = "muniment-demo", "muniment-demo-language"
SESSION_SECONDS = 8 * 3600
MOST_BYTES, MOST_FIELDS, MOST_VISITORS = 8192, 10, 500

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"}
STYLE = (Path(__file__).resolve().parent / "shop.css").read_bytes()


class Failed(Exception):
    """An answer that is an error: its HTTP status, and the key of the text that says why."""

    def __init__(self, status, key):
        super().__init__(key)
        self.status, self.key = status, key


class Application:
    """What all requests share."""

    def __init__(self, platform, token):
        self.platform, self.token, self.stock = platform, token, Stock()
        self._key, self._lock, self._visitors = secrets.token_bytes(32), threading.Lock(), {}

    def csrf(self, cookie):
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    def visitor(self, cookie):
        with self._lock:
            return self._visitors.get(cookie)

    def sign_in(self, login_name, password):
        """The cookie of somebody new. Raises Failed with what he is told."""
        checks = {"user": {"loginName": login_name}, "password": {"password": password}}
        try:
            made = self.platform.call(SESSIONS + "CreateSession", {
                "checks": checks, "lifetime": f"{SESSION_SECONDS}s"}, self.token)
        except Refused as error:
            if error.code in ("unauthenticated", "permission_denied"):
                raise
            often = error.code == "resource_exhausted"
            raise Failed(429 if often else 403, "too_often" if often else "wrong") from None
        named = self.platform.call(SESSIONS + "GetSession", {"sessionId": made["sessionId"]},
                                   self.token)["session"]["factors"]["user"]
        visitor = Visitor(named["id"], made["sessionId"], made["sessionToken"])
        try:
            read_standing(self.platform, self.token, visitor)
        except SignedOut:
            self._end(visitor)
            raise Failed(403, "more_asked") from None
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._visitors[cookie] = visitor
            oldest = list(self._visitors)[:-MOST_VISITORS]
            leaving = [self._visitors.pop(one) for one in oldest]
        for one in leaving:
            self._end(one)
        return cookie

    def sign_out(self, cookie):
        with self._lock:
            visitor = self._visitors.pop(cookie, None)
        if visitor is not None:
            self._end(visitor)

    def _end(self, visitor):
        try:
            self.platform.call(SESSIONS + "DeleteSession", {"sessionId": visitor.session_id},
                               self.token)
        except Refused as error:
            if error.code != "not_found":
                raise


class Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "Lamps", ""
    timeout = 20  # seconds, for what a client sends

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._guarded(self._get)

    def do_POST(self):
        self._guarded(self._post)

    def _guarded(self, answer):
        """Every error is a page."""
        self._begin()
        try:
            self._check_host()
            answer()
        except Failed as failed:
            self._send(failed.status, pages.plain(self.view, failed.key))
        except SignedOut:
            self._leave("ended")
        except (Refused, Away) as error:
            print(f"shop: {error}", file=sys.stderr, flush=True)
            self._send(503, pages.plain(self.view, "closed"))

    def _begin(self):
        self.app, self.set_cookies = self.server.app, []
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        held = {name: one.value for name, one in cookies.items()}
        self.cookie = held.get(COOKIE, "")
        language = held.get(LANGUAGE_COOKIE)
        if language not in pages.TEXTS:
            wished = self.headers.get("Accept-Language", "")[:2].lower()
            language = wished if wished in pages.TEXTS else "en"
        if not self.cookie:
            self._give_cookie(secrets.token_urlsafe(32))
        self.view = pages.View(language, self.app.csrf(self.cookie))

    def _check_host(self):
        """A name that somebody else pointed here is not this shop's."""
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"localhost:{port}", f"127.0.0.1:{port}"):
            raise Failed(421, "not_found")

    def _get(self):
        where = urlsplit(self.path)
        if where.path == "/shop.css":
            self._send(200, STYLE, "text/css; charset=utf-8")
            return
        if where.path != "/":
            raise Failed(404, "not_found")
        asked = parse_qs(where.query)
        language = asked.get("lang", [""])[0]
        if language in pages.TEXTS:
            self._set_cookie(LANGUAGE_COOKIE, language)
            self._redirect("/")
            return
        note = asked.get("note", [""])[0]
        self._show(200, note if note in pages.NOTES else None)

    def _show(self, status, note=None):
        """The shop as it stands for who asks, or its door."""
        self.view.note = note
        visitor = self.app.visitor(self.cookie)
        if visitor is None:
            self._send(status, pages.sign_in(self.view))
            return
        self._show_shop(status, self._standing(visitor))

    def _show_shop(self, status, standing):
        stock = self.app.stock
        self._send(status, pages.shop(self.view, standing, stock.prices(),
                                      stock.orders_of(standing.organization_id)))

    def _standing(self, visitor):
        return read_standing(self.app.platform, self.app.token, visitor)

    def _post(self):
        form = self._form()
        if not hmac.compare_digest(form.get("csrf", "").encode(),
                                   self.app.csrf(self.cookie).encode()):
            raise Failed(403, "form_old")
        action = self.path.removeprefix("/")
        if action == "sign-in":
            self._sign_in(form)
        elif action == "sign-out":
            self.app.sign_out(self.cookie)
            self._leave()
        elif action in ACTIONS:
            self._act(action, form)
        else:
            raise Failed(404, "not_found")

    def _sign_in(self, form):
        login_name = form.get("login_name", "")
        try:
            cookie = self.app.sign_in(login_name, form.get("password", ""))
        except Failed as failed:
            self.view.note = failed.key
            self._send(failed.status, pages.sign_in(self.view, login_name))
            return
        self.app.sign_out(self.cookie)
        self._give_cookie(cookie)
        self._redirect("/")

    def _act(self, action, form):
        """What he does, if he may at this moment."""
        visitor = self.app.visitor(self.cookie)
        if visitor is None:
            raise SignedOut
        standing = self._standing(visitor)
        if ACTIONS[action] not in standing.roles:
            self.view.note = "not_yours"
            self._show_shop(403, standing)
            return
        stock = self.app.stock
        try:
            if action == "order":
                stock.order(form.get("lamp", ""), form.get("pieces", ""), standing)
            elif action == "decide":
                stock.decide(form.get("order", ""), form.get("state", ""), standing)
            else:
                stock.price(form.get("lamp", ""), form.get("price", ""))
        except NotDone as why:
            self.view.note = str(why)
            self._show_shop(400, standing)
            return
        self._redirect(f"/?note=done_{action}")

    def _form(self):
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded" or not (
                length.isascii() and length.isdigit() and int(length[:9]) <= MOST_BYTES):
            raise Failed(400, "unreadable")
        try:
            body = self.rfile.read(int(length)).decode("ascii")
            fields = parse_qs(body, True, max_num_fields=MOST_FIELDS, errors="strict")
        except (ValueError, OSError):
            raise Failed(400, "unreadable") from None
        return {name: values[0] for name, values in fields.items()}

    def _give_cookie(self, value):
        self.cookie = value
        self._set_cookie(COOKIE, value)

    def _set_cookie(self, name, value):
        # Not Secure: a sample on this machine speaks no TLS.
        self.set_cookies.append(f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")

    def _leave(self, note=None):
        """A door without anything of who was here before."""
        self.app.sign_out(self.cookie)
        self._give_cookie(secrets.token_urlsafe(32))
        if note is None:
            self._redirect("/")
            return
        self.view = pages.View(self.view.language, self.app.csrf(self.cookie), note)
        self._send(401, pages.sign_in(self.view))

    def _redirect(self, where):
        self._send(303, "", headers={"Location": where})

    def _send(self, status, body, kind="text/html; charset=utf-8", headers=None):
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": len(content),
                            **(headers or {})}.items():
            self.send_header(name, str(value))
        for cookie in self.set_cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listening, app):
        super().__init__(listening.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.app = listening, app

    def handle_error(self, request, client_address):
        """Who hangs up is nobody's concern."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def listen(port):
    """On this machine only. Raises OSError where the port is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(64)
    return listening


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--platform", required=True, metavar="URL", help="as people reach it")
    parser.add_argument("--connect", metavar="ADDRESS:PORT",
                        help="where it listens, if that is another")
    parser.add_argument("--token-file", required=True, help="with the token of the shop's machine")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=8081)
    where.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    platform = Platform(options.platform, options.connect)
    token = Path(options.token_file).read_text(encoding="utf-8").strip()
    listening = listen(options.port) if options.fd is None else socket.socket(fileno=options.fd)
    server = Server(listening, Application(platform, token))
    if options.fd is not None:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), server.shutdown())).start()
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
