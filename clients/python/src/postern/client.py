"""The synchronous client."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, sleep
from types import TracebackType
from typing import Optional

import grpc

from ._core import Core, raised
from ._options import check_options
from ._local import Answer
from .principal import Principal

_READY_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Stats:
    """The numbers of a client, at one moment."""

    answers: dict[tuple[str, str], int] = field(default_factory=dict)
    """Answers by way (`local`, `remote`) and outcome (`ACCEPTED` or a reason)."""
    is_local: bool = False
    """Whether an access token would be answered by this process."""
    staleness: float = 0.0
    """The age of the last heartbeat, in seconds; infinite before the first."""
    watch_reconnects: int = 0
    last_watch_error: str = ""
    """Empty while the feed is well."""
    cached_tokens: int = 0
    cached_api_keys: int = 0
    known_revocations: int = 0
    batch_calls: int = 0
    key_set_reads: int = 0
    open_calls: int = 0


class BaseClient:
    """What both clients have. Open one for each process; it is safe for threads, and it survives a fork."""

    def __init__(
        self,
        address: str,
        *,
        api_key: Optional[str] = None,
        mode: str = "auto",
        jwks_url: Optional[str] = None,
        issuer: str = "postern",
        audience: str = "postern",
        token_type: str = "at+jwt",
        max_staleness: float = 2.5,
        max_cached_tokens: int = 40_000,
        max_token_lifetime: float = 3_600,
        call_timeout: float = 5.0,
        credentials: Optional[grpc.ChannelCredentials] = None,
    ) -> None:
        """Opens the client and returns at once; until keys and feed are read, the service is asked.

        address: `HOST:PORT` of the service's gRPC port. api_key: of a service account with the role `service`.
        mode: `auto` answers from memory while the feed is fresh and asks the service otherwise; `local` never asks;
        `remote` always does. jwks_url: port 8080 of the same host unless given. issuer, audience, token_type: as
        JWT_ISSUER, JWT_AUDIENCE and JWT_TYP of the service. max_staleness: seconds without word from the service,
        from 0.1 to 60. max_token_lifetime: seconds; tokens that live longer are asked of the service. call_timeout:
        seconds. credentials: for TLS. Raises ValueError for an option that cannot be meant so.
        """
        self._core = Core(
            check_options(
                address,
                api_key=api_key,
                mode=mode,
                jwks_url=jwks_url,
                issuer=issuer,
                audience=audience,
                token_type=token_type,
                max_staleness=max_staleness,
                max_cached_tokens=max_cached_tokens,
                max_token_lifetime=max_token_lifetime,
                call_timeout=call_timeout,
                credentials=credentials,
            )
        )

    def answer_now(self, token: str) -> Optional[Answer]:
        """The principal or the refusal, as a value, if it is in memory; None if it has to be found out."""
        return self._core.answer_now(token)

    def stats(self) -> Stats:
        core = self._core
        state = core.state
        return Stats(
            answers=dict(core.counts),
            is_local=core.is_local(),
            staleness=state.freshness.staleness(),
            watch_reconnects=state.watch.reconnects,
            last_watch_error=state.watch.last_error,
            cached_tokens=len(state.local.tokens),
            cached_api_keys=len(state.local.api_keys),
            known_revocations=len(state.revocations),
            batch_calls=core.batch_calls,
            key_set_reads=state.keys.reads,
            open_calls=len(core.open_calls),
        )

    def _obstacle(self) -> str:
        state = self._core.state
        if state.watch.last_error:
            return f"the feed of revocations: {state.watch.last_error}"
        if not state.keys.is_usable():
            return "no keys are published (JWT_ALGORITHM=HS256?), or jwks_url cannot be read"
        return "the feed has not caught up"


class Client(BaseClient):
    """Answers who is behind an access token or an API key, from memory where it can."""

    def validate(self, token: str) -> Principal:
        """Who is behind a token or an API key.

        Raises Unauthenticated with the reason why nobody is, Unavailable when nobody could tell.
        """
        answer = self._core.answer_now(token)
        if isinstance(answer, Principal):
            return answer
        return raised(answer if answer is not None else self._core.answer(token)[0])

    def answer(self, token: str) -> Answer:
        """What `validate` returns or raises, as a value."""
        return self._core.answer(token)[0]

    def ready(self, timeout: float = 10.0) -> None:
        """Returns when tokens are answered from memory. Raises TimeoutError that says what stands in the way."""
        deadline = monotonic() + timeout
        while self._core.options.mode != "remote" and not self._core.is_local():
            if monotonic() >= deadline:
                raise TimeoutError(f"Tokens cannot be answered here: {self._obstacle()}")
            sleep(_READY_POLL_SECONDS)

    def close(self) -> None:
        """Ends open streams; from now on every answer is Unavailable."""
        self._core.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
