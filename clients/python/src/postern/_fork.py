"""Lets clients survive a fork of the process, of which gRPC's threads and calls know nothing."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import threading
import weakref
from time import monotonic, sleep
from typing import Protocol

import grpc

_REST_SECONDS = 0.5


class Forkable(Protocol):
    def suspend(self) -> bool:
        """Ends every thread and call; whether there were any. Nothing begins before `resume`."""

    def resume(self, *, is_child: bool) -> None: ...

    def close(self) -> None: ...


_clients: weakref.WeakSet[Forkable] = weakref.WeakSet()
_suspended: list[Forkable] = []
_is_registered = threading.Lock()


def survive(client: Forkable) -> None:
    """From now on the client is suspended before a fork, and closed at the end of the interpreter."""
    _clients.add(client)
    if not _is_registered.acquire(blocking=False):
        return
    atexit.register(_close_all)
    if not hasattr(os, "register_at_fork"):
        return
    # gRPC registers its handlers with its first channel. Handlers run in the reverse order before a fork, and gRPC's
    # hold up the threads that are to be ended here: ours must be registered after them.
    grpc.insecure_channel("localhost:1").close()
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _after_fork(is_child=False),
        after_in_child=lambda: _after_fork(is_child=True),
    )


def _before_fork() -> None:
    _suspended[:] = list(_clients)
    had_threads = [client.suspend() for client in _suspended]
    if any(had_threads):
        _await_rest()


def _await_rest() -> None:
    """Waits until the threads of gRPC have ended, which they do behind the last channel without telling.

    A child that is forked before hangs or aborts in its first call. What others do with gRPC in this process keeps its
    threads alive, so there is a bound.
    """
    # A call and its callbacks hold each other, and with them the channel.
    gc.collect()
    end = monotonic() + _REST_SECONDS
    with contextlib.suppress(OSError):  # only Linux has this folder
        while len(os.listdir("/proc/self/task")) > threading.active_count() and monotonic() < end:
            sleep(0.001)


def _after_fork(*, is_child: bool) -> None:
    for client in _suspended:
        client.resume(is_child=is_child)
    _suspended.clear()


def _close_all() -> None:
    for client in list(_clients):
        client.close()
