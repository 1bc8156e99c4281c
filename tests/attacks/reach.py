"""Everything that one signed-in person can reach: each address without an id, then along every link.

A further door adds its addresses to `STARTS` and, if its answers name others in their own way, a pattern to `LINKS`.
"""

import functools
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdf
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve, reverse

from tests.attacks.asked import Asked
from tests.web import scene as scenes
from tests.whole import SOAK

ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
STARTS = [
    reverse(name)
    for name, pattern in ROUTES.items()
    if not scenes.names_in(pattern) and scenes.deed_of(pattern) is None and name != "account_logout"
]
LINKS = (rb'(?:href|action|src|hx-get)="(/[^"#]*)', rb'"(?:url|href|next)": ?"(/[^"]*)"')
OF_EACH_KIND = 3 if SOAK else 2
SEARCHES = {"words", "q"}


def reached(browser: Client, asked: Asked, *, of_each: int = OF_EACH_KIND) -> Iterator[tuple[str, Any]]:
    """(address, answer) of every page, list, search, file and JSON; of each kind some, all of those without an id."""
    waiting = [*STARTS]
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if path in seen or not kind or kinds.get(kind, 0) >= (of_each if kind != "file" else 4 * of_each):
            continue
        seen.add(path)
        if path.partition("?")[0] not in STARTS:
            kinds[kind] = kinds.get(kind, 0) + 1
        asked.names.clear()
        answer = browser.get(path)
        if path in STARTS and asked.names & SEARCHES:  # others would say the same again
            waiting.append(f"{path}?words=a&q=a")
        yield path, answer
        if answer.status_code == 200:
            for pattern in LINKS:
                waiting += [link.decode().replace("&amp;", "&") for link in re.findall(pattern, answer.content)]


def kind_of(path: str) -> str:
    """The route's name; empty for what is no page: style sheets, deeds, signing out."""
    try:
        found = resolve(path.partition("?")[0])
    except Resolver404:
        return ""
    name = str(found.url_name)
    return "" if name == "account_logout" or scenes.deed_of(ROUTES[name]) is not None else name


def text_of(answer: Any) -> str:
    """All that an answer says: its headers, its body, and what a PDF or an archive holds inside."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return headers + "\n" + inside(answer.content)


@functools.lru_cache(maxsize=200)  # many people are handed the same papers
def inside(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            return "\n".join(f"{name}\n{inside(zipped.read(name))}" for name in zipped.namelist())
    return content.decode(errors="replace")
