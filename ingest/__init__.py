"""From an article's file to an index that can be asked."""
