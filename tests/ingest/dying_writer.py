"""Writers and readers of an index that run in processes of their own, where they can be killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from ingest.build import ingest
from ingest.embed import Embedder, Vectors
from ingest.index import Index
from ingest.versions import writing

PATIENCE = 60
"""Seconds after which a process that should have ended, or said something, is taken to hang."""


class TinyEmbedder(Embedder):
    """A true embedder in all but meaning: one unit vector of 16 numbers for each text, always the same.

    For tests of writing, reading and dying, which are not about what the vectors say: without it every
    process would import sentence_transformers for seven seconds.
    """

    def __init__(self) -> None:
        super().__init__("tiny")
        self.encoded: list[str] = []

    def load(self) -> None:
        pass

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.array([_vector(text) for text in texts], np.float32).reshape(-1, 16)
        if progress is not None:
            progress(len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, np.float32)


def _vector(text: str) -> Vectors:
    seed = int.from_bytes(sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=16).astype(np.float32)


def start(
    target: Callable[..., None], *arguments: object
) -> tuple[BaseProcess, Connection[str, str]]:
    """Start `target(connection, *arguments)` in a process of its own; also our end of the connection.

    The processes are forked off one that has the libraries imported and nothing else done.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "bm25s", "chromadb.api.client", "chromadb.api.rust"])
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def heard(connection: Connection[str, str]) -> list[str]:
    """All that a process says until it ends."""
    said = []
    try:
        while connection.poll(PATIENCE):
            said.append(connection.recv())
    except (EOFError, ConnectionResetError):
        return said
    raise TimeoutError(f"the process said {said} and then nothing more")


def write(
    connection: Connection[str, str], paths: Sequence[Path], directory: Path, die: str
) -> None:
    """Ingest, telling each fault point that is reached, and be killed at the one named `die`."""

    def reached(point: str) -> None:
        connection.send(point)
        if point == die:
            os.kill(os.getpid(), signal.SIGKILL)

    ingest(paths, directory, embedder=TinyEmbedder(), reached=reached)


def keep_writing(
    connection: Connection[str, str], path: Path, texts: Sequence[str], directory: Path
) -> None:
    """Give a file one text after the other, and ingest it each time, without end."""
    embedder = TinyEmbedder()
    for number in count():
        path.write_text(texts[number % len(texts)], "utf-8")
        connection.send("writing")
        ingest([path], directory, embedder=embedder, wait=PATIENCE)


def hold_open(connection: Connection[str, str], directory: Path) -> None:
    """Open the index as a reader does, and keep it."""
    index = Index.open(directory, model="tiny")
    connection.send(f"opened {len(index.passages)} passages")
    time.sleep(PATIENCE)


def hold_the_lock(connection: Connection[str, str], directory: Path, seconds: float) -> None:
    """Be a writer that takes its time."""
    with writing(directory, lambda _: None):
        connection.send("writing")
        time.sleep(seconds)
