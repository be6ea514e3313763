"""Whether an answer is one that the description has: every request of these tests is looked at."""

import functools
import re
from urllib.parse import urlsplit

import requests


@functools.lru_cache(maxsize=64)
def description(url):
    """Of the server there; nothing where it is older than its description."""
    try:
        answer = requests.get(f"{url}/openapi.json", timeout=10, proxies={"http": ""})
    except requests.RequestException:
        return None
    return answer.json()["paths"] if answer.status_code == 200 else None


def operation(paths, method, path):
    """Literal segments go before parameters, as in the router."""
    for pattern in sorted(paths, key=lambda name: name.count("{")):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(pattern)), path):
            item = paths[pattern]
            return item.get(method.lower()) or (item.get("get") if method == "HEAD" else None)
    return None


def check(response, *_, **__):
    """A hook of requests' sessions."""
    asked = urlsplit(response.request.url)
    paths = description(f"{asked.scheme}://{asked.netloc}")
    found = operation(paths, response.request.method, asked.path) if paths else None
    if found is None:
        return
    what = f"{response.request.method} {asked.path}: {response.status_code}"
    assert str(response.status_code) in found["responses"], f"{what} is not described"
    if response.headers.get("Content-Type") == "application/problem+json" and response.request.method != "HEAD":
        code = response.json()["code"]
        assert code in found["x-error-codes"], f"{what} {code} is not described"
