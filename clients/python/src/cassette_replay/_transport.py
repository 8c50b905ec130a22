"""Requests: who asks, what is asked again, and what a refusal becomes.

What is asked again:

- 429, whatever the method: nothing was done. After ``Retry-After``, if that is not longer than the caller waits.
- 5xx and broken connections, where asking twice does the same as asking once (``idempotent``). Not 502 with the code
  ``recording_blocks_unavailable``: these bytes are lost, and waiting brings none back.

Redirects are not followed: the key goes to the host that it was given for and to no other.
"""

from __future__ import annotations

import datetime
import email.utils
import random
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence, Tuple, Union

import httpx

from ._version import __version__
from .errors import ApiError, ConnectionFailed, from_answer

Params = Sequence[Tuple[str, str]]
Content = Union[bytes, Iterator[bytes]]

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 8.0
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Transport:
    """One connection pool, one key."""

    def __init__(
        self,
        host: str,
        api_key: str,
        *,
        timeout: float,
        retries: int,
        longest_retry_after: float,
    ) -> None:
        url = httpx.URL(host)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"host must look like https://replay.example, got {host!r}")
        if not api_key:
            raise ValueError("api_key is empty: a personal API key (phx_…) is wanted")
        self.host = str(url).rstrip("/")
        self._retries = retries
        self._longest_retry_after = longest_retry_after
        self._http = httpx.Client(
            base_url=self.host,
            timeout=timeout,
            follow_redirects=False,
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": f"cassette-replay-python/{__version__}"},
        )

    def close(self) -> None:
        self._http.close()

    def get_json(self, path: str, params: Params = ()) -> Any:
        return self.request("GET", path, params=params)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        content: Optional[Callable[[], Content]] = None,
        headers: Optional[Mapping[str, str]] = None,
        idempotent: Optional[bool] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        """The answer's JSON; None where it has no body. ``content`` is called for each attempt, so that a file begins anew."""
        again = method in IDEMPOTENT if idempotent is None else idempotent

        def once() -> httpx.Response:
            built = self._build(method, path, params, json, content() if content else None, headers, timeout)
            return self._http.send(built)

        response = self._until_answered(once, again)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise ConnectionFailed(f"{method} {path} was answered {response.status_code} without JSON") from error

    @contextmanager
    def stream(
        self, path: str, params: Params = (), headers: Optional[Mapping[str, str]] = None
    ) -> Iterator[httpx.Response]:
        """An answer whose body is read piece by piece. Tried again until it begins, not after that."""

        def once() -> httpx.Response:
            return self._http.send(self._build("GET", path, params, None, None, headers, None), stream=True)

        response = self._until_answered(once, True)
        try:
            yield response
        except httpx.TransportError as error:
            raise ConnectionFailed(f"the answer to GET {path} broke off: {error or type(error).__name__}") from error
        finally:
            response.close()

    def wait(self, attempt: int) -> None:
        """Between two attempts: longer each time, and never the same for all who wait."""
        most = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)
        time.sleep(most * random.uniform(0.5, 1.0))

    @property
    def retries(self) -> int:
        return self._retries

    def _build(
        self,
        method: str,
        path: str,
        params: Params,
        json: Any,
        content: Optional[Content],
        headers: Optional[Mapping[str, str]],
        timeout: Optional[float],
    ) -> httpx.Request:
        more: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        return self._http.build_request(
            method, path, params=list(params) or None, json=json, content=content, headers=dict(headers or {}), **more
        )

    def _until_answered(self, once: Callable[[], httpx.Response], again: bool) -> httpx.Response:
        attempt = 0
        while True:
            last = attempt >= self._retries
            try:
                response = once()
            except httpx.TransportError as error:
                if last or not again:
                    raise ConnectionFailed(f"{self.host} did not answer: {error or type(error).__name__}") from error
                self.wait(attempt)
            else:
                if response.status_code < 300 or response.status_code == 304:
                    return response
                error_answered = _refusal(response)
                if last or not self._wait_for(error_answered, again, attempt):
                    raise error_answered
            attempt += 1

    def _wait_for(self, error: ApiError, again: bool, attempt: int) -> bool:
        """Waits, and says whether to ask again."""
        if error.status == 429:
            if error.retry_after is None:
                self.wait(attempt)
            elif error.retry_after <= self._longest_retry_after:
                time.sleep(error.retry_after)
            else:
                return False
            return True
        if not again or error.status < 500 or error.code == "recording_blocks_unavailable":
            return False
        if error.retry_after is not None and error.retry_after <= self._longest_retry_after:
            time.sleep(error.retry_after)
        else:
            self.wait(attempt)
        return True


def _refusal(response: httpx.Response) -> ApiError:
    try:
        content = response.read()
    except httpx.TransportError:
        content = b""
    finally:
        response.close()
    return from_answer(response.status_code, content, retry_after_seconds(response.headers.get("retry-after")))


def retry_after_seconds(value: Optional[str], now: Optional[datetime.datetime] = None) -> Optional[float]:
    """``Retry-After`` in seconds: a number, or a date; None where it is neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return seconds if 0 <= seconds < float("inf") else None
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.timezone.utc)
    return max(0.0, (at - (now or datetime.datetime.now(datetime.timezone.utc))).total_seconds())
