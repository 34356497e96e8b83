"""The connection to the service: one channel, which is replaced when its connection has gone dumb."""

from __future__ import annotations

import threading
from typing import Optional

import grpc

from .auth.v1.auth_service_pb2_grpc import AuthServiceStub

# A channel tries to connect again within 2 s (the default grows to 2 minutes), and a try ends after 3 s. A pool of its
# own, so that a new channel has a new connection and not the dead one of its predecessor.
_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 3000),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
]


class Connection:
    def __init__(self, address: str, credentials: Optional[grpc.ChannelCredentials]) -> None:
        self._address = address
        self._credentials = credentials
        self._lock = threading.Lock()
        self._channel: Optional[grpc.Channel] = None
        self._stub: Optional[AuthServiceStub] = None
        self._is_closed = False

    def stub(self) -> AuthServiceStub:
        with self._lock:
            if self._is_closed:
                raise ConnectionError("the client is closed")
            if self._stub is None:
                self._channel = self._open()
                self._stub = AuthServiceStub(self._channel)  # type: ignore[no-untyped-call]
            return self._stub

    def _open(self) -> grpc.Channel:
        if self._credentials is None:
            return grpc.insecure_channel(self._address, options=_OPTIONS)
        return grpc.secure_channel(self._address, self._credentials, options=_OPTIONS)

    def replace(self) -> None:
        """The next call opens a new connection; calls on the old one are cancelled."""
        with self._lock:
            channel, self._channel, self._stub = self._channel, None, None
        if channel is not None:
            channel.close()

    def close(self) -> None:
        self._is_closed = True
        self.replace()
