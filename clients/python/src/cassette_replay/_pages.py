"""Lists of ``results`` that come page by page with ``limit`` and ``offset``."""

from __future__ import annotations

from typing import Any, Dict, Iterator

from ._transport import Params, Transport


def by_offset(transport: Transport, path: str, params: Params, page_size: int) -> Iterator[Dict[str, Any]]:
    """Every result. The addresses in ``next`` are not followed, only looked at: the key goes where it was meant to go."""
    offset = 0
    while True:
        page = [("limit", str(page_size)), ("offset", str(offset))]
        answer = transport.get_json(path, [*params, *page])
        results = answer.get("results") or []
        yield from results
        offset += len(results)
        if not results or not answer.get("next"):
            return
