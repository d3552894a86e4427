"""Fills a site to size and measures it: `python -m tests.bench`. Source: docs/performance.md."""
