"""What a history is made of: the operations that clients recorded and the events that stand in the
log. An operation is written down when it has ended or was given up; its times are of one clock.

    history = [Operation(...)]; events = read_events(lines of `muniment events --payload`)

Outcomes: "ok"; "refused", with a reason that says something of the state; "rejected", nothing was
changed and the reason says nothing of the state; "unknown", only the log can tell.
"""
import json
from dataclasses import asdict, dataclass, field


@dataclass
class Operation:
    number: int
    client: str
    node: str
    method: str
    request: dict
    caller: str = ""  # the id of the user who calls
    token: str = ""   # the id of his token; empty: it is never taken away
    start: float = 0.0
    end: float = 0.0
    outcome: str = "unknown"
    reason: str = ""
    # Of reads: "user" (None where there is no such), or "users" and the "sequence" they are of;
    # "age" in seconds where the node said that the answer may be old.
    answer: dict = field(default_factory=dict)

    def __str__(self):
        request = {name: value if len(str(value)) < 60 else str(value)[:60] + "..."
                   for name, value in self.request.items()}
        return (f"{self.method} {request} of {self.client} on {self.node}, {self.start:.3f} to "
                f"{self.end:.3f}, {self.outcome} {self.reason} {self.answer or ''}").rstrip()


@dataclass(frozen=True)
class Event:
    sequence: int
    created: str
    type: str
    aggregate_id: str
    owner: str
    actor: str
    payload: dict
    erased: bool = False  # a key to a part of it is gone


def read_events(lines):
    """The events of the one instance; those of the store itself belong to none."""
    events = []
    for line in lines:
        said = json.loads(line)
        if "instance" not in said or said["instance"] == "0":
            continue
        events.append(Event(int(said["sequence"]), said["created"], said["type"],
                            said.get("id", ""), said.get("owner", ""), said.get("actor", ""),
                            said.get("payload", {}), said.get("erased", False)))
    return events


def write_history(path, operations):
    with open(path, "w", encoding="utf-8") as file:
        for operation in operations:
            file.write(json.dumps(asdict(operation)) + "\n")


def read_history(path):
    with open(path, encoding="utf-8") as file:
        return [Operation(**json.loads(line)) for line in file]
