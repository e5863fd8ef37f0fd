#!/usr/bin/env python3
"""A worker for a Nostr Trust Engine: it claims jobs, does each of them with work(), and reports the outcome.

Usage: SERVICE_TOKEN=<worker token> worker.py
"""
import calendar
import contextlib
import email.utils
import http.client
import itertools
import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time
import traceback
import urllib.parse


def work(job, claim):
    """Does one job. Put your own code here. Several threads call it at the same time.

    Returns the sats that you irrevocably keep, and the result (any JSON). A JobFailed is reported with its reason, any
    other exception as worker_error. After claim.lost is set, the outcome no longer counts: return soon.
    """
    words = f"You wrote: {job['request'].get('prompt')}".split()
    for done, word in enumerate(words, 1):
        if claim.lost.wait(0.25):  # The time that a model takes for a word.
            return None
        claim.output(word + " ")
        claim.progress({"percent": 100 * done // len(words)})
    return 10, {"text": " ".join(words)}


class JobFailed(Exception):
    """Ends a job with a reason of docs/worker.md: raise JobFailed("abuse", sats=20)."""

    def __init__(self, reason, sats=0):
        super().__init__(reason)
        self.reason, self.sats = reason, sats


# The code below does not depend on the kind of work.

WAIT = 20  # Seconds for which the server may hold back an answer without jobs.
CHUNK = 16384  # Characters in a chunk of output: at most 65,536 bytes.
LOST = ("stale_fence", "already_reported", "job_already_finished", "job_not_running", "not_owner", "job_not_found")


def log(text):
    print(f"worker: {text}", file=sys.stderr, flush=True)


class Answer:
    """An answer of the server. The status is 0 if there was none."""

    def __init__(self, status, headers, content):
        self.status, self.json = status, content if isinstance(content, dict) else {}
        self.ok = 200 <= status < 300 and self.json != {}
        self.final = self.ok or 400 <= status < 500 and status not in (408, 425, 429)
        self.code = "" if self.ok else self.json.get("code", "")
        date = email.utils.parsedate_tz(headers.get("Date", ""))
        self.time = email.utils.mktime_tz(date) if date else time.time()
        retry_after = headers.get("Retry-After", "")
        self.retry_after = min(int(retry_after), 600) if retry_after.isdigit() else 0

    def __str__(self):
        return " ".join(filter(None, (str(self.status or "no answer"), self.code, self.json.get("detail"))))


class Server:
    def __init__(self, url, token):
        self.url = urllib.parse.urlsplit(url)
        self.headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Connection": "close"}

    def post(self, path, body, timeout=30, sockets=None):
        """Sends a request once. Its socket is in `sockets` meanwhile, so that another thread can end it."""
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.url.netloc, timeout=timeout)
        sockets, opened = set() if sockets is None else sockets, None
        try:
            connection.connect()
            opened = connection.sock
            sockets.add(opened)
            connection.request("POST", self.url.path.rstrip("/") + path, body, self.headers)
            response = connection.getresponse()
            text = response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answer(response.status, response.headers, json.loads(text) if is_json else {})
        except (OSError, http.client.HTTPException, ValueError) as e:
            return Answer(0, {}, {"detail": repr(e)})
        finally:
            sockets.discard(opened)
            connection.close()

    def insist(self, path, body, wait=time.sleep, **options):
        """Repeats a request until the answer is final. `wait` makes the pauses; None if it returns true."""
        for failures in itertools.count(1):
            answer = self.post(path, body, **options)
            if answer.final:
                return answer
            pause = answer.retry_after + 2 ** min(failures, 5) * random.uniform(0.5, 1)  # Jitter spreads the workers.
            if wait(0):
                return None
            log(f"{path}: {answer}; trying again in {pause:.1f} s")
            if wait(pause):
                return None


class Claim:
    """The right to do a job until the lease ends. Heartbeats extend the lease."""

    def __init__(self, server, job, now):
        self.server, self.id, self.fence = server, job["id"], job["fence"]
        until = calendar.timegm(time.strptime(job["lease_until"][:19], "%Y-%m-%dT%H:%M:%S"))
        self.lease = max(1, until - now)  # In seconds. Both times are of the server's clock.
        self.lost, self.ended = threading.Event(), threading.Event()
        self.latest, self.seq = "null", 0

    def progress(self, value):
        """Shows progress to the user: any JSON of at most 4,096 bytes. It is sent within about a second."""
        self.latest = json.dumps(value, allow_nan=False)

    def output(self, text):
        """Shows the next part of the output to the user. Returns when the server has it or the claim is lost."""
        for start in range(0, len(text), CHUNK):
            self.seq += 1
            answer = self.send("output", wait=self.lost.wait, seq=self.seq, text=text[start:start + CHUNK])
            if answer is None or answer.code in LOST:
                self.lost.set()
            elif not answer.ok:
                raise RuntimeError(f"the output is refused: {answer}")

    def send(self, action, wait=time.sleep, **fields):
        body = json.dumps({"fence": self.fence, **fields}, allow_nan=False)
        return self.server.insist(f"/api/jobs/{self.id}/{action}", body, wait)

    def run(self, job):
        """Does the job and reports the outcome."""
        threading.Thread(target=self.heartbeats, daemon=True).start()
        try:
            answer = self.report(job)
            log(f"{self.id}: {answer.json['state'] if answer.ok else answer}" if answer else f"{self.id}: claim lost")
        finally:
            self.ended.set()

    def report(self, job):
        """The answer to the report; None if the claim is lost."""
        try:
            outcome = work(job, self)
            if self.lost.is_set():
                return None
            answer = self.send("complete", sats_cost=outcome[0], result=outcome[1])
            if answer.status not in (400, 413):
                return answer
            log(f"{self.id}: the outcome is refused: {answer}")  # The result is too large, for example.
        except JobFailed as e:
            return None if self.lost.is_set() else self.send("fail", reason=e.reason, sats=e.sats)
        except BaseException:  # Includes SystemExit, which would end this thread.
            log(f"{self.id}: {traceback.format_exc()}")
        return None if self.lost.is_set() else self.send("fail", reason="worker_error")

    def heartbeats(self):
        """Extends the lease at each third of it, and within a second when there is new progress."""
        third = self.lease / 3
        sent, due = self.latest, time.monotonic() + third
        while not self.ended.wait(min(1, third)):
            now, latest = time.monotonic(), self.latest
            if now < due and latest == sent:
                continue
            body = f'{{"fence": {self.fence}, "progress": {latest}}}'
            answer = self.server.post(f"/api/jobs/{self.id}/heartbeat", body, timeout=max(1, third))
            if answer.ok:
                sent, due = latest, now + third
            elif answer.code in LOST:
                return self.lost.set()
            else:
                log(f"{self.id}: heartbeat: {answer}")
                self.latest = "null" if answer.status == 400 else latest  # The progress is too large.
                self.ended.wait(max(third / 4, answer.retry_after))


class Worker:
    def __init__(self, server, queues, jobs):
        self.server, self.queues = server, queues
        self.sockets, self.claims, self.fatal = set(), set(), "all threads have failed"
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.serve, daemon=True) for _ in range(jobs)]

    def serve(self):
        """Does one job after the other."""
        body = json.dumps({"queues": self.queues, "max": 1, "wait": WAIT})
        while not self.stopping.is_set():
            began = time.monotonic()
            answer = self.server.insist(
                "/api/jobs/claim", body, self.stopping.wait, timeout=WAIT + 10, sockets=self.sockets)
            if answer is None:
                return
            if answer.status in (401, 403):
                self.fatal = f"the token is refused: {answer}"
                return
            jobs = answer.json.get("jobs", [])
            for job in jobs:
                claim = Claim(self.server, job, answer.time)
                self.claims.add(claim)
                claim.run(job)
                self.claims.discard(claim)
            if not answer.ok:
                log(f"cannot claim: {answer}")
                self.stopping.wait(30)
            elif not jobs and time.monotonic() < began + WAIT - 1:  # A busy server does not wait.
                self.stopping.wait(1)

    def hang_up(self):
        """Ends the claims that wait for a job."""
        for waiting in list(self.sockets):
            with contextlib.suppress(OSError):  # It may have ended by itself.
                waiting.shutdown(socket.SHUT_RDWR)

    def run(self, grace):
        """Works until a signal; then waits for the running jobs, and hands back those that take too long."""
        try:
            for thread in self.threads:
                thread.start()
            # Thread.join() may take a thread for ended if a signal interrupts it.
            while any(thread.is_alive() for thread in self.threads):
                time.sleep(0.1)
            sys.exit(f"worker: {self.fatal}")
        except KeyboardInterrupt:
            self.stopping.set()
        end = time.monotonic() + grace
        with contextlib.suppress(KeyboardInterrupt):  # A second signal ends the grace time.
            self.hang_up()
            log(f"stopping, {len(self.claims)} jobs are running")
            while any(thread.is_alive() for thread in self.threads) and time.monotonic() < end:
                self.hang_up()
                time.sleep(0.1)
        for claim in list(self.claims):
            claim.lost.set()
            answer = self.server.post(f"/api/jobs/{claim.id}/release", json.dumps({"fence": claim.fence}), timeout=3)
            log(f"{claim.id}: {'handed back' if answer.ok else answer}")


def main():
    token = os.environ.get("SERVICE_TOKEN", "").strip()
    if not re.fullmatch("[!-~]+", token):
        sys.exit("worker: SERVICE_TOKEN must be a token of the scope worker")
    server = Server(os.environ.get("ENGINE_URL", "http://localhost:8080"), token)
    queues = [name.strip() for name in os.environ.get("WORKER_QUEUES", "default").split(",")]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Worker(server, queues, int(os.environ.get("WORKER_JOBS", "4"))).run(int(os.environ.get("WORKER_GRACE", "25")))


if __name__ == "__main__":
    main()
