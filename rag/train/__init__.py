"""How the numbers that answering uses were learned; the data is given by path, and is no part of it."""
