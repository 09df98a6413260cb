"""What stays of people who were removed, in a log as anybody reads it who has the master key.

    wrong = check_erasure(events)     # sentences; none when all is well

The history is checked with keys that the run has kept (nodes/kept_keys.py), so it says nothing of
this.
"""

# Names in payloads of a user's events that only his key opens.
PERSONAL = {"username", "name", "description", "key", "value"}


def check_erasure(events):
    removed = {event.aggregate_id for event in events if event.type == "user.removed"}
    erased = {event.aggregate_id for event in events if event.type == "user.erased"}
    purged = {event.aggregate_id for event in events if event.type == "user.purged"}
    wrong = [f"was removed and is not erased: {user}" for user in sorted(removed - erased)]
    wrong += [f"was erased and is not purged: {user}" for user in sorted(erased - purged)]
    for event in events:
        gone = event.type.startswith("user.") and event.aggregate_id in erased
        if gone and PERSONAL & set(event.payload):
            wrong.append(f"can be read of one who was erased: {event}")
        if event.erased and not gone:
            wrong.append(f"cannot be read of one who was not erased: {event}")
    return wrong
