"""What the demo is made of, as data: who there is, what the project has, who gives what to whom.

Ids are chosen, so that a second run finds what a first one made; they are never used twice.
"""
MAKER, CUSTOMER = "demo-maker", "demo-customer"
PROJECT, SHOP = "demo-lamps", "demo-shop-machine"
SHOP_APPLICATION, STOCK_APPLICATION = "demo-shop", "demo-stock"

ORGANIZATIONS = {MAKER: "Lampwright", CUSTOMER: "Harbour House"}
PROJECT_NAME = "Lamps"

# The project's roles, and which of them the customer may give.
ROLES = {"buyer": "Buyer", "approver": "Approver", "price-editor": "Price editor"}
GRANTED = ["buyer", "approver"]

# Under this key the maker's metadata says that nothing is left to be made; the customer's, where
# lamps are delivered.
COMPLETE, DELIVERY = "demo", "delivery"
DELIVERY_PLACE = "Quay 3, gate B"


class Person:
    """`what` he is in the story, for who reads it at the terminal."""

    def __init__(self, name, organization, given, family, what, language="en"):
        self.name, self.id, self.organization = name, f"demo-{name}", organization
        self.given, self.family, self.what, self.language = given, family, what, language

    @property
    def email(self):
        return f"{self.name}@{self.organization}.example"


MIA = Person("mia", MAKER, "Mia", "Wick", "owns Lampwright, made and granted the project")
BERT = Person("bert", MAKER, "Bert", "Shade", "price-editor")
CORA = Person("cora", CUSTOMER, "Cora", "Quay", "owns Harbour House, invites her people")
CARL = Person("carl", CUSTOMER, "Carl", "Pier", "manages the grant, buys nothing himself")
COLE = Person("cole", CUSTOMER, "Cole", "Mast", "buyer, by Cora")
LAYLA = Person("layla", CUSTOMER, "ليلى", "الميناء", "approver, by Carl", "ar")

# The first of an organization owns it.
PEOPLE = [MIA, BERT, CORA, CARL, COLE, LAYLA]
INVITED = [CARL, COLE, LAYLA]


def on_grant(more):
    return {"projectId": PROJECT, "grantedOrganizationId": CUSTOMER, **more}
