"""A small server on this machine that speaks the OpenAI chat protocol: a chat model to develop with, offline.

Run as `python -m eval.model_server`, and give the chat what it prints. What it answers is scripted: by itself
it quotes the first evidence that it is given; tests script it to behave well and to misbehave.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = Mapping[str, Any]
_PIECE = 7
_SENTENCE = re.compile(r".+?[.!?](?=\s|$)|.+$", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    `text` and `calls` (name, arguments as text) are the message; `status` other than 200 is an error. A stream
    is `cut` after so many pieces; `hang` is slept before the first, `pause` before each.
    """

    text: str = ""
    calls: Sequence[tuple[str, str]] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    hang: float = 0.0
    pause: float = 0.0
    raw: bytes | None = None


Script = Callable[[Request, int], Reply]
"""What to reply to a request; the number counts the requests from 0."""


def evidence_of(request: Request) -> list[dict[str, str]]:
    """The evidence that a request's messages hold, in their order."""
    found: list[dict[str, str]] = []
    for message in request["messages"]:
        content = message.get("content") or ""
        start = content.find("Evidence at hand: ")
        said = content[start:].removeprefix("Evidence at hand: ") if start >= 0 else content
        with contextlib.suppress(ValueError, TypeError, KeyError):
            found += json.loads(said)["evidence"]
    return found


def quoting(request: Request, number: int) -> Reply:
    """The first sentence of the first evidence, after a search where there is none."""
    evidence = evidence_of(request)
    if not evidence and not number and request.get("tools"):
        question = str(request["messages"][-1]["content"]).split("\n", maxsplit=1)[0]
        return Reply(calls=[("search_article", json.dumps({"query": question}))])
    if not evidence:
        return Reply("NO ANSWER")
    first = evidence[0]
    sentence = _SENTENCE.search(first["text"])
    return Reply(f"{sentence.group().strip() if sentence else ''} [{first['id']}]")


class ModelServer:
    """The server; a context manager. `url` is what clients are given, `requests` what they sent."""

    def __init__(self, script: Script = quoting, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.keys: list[str] = []
        self.broken = threading.Event()
        self._script = script
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def reply(self, request: Request, key: str) -> Reply:
        """What the script says to a request."""
        self.requests.append(request)
        self.keys.append(key)
        return self._script(request, len(self.requests) - 1)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: ModelServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        request = json.loads(self.rfile.read(size))
        owner = self.server.owner
        reply = owner.reply(request, self.headers.get("authorization", ""))
        time.sleep(reply.hang)
        try:
            if reply.raw is not None or reply.status != 200 or not request.get("stream"):
                self._whole(reply)
            else:
                self._streamed(reply)
        except (BrokenPipeError, ConnectionResetError):
            owner.broken.set()
            self.close_connection = True

    def _whole(self, reply: Reply) -> None:
        body = reply.raw
        if body is None and reply.status != 200:
            body = json.dumps({"error": {"message": "as scripted", "type": "scripted"}}).encode()
        elif body is None:
            body = json.dumps(_completion(reply)).encode()
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _streamed(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, piece in enumerate(_pieces(reply)):
            if number == reply.cut:
                return
            time.sleep(reply.pause)
            self.wfile.write(b"data: " + json.dumps(piece).encode() + b"\n\n")
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "index": number,
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for number, (name, arguments) in enumerate(reply.calls)
    ]


def _usage(reply: Reply) -> dict[str, int]:
    written = max(1, len(reply.text) // 4)
    return {"prompt_tokens": 100, "completion_tokens": written, "total_tokens": 100 + written}


def _completion(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    reason = "tool_calls" if reply.calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return _envelope("chat.completion", [choice]) | {"usage": _usage(reply)}


def _pieces(reply: Reply) -> Iterator[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [
        {"content": reply.text[at : at + _PIECE]} for at in range(0, len(reply.text), _PIECE)
    ]
    deltas += [{"tool_calls": [call]} for call in _calls(reply)]
    for delta in deltas:
        yield _envelope(
            "chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": None}]
        )
    reason = "tool_calls" if reply.calls else "stop"
    yield _envelope("chat.completion.chunk", [{"index": 0, "delta": {}, "finish_reason": reason}])
    yield _envelope("chat.completion.chunk", []) | {"usage": _usage(reply)}


def _envelope(kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "scripted", "object": kind, "created": 0, "model": "scripted", "choices": choices}


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m eval.model_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    with ModelServer(port=parser.parse_args().port) as server:
        print(
            f"FOOTNOTE_MODEL_URL={server.url} make chat ARGS='--model openai:scripted'", flush=True
        )
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
