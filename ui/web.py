"""The chat in the browser: a plain page over a `Chatbot`, served on this machine only.

Gradio is imported late, for it takes seconds, and after its telemetry has been turned off.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ingest.errors import FootnoteError, SettingError
from rag.answer import Turn
from ui.present import escape_markdown, markdown

if TYPE_CHECKING:
    import gradio as gr

    from rag.pipeline import Chatbot

Message = dict[str, Any]
_FONTS = ("system-ui", "sans-serif")
_FONTS_MONO = ("ui-monospace", "monospace")


# Gradio reads this once, when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


def build(chatbot: Chatbot) -> gr.Blocks:
    """The page. Its one endpoint, `/ask`, takes a question and returns the conversation."""
    import gradio as gr

    names = ", ".join(document.name for document in chatbot.documents)
    page = gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True)
    with page:
        gr.Markdown(f"## Footnote\nAnswers from {escape_markdown(names)}, each with its citations.")
        conversation = gr.Chatbot(
            show_label=False, scale=1, latex_delimiters=[], allow_tags=False, buttons=["copy"]
        )
        turns = gr.State(())
        box = gr.Textbox(show_label=False, placeholder="Ask about the article", autofocus=True)
        box.submit(
            lambda question, shown, past: _answer(chatbot, question, shown, past),
            [box, conversation, turns],
            [box, conversation, turns],
            api_name="ask",
            concurrency_limit=1,
        )
        conversation.clear(lambda: (), None, turns, api_visibility="private")
    return page


def serve(
    chatbot: Chatbot,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until Ctrl-C (`KeyboardInterrupt`); `ready` is given its address.

    Without a port, the first free one from 7860. The browser opens only for a person at a terminal.
    Raises `SettingError` where the host or the port cannot be used.
    """
    import gradio as gr

    page = build(chatbot)
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=_has_browser(),
            prevent_thread_lock=True,
            quiet=True,
            ssr_mode=False,
            footer_links=[],
            theme=gr.themes.Default(font=_FONTS, font_mono=_FONTS_MONO),
        )
    except OSError:
        place = host if port is None else f"{host}, port {port}"
        raise SettingError(
            f"the chat cannot be served at {place}; name another --port or --host"
        ) from None
    try:
        if ready is not None:
            ready(address)
        while True:
            time.sleep(1)
    finally:
        page.close(verbose=False)


def _answer(
    chatbot: Chatbot, question: str, shown: list[Message], past: tuple[Turn, ...]
) -> tuple[str, list[Message], tuple[Turn, ...]]:
    try:
        answer = chatbot.ask(question, history=past)
    except FootnoteError as error:
        said = escape_markdown(str(error))
    else:
        said = markdown(answer)
        past = (*past, (question, answer.text))
    new = [
        {"role": "user", "content": escape_markdown(question)},
        {"role": "assistant", "content": said},
    ]
    return "", [*shown, *new], past


def _has_browser() -> bool:
    screen = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return screen and sys.stderr.isatty()
