"""Downloads: a file gets its name when it is whole.

The stored file has a tag and ranges, so that a transfer that broke off is taken up where it ended. Beside ``PATH.partial`` stands
``PATH.partial.tag`` with the tag of what is in it; without that, or if the server's file is another one by now, it begins anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

import httpx

from ._transport import Transport
from .errors import ApiError, CassetteError, ConnectionFailed, DamagedRecording

STORED = "ndjson.zst"
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


def download(
    transport: Transport, url_path: str, path: Union[str, os.PathLike[str]], format: str, overwrite: bool
) -> int:
    target = Path(path)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} is there already; overwrite=True replaces it")
    partial = target.with_name(target.name + ".partial")
    attempt = 0
    while True:
        had = _size(partial)
        try:
            size = _attempt(transport, url_path, partial, _params(format), format == STORED)
        except ConnectionFailed:
            attempt = 0 if format == STORED and _size(partial) > had else attempt + 1
            if attempt > transport.retries:
                raise
            transport.wait(attempt)
            continue
        _check_end(partial, format)
        os.replace(partial, target)
        _tag_file(partial).unlink(missing_ok=True)
        return size


def _params(format: str) -> List[Tuple[str, str]]:
    for ending, compression in COMPRESSIONS.items():
        if format.endswith(ending) and format != STORED:
            return [("format", format[: -len(ending)]), ("compression", compression)]
    return [("format", format)]


def _attempt(transport: Transport, url_path: str, partial: Path, params: List[Tuple[str, str]], resumes: bool) -> int:
    """One request; returns the size of the whole file."""
    start, headers = _resume(partial) if resumes else (0, {})
    headers["Accept-Encoding"] = "identity"
    try:
        with transport.stream(url_path, params, headers) as response:
            start = start if response.status_code == 206 else 0
            whole = _whole_size(response, start)
            tag = response.headers.get("etag")
            if resumes and tag and not tag.startswith("W/"):
                _tag_file(partial).write_text(tag, encoding="ascii")
            else:
                _tag_file(partial).unlink(missing_ok=True)
            with open(partial, "r+b" if start else "wb") as out:
                out.seek(start)
                out.truncate()
                for piece in response.iter_raw():
                    out.write(piece)
    except ApiError as error:
        if error.status != 416 or not start:
            raise
        # What lies here is as long as the file, or longer: nobody can tell, so it begins anew.
        partial.unlink(missing_ok=True)
        return _attempt(transport, url_path, partial, params, resumes)
    size = _size(partial)
    if whole is not None and size != whole:
        raise ConnectionFailed(f"{size} of {whole} bytes arrived")
    return size


def _resume(partial: Path) -> Tuple[int, Dict[str, str]]:
    size = _size(partial)
    try:
        tag = _tag_file(partial).read_text(encoding="ascii")
    except (OSError, ValueError):
        return 0, {}
    if not size or not tag:
        return 0, {}
    return size, {"Range": f"bytes={size}-", "If-Range": tag}


def _whole_size(response: httpx.Response, start: int) -> Optional[int]:
    """The size of the whole file, where the answer tells it: a conversion's is known at its end only."""
    if response.status_code == 206:
        unit, _, rest = response.headers.get("content-range", "").partition(" ")
        span, _, whole = rest.partition("/")
        if unit != "bytes" or span.partition("-")[0] != str(start) or not whole.isdigit():
            raise CassetteError(f"asked for bytes from {start} on, got {response.headers.get('content-range')!r}")
        return int(whole)
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _check_end(partial: Path, format: str) -> None:
    """Plain lines tell by their end whether they are whole, even where nothing else does."""
    if format != "ndjson":
        return
    with open(partial, "rb") as file:
        file.seek(max(0, _size(partial) - 4096))
        last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    if b'"end"' not in last:
        raise DamagedRecording(f"{partial} does not end with the end line of a recording")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _tag_file(partial: Path) -> Path:
    return partial.with_name(partial.name + ".tag")
