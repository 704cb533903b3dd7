"""The emulator under test, and what can be told to it (/_emulate/)."""

import os

import requests

URL = os.environ["JWKS_INTEROP_URL"]
CALLBACK = "http://127.0.0.1/callback"
WORKER = ("client_worker", "s3cret +%:&=/ü")
WEB = ("client_web", "web-secret")


def control(method, path, body=None):
    answer = requests.request(method, f"{URL}/_emulate/{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def reset():
    control("POST", "reset")


def rotate(mode):
    control("POST", "keys/rotate", {"mode": mode})


def mint(**request):
    return control("POST", "tokens", request)["token"]


def key_set():
    return requests.get(f"{URL}/.well-known/jwks.json", timeout=30).json()


def visit(url):
    """Follows the login page, which lets in the first user; returns where it sends the browser."""
    answer = requests.get(url, allow_redirects=False, timeout=30)
    return answer.headers["location"]
