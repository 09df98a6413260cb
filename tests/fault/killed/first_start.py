"""A first start killed at any moment, and the start after it: whoever reads what the two printed, and
their files, gets into the instance.

    result = FirstStarts(times, seed, program, place).play(); result.wrong
"""
import random
import re
import shutil
import time
from pathlib import Path

from nodes.client import Client
from nodes.node import Node

from .alone import Alone
from .under_load import READY_SECONDS, SETTINGS, Result

GREETING_SECONDS = 10
PASSWORD = re.compile(r"^  password +(\S+) ", re.M)
MORE = {"MUNIMENT_FIRSTINSTANCE_ORG_MACHINE_MACHINEKEY_TYPE": "json",
        "MUNIMENT_FIRSTINSTANCE_ORG_LOGINCLIENT_MACHINE_USERNAME": "login-client"}


class FirstStarts:
    def __init__(self, times, seed, program, place, until=float("inf")):
        """None but the first begins after `until`, of time.monotonic()."""
        self._times, self._until = times, until
        self._program, self._place = program, Path(place)
        self._random = random.Random(seed)
        self._took = 1.0
        self.result = Result()

    def play(self):
        self._took = self._measure()
        while self.result.kills < self._times and (not self.result.kills
                                                   or time.monotonic() < self._until):
            wrong = self._one(self._random.uniform(0, 1.1 * self._took))
            self.result.kills += 1
            self.result.failed += bool(wrong)
            self.result.wrong += [f"of first start {self.result.kills}: {what}" for what in wrong]
        return self.result

    def _node(self):
        place = self._place / "first"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return Node(Alone(), "node1", place, self._program, {**SETTINGS, **MORE})

    def _measure(self):
        node, began = self._node(), time.monotonic()
        node.start()
        node.await_ready(READY_SECONDS)
        took = time.monotonic() - began
        node.stop()
        return took

    def _one(self, life):
        node = self._node()
        node.start()
        time.sleep(life)
        node.kill()
        before = len(self._printed(node))
        node.start()
        try:
            node.await_ready(READY_SECONDS)
            self._await(lambda: "Muniment serves on" in self._printed(node)[before:])
            self._await(lambda: not (node.models_path / "first-start").exists())
            return self._judge(node)
        finally:
            node.kill()

    @staticmethod
    def _printed(node):
        return (node.place / "log").read_text(errors="replace")

    @staticmethod
    def _await(enough):
        """What does not come is found by the judge."""
        until = time.monotonic() + GREETING_SECONDS
        while not enough() and time.monotonic() < until:
            time.sleep(0.02)

    def _judge(self, node):
        data, wrong = node.models_path, []
        passwords = set(PASSWORD.findall(self._printed(node)))
        if len(passwords) != 1:
            return [f"{len(passwords)} passwords were told"]
        token = (data / "admin.pat").read_text().strip()
        checks = {"user": {"loginName": "admin"}, "password": {"password": passwords.pop()}}
        signed_in = Client(node, token).call("SessionService/CreateSession", {"checks": checks})
        if not signed_in.ok:
            wrong.append(f"the token or the password does not open it: {signed_in}")
        for name in ("admin-key.json", "login-client.pat"):
            if not (data / name).is_file():
                wrong.append(f"there is no {name}")
        if (data / "first-start").exists():
            wrong.append("what was told is still kept")
        return wrong
