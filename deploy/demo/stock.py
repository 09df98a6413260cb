"""What the shop has: lamps with prices, and orders of organizations. In memory, gone with the shop.

    stock = Stock()
    order = stock.order("desk", 2, standing)
    stock.decide(order.id, "approved", standing)

Which role does what is ACTIONS; whoever asks for an action has it checked before. Thread-safe.
"""
import threading
from dataclasses import dataclass, replace

# What is done, and the role that lets one.
ACTIONS = {"order": "buyer", "decide": "approver", "price": "price-editor"}

MOST_ORDERS, MOST_PIECES, MOST_CENTS = 50, 99, 999_999


class NotDone(Exception):
    """The key of a text that says why."""


@dataclass(frozen=True)
class Order:
    id: int
    lamp: str
    pieces: int
    cents: int  # all pieces together
    organization_id: str
    by: str
    state: str = "waiting"
    decided_by: str = ""


def cents_of(text):
    """"49.50" as cents. Raises NotDone for what is no price."""
    whole, _, part = text.strip().replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(part) <= 2 and len(whole) <= 6
            and (not part or part.isascii() and part.isdigit())):
        raise NotDone("price_wrong")
    cents = int(whole) * 100 + int(part.ljust(2, "0"))
    if not 1 <= cents <= MOST_CENTS:
        raise NotDone("price_wrong")
    return cents


class Stock:
    def __init__(self):
        self._lock = threading.Lock()
        self._prices = {"desk": 8900, "storm": 4500, "floor": 14900, "pendant": 12000}
        self._orders = []  # the newest first
        self._count = 0

    def prices(self):
        with self._lock:
            return dict(self._prices)

    def orders_of(self, organization_id):
        with self._lock:
            return [one for one in self._orders if one.organization_id == organization_id]

    def order(self, lamp, pieces, standing):
        if not (pieces.isascii() and pieces.isdigit() and 1 <= int(pieces[:9]) <= MOST_PIECES):
            raise NotDone("pieces_wrong")
        with self._lock:
            if lamp not in self._prices:
                raise NotDone("lamp_unknown")
            self._count += 1
            made = Order(self._count, lamp, int(pieces), self._prices[lamp] * int(pieces),
                         standing.organization_id, standing.name)
            self._orders = [made, *self._orders][:MOST_ORDERS]
            return made

    def decide(self, order_id, state, standing):
        """Of one's own organization's orders, each once."""
        if state not in ("approved", "refused"):
            raise NotDone("order_decided")
        with self._lock:
            for i, one in enumerate(self._orders):
                own = one.organization_id == standing.organization_id
                if own and str(one.id) == order_id and one.state == "waiting":
                    self._orders[i] = replace(one, state=state, decided_by=standing.name)
                    return
        raise NotDone("order_decided")

    def price(self, lamp, text):
        cents = cents_of(text)
        with self._lock:
            if lamp not in self._prices:
                raise NotDone("lamp_unknown")
            self._prices[lamp] = cents
