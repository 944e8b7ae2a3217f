"""Two people on one platform, ada (its owner) and bob, each with a calendar on a server of their own that counts; and
sessions that both are in. For tests of what one of them may not do to the other."""
from rest import Api
from upstream import Upstream

PASSWORD = "a long enough password"


class Person:
    def __init__(self, world, name, login):
        self.name, self.login = name, login
        self.upstream = Upstream(world.folder / f"upstream-{name}")
        account = self.upstream.account
        world.x1(*login, "connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca,
                 "--confirm-address", account.address, typed=account.password, check=True)
        self.api = world.owner if not login else Api(port=world.port(),
                                                     token=world.x1(*login, "token", check=True).stdout.strip())


class Room:
    """A session with both people in it, followed by its owner."""

    def __init__(self, name, people, agent):
        self.name, self.people, self.owner = name, people, people[0].api
        command = ["python3", f"/opt/agent/{agent}"]
        self.session = self.owner.post("/sessions", {"command": command, "adapter": True, "start": True})["id"]
        for guest in people[1:]:
            invite = self.owner.post(f"/sessions/{self.session}/invites", {"role": "participant"})["invite"]
            guest.api.post("/invites/join", {"invite": invite})
        self.follow()

    def follow(self):
        """All its events from the first, on a stream of its own; `events` are those that came."""
        self.stream, self.events = self.owner.events(self.session), []

    def until(self, kind, turn=None):
        for event in self.stream:
            self.events.append(event)
            if event["type"] == kind and turn in (None, event["turn"]):
                return event
        raise RuntimeError(f"the session ended before {kind}")

    def texts(self, kind, turn):
        """What the events of that type say in that turn, of those that came."""
        return [event["payload"]["text"] for event in self.events if event["type"] == kind and event["turn"] == turn]

    def say(self, person, text):
        """That person's message → the number of its turn."""
        return person.api.post(f"/sessions/{self.session}/messages", {"text": text})["turn"]

    def words_of(self, turn):
        """What the agent wrote in it, when it is over."""
        self.until("turn.closed", turn)
        return "".join(self.texts("agent.output", turn))

    def question(self, person, turn):
        """What that person is asked in that turn, as they see it."""
        self.until("consent.asked", turn)
        listed = person.api.get(f"/sessions/{self.session}/challenges")["items"]
        return next(each for each in listed if each["turn"] == turn and each["state"] == "pending")

    def revoke(self, person, scope):
        for grant in person.api.get(f"/sessions/{self.session}/grants")["items"]:
            if grant["state"] == "live" and grant["scope"] == f"calendar.{scope}":
                person.api.delete(f"/sessions/{self.session}/grants/{grant['id']}")
                self.until("grant.revoked")


def two_people(world):
    world.owner.post("/accounts", {"name": "bob", "password": PASSWORD})
    world.x1("--login", "bob", "login", "bob", typed=PASSWORD, check=True)
    return [Person(world, "ada", ()), Person(world, "bob", ("--login", "bob"))]
