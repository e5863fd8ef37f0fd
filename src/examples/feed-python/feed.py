#!/usr/bin/env python3
"""Follows the ledger feed of a Nostr Trust Engine and prints a JSON line for each change of an effective tier.

Usage: SERVICE_TOKEN=<service token> feed.py <state file> <server> [<server> ...]
"""
import calendar
import http.client
import json
import math
import os
import random
import re
import signal
import sys
import time
import urllib.error
import urllib.request

WAIT = 20  # Seconds for which a server may hold back an empty page.
LIMIT = os.environ.get("FEED_LIMIT", "500")  # Entries in a page.
UNUSABLE = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)  # Raised by answers and files.


class Fatal(Exception):
    """A setting or the token is wrong. Trying again does not help."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect a failure, so that the token goes to no other host."""

    def redirect_request(self, *request):
        return None


def seconds(text):
    """A time of the server in whole seconds; None if it is null or beyond the year 9999."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) if text and text[0] != "+" else None


class Feed:
    def __init__(self, path, servers, token):
        self.path, self.servers, self.token = path, servers, token
        self.http = urllib.request.build_opener(NoRedirect)
        self.clock = 0  # The server's clock minus time.monotonic().
        try:
            with open(path, encoding="utf-8") as file:
                state = json.load(file)
            self.next_after, self.tiers = int(state["next_after"]), dict(state["tiers"])
        except FileNotFoundError:
            self.next_after, self.tiers = 0, {}
        except UNUSABLE as e:
            raise Fatal(f"cannot read the state file {path}: {e!r}") from e

    def run(self):
        self.look_up(["0" * 64])  # Any key will do: this checks the token and reads the server's clock.
        while True:
            began = time.monotonic()
            due = min((row["until"] for row in self.tiers.values() if row["until"] is not None), default=math.inf)
            wait = math.ceil(max(0, min(WAIT, due - self.clock - began)))
            page = self.ask(f"/api/trust/events?after={self.next_after}&limit={LIMIT}&wait={wait}", self.parse_page)
            for entry in page:
                if entry["seq"] > self.tiers.get(entry["pubkey"], {"seq": 0})["seq"]:  # Else a lookup has included it.
                    self.change(entry["pubkey"], entry, entry["seq"], entry["cause"])
            if page:
                self.next_after = page[-1]["seq"]
                self.store()
            if len(page) < int(LIMIT):  # The end of the feed. Decay has no entry: look up the keys that are due.
                now = time.monotonic() + self.clock
                late = [key for key, row in self.tiers.items() if row["until"] is not None and row["until"] <= now]
                if late:
                    self.look_up(late[:500])
                time.sleep(max(0, began + 1 - time.monotonic()))  # A busy server does not wait.

    def parse_page(self, answer):
        fields = ("seq", "pubkey", "cause", "trust_tier", "blocked", "tier_until")
        page = [{field: entry[field] for field in fields} for entry in answer["events"]]
        if [entry["seq"] for entry in page] != list(range(self.next_after + 1, answer["next_after"] + 1)):
            raise ValueError("the page has a gap")
        return page

    def look_up(self, keys):
        asked = time.monotonic()
        parse = lambda answer: (answer["seq"], answer["identities"].items())
        seq, rows = self.ask("/api/trust/lookup", parse, {"pubkeys": keys})
        for key, row in rows:
            self.clock = seconds(row["as_of"]) - asked
            if key in self.tiers:
                self.change(key, row, seq, "lookup")
        self.store()

    def change(self, pubkey, new, seq, cause):
        """Keeps the tier of a key, and prints it if it differs. A real consumer acts here."""
        old = self.tiers.get(pubkey, {"tier": None, "blocked": False})
        tier, blocked, until = new["trust_tier"], new["blocked"], seconds(new["tier_until"])
        if tier is None:  # An entry of an older release lacks the tier that counts: look it up soon.
            tier, blocked, until = old["tier"], old["blocked"], 0
        until = until if until is None else until + 1  # After the fraction that seconds() drops.
        self.tiers[pubkey] = {"tier": tier, "blocked": blocked, "until": until, "seq": seq}
        if (tier, blocked) != (old["tier"], old["blocked"]):
            print(json.dumps({"pubkey": pubkey, "before": old["tier"], "tier": tier, "blocked": blocked,
                              "tier_until": new["tier_until"], "cause": cause, "seq": seq}), flush=True)

    def store(self):
        """Replaces the file as a whole: after a crash it is the old one or the new one."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump({"next_after": self.next_after, "tiers": self.tiers}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)

    def ask(self, path, parse, body=None):
        """The parsed answer. Asks one server after the other until one gives it."""
        failures = 0
        while True:
            retry_after = ""
            data = None if body is None else json.dumps(body).encode()
            headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
            try:
                request = urllib.request.Request(self.servers[0] + path, data, headers)
                with self.http.open(request, timeout=WAIT + 10) as response:
                    return parse(json.load(response))
            except urllib.error.HTTPError as e:
                if e.code in (400, 401, 403):
                    raise Fatal(f"{self.servers[0]} refuses the {'request' if e.code == 400 else 'token'}: {e}") from e
                problem, retry_after = e, e.headers.get("Retry-After", "")
            except UNUSABLE as e:
                problem = repr(e)
            failures += 1
            rounds, rest = divmod(failures, len(self.servers))
            pause = 0 if rest else 2 ** min(rounds, 5) * random.uniform(0.5, 1)  # At most 32 seconds.
            if retry_after.isdigit():
                pause = max(pause, min(int(retry_after), 600) + random.random())
            print(f"feed: {self.servers[0]}: {problem}; trying again in {pause:.1f} s", file=sys.stderr, flush=True)
            self.servers.append(self.servers.pop(0))
            time.sleep(pause)


def main():
    token = os.environ.get("SERVICE_TOKEN", "").strip()
    servers = [server.rstrip("/") for server in sys.argv[2:]]
    if not servers or not all(server.startswith(("http://", "https://")) for server in servers):
        raise Fatal("usage: SERVICE_TOKEN=<service token> feed.py <state file> <http(s)://server> [<server> ...]")
    if not re.fullmatch("[!-~]+", token):
        raise Fatal("SERVICE_TOKEN must be a token of the scope service, without spaces or control characters")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Feed(sys.argv[1], servers, token).run()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
    except Fatal as e:
        print(f"feed: {e}", file=sys.stderr)
        sys.exit(2)
    except OSError as e:  # The state file cannot be written, or standard output is closed.
        print(f"feed: {e}", file=sys.stderr, flush=True)
        os._exit(1)  # Without a flush of standard output, which would fail again.
