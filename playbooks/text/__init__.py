"""Markdown in; safe HTML, sections and items out. Pure: no database, no request, no settings."""
