"""The bounded cache of verified tokens."""

from __future__ import annotations

from typing import Generic, Optional, TypeVar

Entry = TypeVar("Entry")


class GenerationalCache(Generic[Entry]):
    """Entries by the whole text of their token, in two generations: a full young one becomes the old one.

    An entry of the old generation that is found moves to the young one, so what is in use stays. Looking up takes no
    lock. Holds no refusals: they would let anyone who sends rubbish evict the rest.
    """

    def __init__(self, max_entries: int, max_bytes: float) -> None:
        self._entries_per_generation = max(1, max_entries // 2)
        self._bytes_per_generation = max_bytes / 2
        self._bytes = 0
        self.young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}

    def find(self, token: str) -> Optional[Entry]:
        entry = self.young.get(token)
        if entry is not None:
            return entry
        entry = self._old.pop(token, None)
        if entry is not None:
            self.add(token, entry)
        return entry

    def add(self, token: str, entry: Entry) -> None:
        if len(self.young) >= self._entries_per_generation or self._bytes > self._bytes_per_generation:
            self._old = self.young
            self.young = {}
            self._bytes = 0
        self.young[token] = entry
        self._bytes += len(token)

    def delete(self, token: str) -> None:
        self.young.pop(token, None)
        self._old.pop(token, None)

    def __len__(self) -> int:
        return len(self.young) + len(self._old)
