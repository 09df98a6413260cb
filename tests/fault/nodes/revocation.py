"""Callers who lose their right in the middle of what they do: again and again a machine is made that
owns an organization, two threads call with its token on two nodes, and on a third its right is taken
away. What stands in the log after that, the checker finds.

    duels = Duels(workload); duels.start(); ...; duels.stop()
"""
import itertools
import random
import threading
import time

REVOCATIONS = ("RemovePersonalAccessToken", "LockUser", "DeactivateUser", "DeleteUser",
               "DeactivateOrganization", "DeleteAdministrator")
# Calls of a thread after it was told that the right is gone.
LAST_CALLS = 3


class Duels(threading.Thread):
    def __init__(self, workload):
        super().__init__(daemon=True, name="duels")
        self._workload = workload
        self._random = random.Random(f"{workload.seed}/duels")
        self.fought = 0

    def run(self):
        for number in itertools.count():
            if self._workload.stopping.is_set():
                return
            try:
                self._fight(number)
                self.fought += 1
            except RuntimeError:
                time.sleep(0.2)  # no node could make the caller; the next is another

    def _fight(self, number):
        team = self._workload.team
        nodes = self._random.sample(self._workload.nodes, len(self._workload.nodes))
        caller = team.add_machine(nodes[0], f"duel{number}", team.home)
        org = f"{caller.user_id}-org"
        # The administrator stays: an organization keeps an owner.
        team.add_organization(nodes[0], org, [caller.user_id, team.admin.user_id])
        over = threading.Event()
        callers = [threading.Thread(target=self._hammer, args=(node, caller, org, f"{i}", over))
                   for i, node in enumerate((nodes * 2)[1:3])]
        for thread in callers:
            thread.start()
        time.sleep(self._random.uniform(0.0, 0.08))
        self._revoke(nodes[0], caller, org)
        over.set()
        for thread in callers:
            thread.join()

    def _hammer(self, node, caller, org, name, over):
        left = LAST_CALLS
        for number in itertools.count():
            left -= over.is_set()
            if left < 0 or self._workload.stopping.is_set():
                return
            user_id = f"{caller.user_id}-{name}-{number}"
            operation, _ = self._workload.recorder.command(node, caller, "CreateUser", {
                "organizationId": org, "userId": user_id, "username": user_id, "mark": user_id})
            if operation.outcome != "ok":
                time.sleep(0.005)

    def _revoke(self, node, caller, org):
        how = self._random.choice(REVOCATIONS)
        request = {"userId": caller.user_id}
        if how == "DeactivateOrganization":
            request = {"organizationId": org}
        elif how == "DeleteAdministrator":
            request["organizationId"] = org
        elif how == "RemovePersonalAccessToken":
            request["tokenId"] = caller.token_id
        self._workload.recorder.command(node, self._workload.team.admin, how, request)
