"""What the demo keeps beside the platform's data: the passwords it made, and the shop's token.

In files of their own that nobody else may read. They are written whole or not at all, and before
what they tell is true, so that whatever dies in between is taken up by the next run.
"""
import json
import os
import secrets
import string

ALPHABET = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")


def new_password():
    """By chance, and with one of each kind that the platform's rules ask for."""
    def word(length, letters=ALPHABET):
        return "".join(secrets.choice(letters) for _ in range(length))
    kinds = word(1, "abcdefghijkmnopqrstuvwxyz") + word(1, "ABCDEFGHJKLMNPQRSTUVWXYZ")
    return f"{word(5)}-{word(5)}-{word(3)}{kinds}{word(1, '23456789')}"


def write_private(path, text):
    new = f"{path}.new"
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o600)
        file.write(text)
        file.flush()
        os.fsync(handle)
    os.replace(new, path)


class Kept:
    def __init__(self, directory):
        self.token_path = os.path.join(directory, "demo.pat")
        self._path = os.path.join(directory, "demo.json")
        self._passwords = json.loads(self._read(self._path) or "{}")

    @staticmethod
    def _read(path):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def knows(self, person):
        return person.name in self._passwords

    def password(self, person):
        """His, made at the first time of asking."""
        if not self.knows(person):
            self._passwords[person.name] = new_password()
            write_private(self._path, json.dumps(self._passwords, indent=2) + "\n")
        return self._passwords[person.name]

    def token(self):
        return (self._read(self.token_path) or "").strip()

    def keep_token(self, token):
        write_private(self.token_path, token + "\n")
