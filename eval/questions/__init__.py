"""What can be asked about a table, and in which words: the parts of `eval.generate`."""
