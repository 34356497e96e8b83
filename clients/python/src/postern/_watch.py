"""Follows the service's feed of revocations."""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import grpc

from ._connection import Connection
from ._freshness import Freshness
from ._revocations import Revocations
from .auth.v1 import auth_service_pb2 as pb

# There is a heartbeat every second. A connection that is silent for longer is dead, whatever TCP says.
_SILENCE_SECONDS = 3.5
_CONNECT_SECONDS = 5.0
_FIRST_BACKOFF_SECONDS = 0.1
_MAX_BACKOFF_SECONDS = 2.0
# Of a key that may not watch: only a person can mend it.
_MAX_REFUSED_SECONDS = 15.0
_REFUSALS = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
# After a longer time without word the feed is read from its beginning. Longer than any `max_staleness`.
_RESUMABLE_SECONDS = 90.0
_EVICT_SECONDS = 30.0

log = logging.getLogger("postern")


class _NotUnderstood(Exception):
    pass


class Watch:
    """One thread that reads the stream and comes back whenever it ends. The only writer of `revocations`."""

    def __init__(
        self,
        connection: Connection,
        api_key: str,
        revocations: Revocations,
        freshness: Freshness,
        on_change: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._revocations = revocations
        self._freshness = freshness
        self._on_change = on_change
        self._stopping = threading.Event()
        self._call: Any = None
        self._resume_token = ""
        self._heard_at = -math.inf
        self._evicted_at = monotonic()
        self._silent_since = math.inf
        self._is_caught_up = False
        self._has_been_open = False
        self._is_new_stream = False
        self._is_refused = False
        self.reconnects = 0
        self.last_error = ""
        self._thread = threading.Thread(target=self._run, name="postern-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def resume(self, before: Watch) -> None:
        """Takes the feed up where another watch of the same process has left it."""
        self._resume_token, self._heard_at = before._resume_token, before._heard_at
        self._evicted_at = before._evicted_at
        self._has_been_open, self.reconnects = before._has_been_open, before.reconnects

    def close(self) -> None:
        self._stopping.set()
        call = self._call
        if call is not None:
            call.cancel()
        if self._thread.ident is not None:
            self._thread.join(2)

    def look_for_silence(self) -> None:
        """Ends a stream from which nothing has come for too long; called several times a second."""
        if monotonic() < self._silent_since:
            return
        self._silent_since = math.inf
        log.warning("postern: nothing came from the service; connecting anew")
        call = self._call
        if call is not None:
            call.cancel()
        self._connection.replace()

    def _run(self) -> None:
        backoff = _FIRST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception as error:
                # What it has done by then is not known: all is read again, after a pause.
                log.exception("postern: the feed of revocations could not be followed")
                self._start_over()
                self._is_caught_up = False
                self.last_error = f"{type(error).__name__}: {error}"
            if self._stopping.is_set():
                return
            if self._is_caught_up:
                backoff = _FIRST_BACKOFF_SECONDS
            # With jitter: the clients of a replica that stops do not come back at once.
            longest = _MAX_REFUSED_SECONDS if self._is_refused else _MAX_BACKOFF_SECONDS
            self._stopping.wait(min(longest, backoff) * random.uniform(0.5, 1))
            backoff = min(_MAX_REFUSED_SECONDS, backoff * 2)

    def _follow(self) -> None:
        began_at = monotonic()
        is_whole = self._resume_token == "" or began_at - self._heard_at > _RESUMABLE_SECONDS
        if is_whole:
            self._start_over()
        self._is_caught_up = self._is_refused = False
        self._silent_since = began_at + _CONNECT_SECONDS
        self._freshness.begin_stream()
        request = pb.WatchRevocationsRequest(resume_token=self._resume_token)
        self._is_new_stream = True
        try:
            self._call = call = self._connection.stub().WatchRevocations(request, metadata=self._metadata)
            if self._stopping.is_set():
                call.cancel()
            for message in call:
                self._silent_since = monotonic() + _SILENCE_SECONDS
                self._take(message, began_at, is_whole)
            self._note("the stream ended")
        except grpc.RpcError as error:
            self._is_refused = error.code() in _REFUSALS
            if error.code() == grpc.StatusCode.INVALID_ARGUMENT:
                # The resume token is of another service, or of one that has forgotten it.
                self._start_over()
            self._note(f"{error.code().name} {error.details() or ''}".strip())
        except _NotUnderstood as error:
            self._start_over()
            self._note(str(error))
        except (ConnectionError, ValueError) as error:
            self._note(str(error))
        finally:
            self._silent_since = math.inf
            call, self._call = self._call, None
            if call is not None:
                call.cancel()

    def _start_over(self) -> None:
        """Nothing is vouched for until the feed has been read from its beginning."""
        self._freshness.distrust()
        self._resume_token = ""

    def _note(self, error: str) -> None:
        # Once per kind of failure: a service that is away is not told of every second.
        if error != self.last_error and not self._stopping.is_set():
            log.warning("postern: the feed of revocations broke off: %s", error)
        self.last_error = error

    def _take(self, message: pb.WatchRevocationsResponse, began_at: float, is_whole: bool) -> None:
        now = monotonic()
        event = message.WhichOneof("event")
        if event == "revocation":
            self._take_revocation(message.revocation, now)
        elif event == "role_change":
            change = message.role_change
            self._revocations.change_roles(change.user_id, change.roles, now)
            self._on_change(change.user_id)
        elif event == "caught_up":
            if is_whole:
                self._revocations.forget_users_of_before(began_at)
            self._is_caught_up = True
        elif event == "heartbeat" and self._is_caught_up:
            fresh_at = message.heartbeat.fresh_at
            self._freshness.hear(fresh_at.seconds + fresh_at.nanos / 1e9)
            self.last_error = ""
            if self._is_new_stream:
                self._is_new_stream = False
                # Counted when it is of use again.
                self.reconnects += self._has_been_open
                self._has_been_open = True
            if now - self._evicted_at > _EVICT_SECONDS:
                self._evicted_at = now
                self._revocations.evict(now)
        # As long as the beginning is not complete the service sends the token that was asked with.
        self._resume_token = message.resume_token
        if self._is_caught_up:
            self._heard_at = now

    def _take_revocation(self, revocation: pb.Revocation, now: float) -> None:
        target = revocation.WhichOneof("target")
        if target == "session_id":
            self._revocations.end_session(revocation.session_id, now)
            self._on_change(revocation.session_id)
        elif target == "user_id":
            self._revocations.end_user(revocation.user_id, revocation.reason, now)
            self._on_change(revocation.user_id)
        else:
            # Of a later version. What it ends cannot be known here, so nothing is vouched for until all is read again.
            raise _NotUnderstood("the feed revokes something that this version does not know")
