"""What clients do while faults play: a seeded mix of commands and reads on any node, over users and
names that they share and fight for.

    workload = Workload(cluster.nodes, recorder, admin, seed); workload.prepare()
    workload.start(clients=6); ...; workload.stop()
"""
import base64
import itertools
import random
import threading
import time
from collections import deque

from history.methods import DECIDED

from .recorder import Caller

HOT_NAMES = 12
MOVES = ("LockUser", "UnlockUser", "DeactivateUser", "ReactivateUser", "DeleteUser")
# Out of 100 calls; what is left are reads by id.
CREATE, RENAME, MOVE, DESCRIBE, LIST = 30, 10, 22, 4, 12


class Team:
    """Users that the run's administrator made, who own the organization in which the clients work."""

    def __init__(self, recorder, admin, prefix):
        self.recorder, self.admin, self.prefix = recorder, admin, prefix
        self.home, self.work = f"{prefix}-home", f"{prefix}-work"
        self.members = []

    def insist(self, node, caller, method, request):
        """Until it is done: the ground that the run stands on."""
        until = time.monotonic() + 30
        while True:
            operation, body = self.recorder.command(node, caller, method, request)
            if operation.outcome == "ok":
                return body
            # What is refused may be gone with the end of a log: it is not to be waited for.
            if operation.outcome in ("unknown", "refused") or time.monotonic() > until:
                raise RuntimeError(f"cannot be prepared: {operation} {body}")
            time.sleep(0.1)

    def add_machine(self, node, client, organization):
        user_id = f"{self.prefix}-{client}"
        self.insist(node, self.admin, "CreateUser",
                    {"organizationId": organization, "userId": user_id,
                     "username": user_id, "mark": user_id})
        made = self.insist(node, self.admin, "AddPersonalAccessToken", {"userId": user_id})
        return Caller(client, user_id, made["token"], made["tokenId"])

    def add_organization(self, node, org_id, owners):
        admins = [{"userId": owner, "roles": ["ORG_OWNER"]} for owner in owners]
        self.insist(node, self.admin, "AddOrganization",
                    {"orgId": org_id, "name": org_id, "admins": admins})

    def assemble(self, node, count):
        self.add_organization(node, self.home, [self.admin.user_id])
        self.members = [self.add_machine(node, f"client{i}", self.home) for i in range(count)]
        self.add_organization(node, self.work, [member.user_id for member in self.members])


class Client(threading.Thread):
    def __init__(self, workload, caller, seed):
        super().__init__(daemon=True, name=caller.client)
        self._workload, self._caller = workload, caller
        self._random = random.Random(seed)
        self._made = itertools.count()
        self._moved = set()
        self.failed = None

    def run(self):
        try:
            while not self._workload.stopping.is_set():
                self._act()
        except Exception as error:  # pylint: disable=broad-except
            self.failed = error
            raise

    def _act(self):
        if self._workload.contesting:
            if self._create(self._workload.contest()).outcome in DECIDED:
                self._workload.count_contest()
            return None
        dice = self._random.randrange(100)
        for share, act in ((CREATE, self._create), (RENAME, self._rename), (MOVE, self._move),
                           (DESCRIBE, self._describe), (LIST, self._list)):
            if dice < share:
                return act()
            dice -= share
        return self._read()

    def _node(self):
        return self._random.choice(self._workload.nodes)

    def _user(self):
        return self._random.choice(self._workload.users)

    def _new_name(self):
        if self._random.random() < 0.5:
            return self._workload.contest()
        return f"{self._workload.team.prefix}-hot{self._random.randrange(HOT_NAMES)}"

    def _command(self, method, request):
        operation, _ = self._workload.recorder.command(self._node(), self._caller, method, request)
        if operation.outcome in ("rejected", "unknown"):
            time.sleep(0.02)
        return operation

    def _fresh(self):
        return f"{self._caller.user_id}-{next(self._made)}"

    def _create(self, name=None):
        user_id = self._fresh()
        operation = self._command("CreateUser", {
            "organizationId": self._workload.team.work, "userId": user_id,
            "username": name or self._new_name(), "mark": user_id})
        if operation.outcome in ("ok", "unknown"):
            self._workload.users.append(user_id)
        return operation

    def _rename(self):
        self._command("UpdateUser", {"userId": self._user(), "username": self._new_name(),
                                     "mark": self._fresh()})

    def _move(self):
        # Each at most once, so that an event tells whose it is.
        move = self._random.choice(self._workload.moves), self._user()
        if move not in self._moved:
            self._moved.add(move)
            self._command(move[0], {"userId": move[1]})

    def _describe(self):
        value = base64.b64encode(self._fresh().encode()).decode()
        self._command("SetUserMetadata", {"userId": self._user(), "value": value})

    def _list(self):
        hot = f"{self._workload.team.prefix}-hot{self._random.randrange(HOT_NAMES)}"
        self._workload.recorder.list_users(self._node(), self._caller, hot)

    def _read(self):
        self._workload.recorder.read_user(self._node(), self._caller, self._user())


class Workload:
    def __init__(self, nodes, recorder, admin, seed, clients=6, contests=0, moves=MOVES):
        """`contests`: so many contested creates are decided before anything else comes."""
        self.nodes, self.recorder, self.seed, self.moves = nodes, recorder, seed, moves
        self.team = Team(recorder, admin, f"r{seed}")
        self.stopping = threading.Event()
        self.users = deque(maxlen=60)
        self._clients = clients
        self._threads = []
        self._asked = itertools.count()
        self._open_contests = contests
        self._lock = threading.Lock()

    def prepare(self):
        self.team.assemble(self.nodes[0], self._clients)
        self.users.append(self.team.prefix + "-nobody")

    def contest(self):
        """A name that as many ask for as there are clients, at about the same time."""
        return f"{self.team.prefix}-name{next(self._asked) // self._clients}"

    @property
    def contesting(self):
        return self._open_contests > 0

    def count_contest(self):
        with self._lock:
            self._open_contests -= 1

    def start(self):
        for number, caller in enumerate(self.team.members):
            self._threads.append(Client(self, caller, f"{self.seed}/{number}"))
            self._threads[-1].start()

    def stop(self):
        self.stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)
        stuck = [thread.name for thread in self._threads if thread.is_alive()]
        failed = [f"{thread.name}: {thread.failed!r}" for thread in self._threads if thread.failed]
        return stuck + failed
