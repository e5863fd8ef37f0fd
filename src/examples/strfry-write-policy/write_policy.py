#!/usr/bin/env python3
"""A write policy plugin for the relay strfry: admits events by the trust tier of their author.

Reads one request per line from standard input and writes one verdict per line to standard output, in the same order.
The settings are environment variables; README.md lists them.
"""
import calendar
import collections
import json
import math
import os
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

TIERS = ("anonymous", "new", "established", "trusted", "elite")

# What a server answered about a key. The times are those of time.monotonic(); until is when decay lowers the tier.
Known = collections.namedtuple("Known", "rank blocked asked until")


class Fatal(Exception):
    """A setting is wrong, or the token is refused at the start."""


def report(text):
    print(f"write_policy: {text}", file=sys.stderr, flush=True)


def setting(name, otherwise, parse):
    try:
        return parse(os.environ.get(name, "").strip() or otherwise)
    except ValueError as e:
        raise Fatal(f"{name}: {e}") from e


def number(text):
    if not 0 <= float(text) < math.inf:
        raise ValueError(f"{text} is not a number from 0")
    return float(text)


def one_of(*allowed):
    def parse(text):
        if text not in allowed:
            raise ValueError(f"{text} is not one of {', '.join(allowed)}")
        return text
    return parse


def addresses(text):
    urls = [url.strip().rstrip("/") for url in text.split(",") if url.strip()]
    if not urls or not all(url.startswith(("http://", "https://")) for url in urls):
        raise ValueError("addresses such as http://localhost:8080 are needed, separated by commas")
    return urls


def token():
    """The service token. A file is read for each question, so a renewed token needs no restart."""
    text = os.environ.get("SERVICE_TOKEN", "")
    if os.environ.get("SERVICE_TOKEN_FILE"):
        with open(os.environ["SERVICE_TOKEN_FILE"], encoding="utf-8") as file:
            text = file.read()
    if not re.fullmatch("[!-~]+", text.strip()):  # Not printed, because it may be a token all the same.
        raise ValueError("SERVICE_TOKEN or SERVICE_TOKEN_FILE must have a token of the scope service")
    return text.strip()


def seconds(text):
    """A time of the server in whole seconds; infinite if it is null or beyond the year 9999."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) if text and text[0] != "+" else math.inf


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes a redirect a failure, so that the token goes to no other host."""

    def redirect_request(self, *request):
        return None


class Engine:
    """Looks up tiers. After a failure of all servers it asks none of them for a while."""

    def __init__(self):
        self.servers = setting("ENGINE_URL", "", addresses)
        self.timeout = setting("TIMEOUT_SECONDS", "1", number)
        self.pause = setting("PAUSE_SECONDS", "5", number)
        self.http = urllib.request.build_opener(NoRedirect)
        self.threads = {}
        self.resume = -math.inf
        self.down = False
        try:
            token()
        except (OSError, ValueError) as e:
            raise Fatal(e) from e

    def look_up(self, pubkey, starting=False):
        """What is known about a key now; None if no server answers."""
        if time.monotonic() < self.resume:
            return None
        for server in list(self.servers):
            outcome = self.attempt(server, pubkey)
            if isinstance(outcome, Known):
                if self.down:
                    report(f"{server} answers again")
                self.down = False
                return outcome
            if starting and isinstance(outcome, urllib.error.HTTPError) and outcome.code in (401, 403):
                raise Fatal(f"{server} refuses the token: {outcome}")
            report(f"{server} does not answer: {outcome!r}")
            self.servers.append(self.servers.pop(0))
        self.down = True
        self.resume = time.monotonic() + self.pause
        return None

    def attempt(self, server, pubkey):
        """What is known about a key, or an exception. The thread bounds also name resolution and slow answers."""
        if server in self.threads and self.threads[server].is_alive():
            return TimeoutError("an earlier request has not ended")
        outcome = []

        def run():
            try:
                outcome.append(self.request(server, pubkey))
            except Exception as e:  # Whatever it is: the engine counts as down.
                outcome.append(e)

        self.threads[server] = threading.Thread(target=run, daemon=True)
        self.threads[server].start()
        self.threads[server].join(self.timeout)
        return outcome[0] if outcome else TimeoutError(f"no answer within {self.timeout:g} s")

    def request(self, server, pubkey):
        asked = time.monotonic()
        headers = {"Authorization": "Bearer " + token(), "Content-Type": "application/json"}
        body = json.dumps({"pubkeys": [pubkey]}).encode()
        request = urllib.request.Request(server + "/api/trust/lookup", body, headers)
        with self.http.open(request, timeout=self.timeout) as response:
            row = json.load(response)["identities"][pubkey]
        # The server's clock measures the time that is left. One second less, because fractions are dropped.
        left = seconds(row["tier_until"]) - seconds(row["as_of"]) - 1
        return Known(TIERS.index(row["trust_tier"]), bool(row["blocked"]), asked, asked + left)


class Policy:
    """Decides about events by what a short-lived cache or the engine knows about their authors."""

    def __init__(self, engine):
        self.engine = engine
        self.tier = setting("MIN_TIER", "established", one_of(*TIERS))
        self.when_down = setting("WHEN_DOWN", "reject", one_of("accept", "reject"))
        self.any_tier = setting("ANY_TIER_SOURCES", "Import,Stored", lambda text: text.replace(" ", "").split(","))
        self.cache_seconds = setting("CACHE_SECONDS", "10", number)
        self.stale_seconds = setting("STALE_SECONDS", "600", number)
        self.cache_keys = setting("CACHE_KEYS", "50000", number)
        self.cache = collections.OrderedDict()  # The key that was asked about last is at the end.

    def answer(self, line):
        """The verdict on the event of a line; None if the line has no event id."""
        event_id = None
        try:
            request = json.loads(line)
            event, source = request["event"], request.get("sourceType")
            event_id = event["id"] if isinstance(event["id"], str) else None
            if request["type"] != "new" or event_id is None or not re.fullmatch("[0-9a-f]{64}", event["pubkey"]):
                raise ValueError("type, id or pubkey is wrong")
            problem = self.problem(event["pubkey"], source)
        except Exception as e:  # A plugin that ends makes strfry reject everything.
            report(f"a request of {len(line)} bytes is not understood: {type(e).__name__}: {e}")
            problem = "error: the request to the write policy is not understood"
        if event_id is None:
            return None
        return {"id": event_id, "action": "reject", "msg": problem} if problem else {"id": event_id, "action": "accept"}

    def problem(self, pubkey, source):
        """Why an event is rejected, with a prefix of NIP-01; None if it is accepted."""
        known = self.known(pubkey)
        if known is None:
            down = self.when_down == "reject" and source not in self.any_tier
            return "error: the trust of this key is not known at the moment, try again later" if down else None
        if known.blocked:
            return "blocked: this key is blocked"
        if known.rank < TIERS.index(self.tier) and source not in self.any_tier:
            return f"restricted: this relay requires the trust tier {self.tier}"
        return None

    def known(self, pubkey):
        cached = self.cache.get(pubkey)
        if cached and time.monotonic() < min(cached.asked + self.cache_seconds, cached.until):
            return cached
        fresh = self.engine.look_up(pubkey)
        if fresh:
            self.cache[pubkey] = fresh
            self.cache.move_to_end(pubkey)
            if len(self.cache) > self.cache_keys:
                self.cache.popitem(last=False)
            return fresh
        usable = cached and time.monotonic() < min(cached.asked + self.stale_seconds, cached.until)
        return cached if usable or (cached and cached.blocked) else None


def main():
    engine = Engine()
    policy = Policy(engine)
    engine.look_up("0" * 64, starting=True)  # Any key will do to check the token.
    for line in sys.stdin.buffer:
        answer = policy.answer(line)
        if answer:
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        main()
    except Fatal as e:
        report(e)
        sys.exit(2)
    except BrokenPipeError:  # strfry has ended.
        os._exit(0)
