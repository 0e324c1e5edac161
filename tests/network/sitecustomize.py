"""Refuses every connection that would leave this machine, and writes it down.

Python loads a module of this name at its start where this folder is on the path.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

_LOOPBACK = ("127.", "::1", "localhost")
_socket: Any = socket.socket
_module: Any = socket
_connect, _connect_ex, _getaddrinfo = _socket.connect, _socket.connect_ex, socket.getaddrinfo


def _refuse(host: object) -> None:
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text.startswith(_LOOPBACK) or text in ("", "None"):
        return
    log = os.environ.get("FOOTNOTE_TEST_CONNECTIONS")
    if log:  # a library may swallow the error
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123 - nothing more is imported
            file.write(text + "\n")
    print(f"refused a connection to {text}", file=sys.stderr)  # noqa: T201
    raise ConnectionRefusedError(f"tests may not connect to {text}")


def _check(connection: Any, address: Any) -> None:
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        _refuse(address[0])


def _checked_connect(connection: Any, address: Any) -> Any:
    _check(connection, address)
    return _connect(connection, address)


def _checked_connect_ex(connection: Any, address: Any) -> Any:
    _check(connection, address)
    return _connect_ex(connection, address)


def _checked_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    _refuse(host)
    return _getaddrinfo(host, *args, **kwargs)


_socket.connect = _checked_connect
_socket.connect_ex = _checked_connect_ex
_module.getaddrinfo = _checked_getaddrinfo
