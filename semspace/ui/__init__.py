"""Records -> Rich renderables, and the plain formats.

A renderable is a value: print it on a console that `console.open_console` made. Whatever came out of a file, a file name or
a command line passes `safe.safe_text` first. The plain formats (json, jsonl, paths, grep) import nothing of Rich.
"""
