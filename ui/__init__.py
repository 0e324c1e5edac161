"""Answers on the screen: the command line, the browser, and how an answer is written down."""
