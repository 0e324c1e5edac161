"""The command line: `footnote ingest | ask | articles | chat | verify | eval`.

Standard output holds the answer and nothing else. Whatever is wrong is one line on standard error, and
the exit code says whose fault it is: 0 an answer or an abstention, 1 ours, 2 a mistake in the input,
3 a verification or a gate that did not hold; 130 after Ctrl-C, 141 where nobody reads our output any more.

What is heavy is imported inside the commands, so that `footnote --help` is quick.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.errors import FootnoteError

if TYPE_CHECKING:
    from ingest.build import Progress
    from ingest.library import Entry
    from rag.answer import Answer
    from rag.pipeline import Chatbot
    from rag.settings import Settings

OURS, INPUT, NOT_VERIFIED, INTERRUPTED, NO_READER = 1, 2, 3, 130, 141
_WRITE_ONE = "write one with: footnote ask QUESTION --json"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Answers questions about an article; every answer cites what it stands on.",
)
articles = typer.Typer(
    rich_markup_mode=None,
    help="List the articles of your library; choose or remove one.",
)
app.add_typer(articles, name="articles")

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="An index directory, in place of your library."),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="A chat model, such as openai:NAME; else FOOTNOTE_MODEL."
    ),
]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="Number in the list, name, or start of a name.")
]


def main() -> None:
    """Run the command line and exit."""
    code = run()
    if threading.active_count() > 1:
        # Of the chat's threads one may be in Rust (Chroma, the tokenizer); if it comes back while Python
        # is taken down, that aborts the process. What has to be closed or deleted is by now.
        _leave(code)
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command (of `sys.argv` where no arguments are given) and return its exit code."""
    _never_fail_to_print()
    _say_warnings()
    try:
        code = app(args=arguments, prog_name="footnote", standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # Typer exits like this for a broken pipe only
        _discard_output()
        return NO_READER
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except typer.TyperException as error:
        return _usage_error(error)
    except FootnoteError as error:
        return _fault(error, str(error), INPUT)
    except Exception as error:  # noqa: BLE001 - the last resort: a line in place of a traceback
        text = f"internal error: {type(error).__name__}: {error}"
        hint = "" if _debugging() else "; set FOOTNOTE_DEBUG=1 for the traceback"
        return _fault(error, text + hint, OURS)
    if code == INTERRUPTED:
        _say("interrupted")
    return int(code or 0)


def _leave(code: int) -> None:
    """End the process at once, whatever its other threads do."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _print_version(asked: bool) -> None:
    if asked:
        _print(f"footnote {_version()}")
        raise typer.Exit


@app.callback()
def _footnote(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """What stands before a command."""


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Plain text or Markdown.")],
    index: IndexOption = None,
    glossary: Annotated[
        Path | None,
        typer.Option(
            "--glossary", metavar="FILE", help="Terms that readers use, and the article's own."
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Read files of any size, and go on without what a damaged index has lost.",
        ),
    ] = False,
) -> None:
    """Read articles. Without --index each becomes an entry of your library, the last one current."""
    from ingest.build import Ingested
    from ingest.build import ingest as build
    from ingest.embed import Embedder
    from ingest.glossary import Glossary
    from ingest.library import Library
    from ingest.load import load
    from rag.settings import Settings

    embedder = Embedder(Settings.from_env().embedding_model)
    terms = Glossary.load(glossary) if glossary is not None else None
    library = Library()

    def report(results: Sequence[Ingested]) -> None:
        for result in results:
            document = result.document
            encoding = ""
            if document.encoding != "utf-8":
                encoding = f", read as {document.encoding} (save it as UTF-8 if letters are wrong)"
            counts = [
                _count(result.passages, "passage"),
                _count(len(document.tables), "table"),
                _count(len(document.references), "reference"),
            ]
            same = f"the same text as {_clean(result.same_as)}, " if result.same_as else ""
            _print(f"{result.status} {_clean(document.name)}: {same}{', '.join(counts)}{encoding}")

    def build_index(paths: Sequence[Path], directory: Path) -> None:
        with _progress() as progress:
            results = build(
                paths, directory, embedder=embedder, glossary=terms, force=force, progress=progress
            )
        report(results)
        with closing(_open(directory)) as chatbot:
            chatbot.prepare()

    if index is not None:
        build_index(files, index)
        return
    if len(files) > 1:
        for file in files:
            load(file, force=force)
    for file in files:
        build_index([file], library.place_for(file))
    current = library.choose(library.place_for(files[-1]).name)
    _print(f"current article: {_described(current)}")
    if len(files) > 1:
        _say("each file is an article of its own; to ask several together, use --index DIR")


@app.command()
def ask(
    question: Annotated[
        str,
        typer.Argument(metavar="QUESTION", help="A question, or - to read questions, one a line."),
    ],
    index: IndexOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole answer as JSON.")
    ] = False,
    model: ModelOption = None,
) -> None:
    """Answer a question about the current article, or about those of an index."""
    # One question is too little work to share out; threads would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rag.pipeline import checked

    if question == "-":
        with closing(_open(index, model)) as chatbot:
            _answer_lines(chatbot)
        return
    asked = checked(question)  # before an index is opened, or even built
    with closing(_open(index, model)) as chatbot:
        answer = chatbot.ask(asked)
    if as_json:
        _print_json(answer.to_json())
        return
    from ui.present import terminal

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    _print(terminal(answer, width=width))


@app.command()
def chat(
    index: IndexOption = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="The port; otherwise the first free one from 7860.", min=1, max=65535),
    ] = None,
    model: ModelOption = None,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="NAME:PASSWORD",
            envvar="FOOTNOTE_AUTH",
            show_envvar=True,
            help="Let only those in who log in. Needed with a --host that others can reach.",
        ),
    ] = None,
) -> None:
    """Chat in the browser: about your articles, or about an index."""
    from ui.shelf import Shelf
    from ui.web import login, serve

    name_and_password = login(auth) if auth else None
    with closing(Shelf(index, _settings(model))) as shelf:
        shelf.check()
        if index is None:
            from ingest.library import Library

            _say(f"the current article is {_described(Library().current())}")
        serve(
            shelf,
            host,
            port,
            auth=name_and_password,
            ready=lambda address: _say(f"chatting at {address} (Ctrl-C ends it)"),
        )


@app.command()
def verify(
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWER.json",
            help="What ask --json or ask - wrote, or a conversation exported as HTML; - for standard input.",
        ),
    ],
    index: IndexOption = None,
) -> None:
    """Hold answers against the article: every quote, cell, number and name. Exit code 3 if one fails."""
    from rag.pipeline import check

    found = list(_answers(answers))
    if not any(answer for _, answer in found):
        raise FootnoteError(f"{_named(answers)} holds no answer; {_WRITE_ONE}")
    with closing(_open(index)) as chatbot:
        documents = chatbot.documents
    known = {document.id for document in documents}
    holds = True
    for line, answer in found:
        where = f"line {line}: " if len(found) > 1 else ""
        if answer is None:
            _say(f"{where}an error and no answer, passed over")
            continue
        strange = [c.document_name for c in answer.citations if c.document_id not in known]
        if strange:  # nothing that it says can be held against a text that is not here
            holds = False
            _print(
                f"{where}{_clean(strange[0])} is not in this index, or its text has changed; read it in with: "
                "footnote ingest FILE, or choose its index with --index DIR or: footnote articles use KEY"
            )
            continue
        verification = check(answer, documents)
        holds &= verification.holds
        failed = len(verification.failures)
        held = len(verification.checks) - failed
        fails = f", {failed} {'does' if failed == 1 else 'do'} not:" if failed else ""
        _print(f"{where}{_count(held, 'check')} {'holds' if held == 1 else 'hold'}{fails}")
        for failure in verification.failures:
            _print(_clean(f"  {failure.what}: {failure.detail}"))
    if not holds:
        raise typer.Exit(NOT_VERIFIED)


@app.command("eval")
def _evaluate(
    golds: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[GOLD...]", help="Gold questions, JSON Lines; ours, on the shipped edition."
        ),
    ] = None,
    index: IndexOption = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Compare with a stored run; exit code 3 if it was better."
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Store this run as a baseline with floors.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run goes; a folder in eval-runs.")
    ] = None,
    retrieval: Annotated[
        bool, typer.Option("--retrieval", help="Measure also at which rank the evidence comes.")
    ] = False,
    generate: Annotated[
        Path | None,
        typer.Option(metavar="ARTICLE", help="Print gold questions made from an article's tables."),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Of --generate: the same seed, the same questions.")
    ] = 0,
    most: Annotated[
        int | None, typer.Option(help="Of --generate: at most so many questions.", min=1)
    ] = None,
    promote: Annotated[
        Path | None,
        typer.Option(
            metavar="GOLD", help="Turn answers that were rated bad in the chat into gold questions."
        ),
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of --promote: the log, if not your chat's.")
    ] = None,
) -> None:
    """Measure how right the answers are: run gold questions, write a report, hold a gate."""
    from eval import command
    from eval.schema import FILES

    if generate is not None:
        for line in command.generated(generate, seed=seed, most=most):
            _print_json(line)
        return
    if promote is not None:
        _promote(promote, feedback, index)
        return
    from dataclasses import asdict

    from rag.settings import Settings

    settings = {**asdict(Settings.from_env()), "index": str(index or "")}
    with (
        closing(_open(index) if index or golds else _open_edition()) as chatbot,
        _progress() as show,
    ):
        done, comparison, folder = command.evaluate(
            chatbot,
            golds or FILES,
            folder=out,
            baseline=baseline,
            write_baseline=write_baseline,
            retrieval=retrieval,
            settings=settings,
            progress=show,
        )
    for line in command.in_words(done, comparison):
        _print(_clean(line))
    _print(_clean(f"report: {folder / 'report.html'}"))
    if comparison is not None and not comparison.holds:
        raise typer.Exit(NOT_VERIFIED)


def _promote(golds: Path, feedback: Path | None, index: Path | None) -> None:
    """Ask for what the bad answers of the feedback log should have said."""
    from eval.promote import promote
    from ingest.library import home

    def asked(prompt: str) -> str:
        print(_clean(prompt), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line

    with closing(_open(index)) as chatbot:
        log = feedback or home() / "feedback.jsonl"
        added = [gold.id for gold in promote(log, golds, chatbot.documents, asked)]
    _print(f"{_count(len(added), 'question')} added to {_clean(str(golds))}")


@articles.callback(invoke_without_command=True)
def _list_articles(context: typer.Context) -> None:
    if context.invoked_subcommand is not None:
        return
    from ingest.library import Library

    entries = Library().entries()
    widest = max(len(entry.name) for entry in entries)
    for number, entry in enumerate(entries, 1):
        mark = "*" if entry.current else " "
        _print(f"{mark} {number:>2}  {entry.name:<{widest}}  {_clean(_summary(entry))}")


@articles.command("use")
def _use(key: KeyArgument) -> None:
    """Make an article the current one; `edition` is the one that comes with Footnote."""
    from ingest.library import Library

    _print(f"current article: {_described(Library().choose(key))}")


@articles.command("remove")
def _remove(
    key: KeyArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete the index of an article. Its file stays where it is."""
    from ingest.library import Library

    library = Library()
    entry = library.find(key)
    if not yes:
        if not sys.stdin.isatty():
            raise FootnoteError(f"to remove {entry.name} without being asked, add --yes")
        if not typer.confirm(f"Remove {_described(entry)}?", err=True):
            return
    library.remove(entry.name)
    _print(f"removed {entry.name}; current article: {_described(library.current())}")


def _open(index: Path | None, model: str | None = None) -> Chatbot:
    """The chatbot over an index, or over the current article, which is then named on standard error."""
    from ingest.library import EDITION, Library
    from rag.pipeline import Chatbot

    settings = _settings(model)
    if index is None:
        current = Library().current()
        _say(f"the current article is {_described(current)}")
        index = None if current.name == EDITION else current.path
    with _progress() as progress:
        return Chatbot.open(index, settings=settings, progress=progress)


def _settings(model: str | None) -> Settings:
    """Those of the environment, with the chat model that was named."""
    from rag.settings import Settings

    settings = Settings.from_env()
    return settings if model is None else replace(settings, model=model)


def _open_edition() -> Chatbot:
    from rag.pipeline import Chatbot
    from rag.settings import Settings

    with _progress() as progress:
        return Chatbot.open(settings=Settings.from_env(), progress=progress)


def _answer_lines(chatbot: Chatbot) -> None:
    """Answer each line of standard input that is not blank with a JSON line, at once.

    A bad question does not stop us.
    """
    wrong = 0
    for line in sys.stdin.buffer:
        question = line.rstrip(b"\r\n").decode("utf-8", "replace").removeprefix("\ufeff")
        if not question.strip():
            continue
        try:
            line.decode("utf-8")
            _print_json(chatbot.ask(question).to_json())
        except (FootnoteError, UnicodeDecodeError) as error:
            wrong += 1
            text = str(error) if isinstance(error, FootnoteError) else "the question is not UTF-8"
            _print_json(json.dumps({"question": question, "error": text}, ensure_ascii=False))
    if wrong:
        _say(f"{wrong} of the questions could not be asked")
        raise typer.Exit(INPUT)


def _answers(path: Path) -> Iterator[tuple[int, Answer | None]]:
    """The answers of a file that holds one, or one a line; None for a line that tells of an error."""
    from rag.answer import Answer
    from ui.export import answers_in, check_unchanged

    text = _read_text(path)
    exported = answers_in(text)
    if exported is not None:
        pieces = list(enumerate(exported, 1))
    elif _is_json(text):
        pieces = [(1, text)]
    else:
        pieces = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(pieces) < 2 or not _is_json(pieces[0][1]):
            raise FootnoteError(f"{_named(path)} is not JSON; {_WRITE_ONE}")
    for line, piece in pieces:
        try:
            yield line, None if _tells_of_error(piece) else Answer.from_json(piece)
        except ValueError as error:
            raise FootnoteError(f"{_named(path)}, line {line}, is not an answer: {error}") from None
    if exported is not None:
        check_unchanged(text, [Answer.from_json(piece) for piece in exported])


def _read_text(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FootnoteError(f"{_named(path)} is not JSON: it is not UTF-8") from None
    except OSError as error:
        raise FootnoteError(f"{path} cannot be read: {error.strerror}; check the path") from None


def _named(path: Path) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is_json(text: str) -> bool:
    with suppress(ValueError, RecursionError):
        json.loads(text)
        return True
    return False


def _tells_of_error(text: str) -> bool:
    """Whether it is what `ask -` writes for a question that cannot be asked."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        return isinstance(value, dict) and set(value) == {"question", "error"}
    return False


def _summary(entry: Entry) -> str:
    if entry.damaged:
        return "damaged or unfinished; ingest its file again, or remove it"
    names = ", ".join(entry.documents)
    return f"{entry.title} [{names}]" if names else entry.title


def _described(entry: Entry) -> str:
    return _clean(f"{entry.name}: {_summary(entry)}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        from ingest.build import silent

        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what)
            bar.update(tasks[what], completed=done, total=total)

        yield show


def _print(text: str) -> None:
    print(text, flush=True)


def _print_json(text: str) -> None:
    """JSON is UTF-8, whatever encoding the terminal or the pipe was given."""
    _reconfigure(sys.stdout, encoding="utf-8", errors="replace")
    _print(text)


def _say(text: str) -> None:
    """One line on standard error."""
    with suppress(OSError):
        print("footnote:", " ".join(_clean(text).split()), file=sys.stderr, flush=True)


class _Saying(logging.Handler):
    """Says what the packages below log, one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        _say(record.getMessage())


_SAYING = _Saying(logging.WARNING)


def _say_warnings() -> None:
    for package in ("ingest", "rag"):
        logging.getLogger(package).addHandler(_SAYING)  # the same one is added only once


def _clean(text: str) -> str:
    from ui.present import clean

    return clean(text)


def _usage_error(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "footnote"
    message = error.format_message()
    if message.startswith("Usage:"):  # no arguments were given at all: help, not a fault to explain
        print(message, file=sys.stderr)
    else:
        _say(f"{message.rstrip('.')}; see {path} --help")
    return INPUT


def _fault(error: Exception, text: str, code: int) -> int:
    if _debugging():
        traceback.print_exception(error)
    _say(text)
    return code


def _debugging() -> bool:
    return os.environ.get("FOOTNOTE_DEBUG", "") not in {"", "0"}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("footnote")
    except PackageNotFoundError:
        return "(not installed)"


def _never_fail_to_print() -> None:
    """A console with a narrow encoding shows a replacement and does not end the program."""
    for stream in (sys.stdout, sys.stderr):
        _reconfigure(stream, errors="replace")


def _reconfigure(stream: object, **options: str) -> None:
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(**options)


def _discard_output() -> None:
    """Let the interpreter's last flush go nowhere: nobody reads it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
