"""File name -> programming language."""

from __future__ import annotations

import re

_SUFFIXES = {
    "Ada": "ada adb ads", "Assembly": "asm s", "Awk": "awk", "Batch": "bat cmd", "C": "c h", "C#": "cs csx",
    "C++": "cc cpp cxx c++ hh hpp hxx inl ipp", "CSS": "css scss sass less styl", "Clojure": "clj cljs cljc edn",
    "CMake": "cmake", "COBOL": "cob cbl", "CoffeeScript": "coffee", "Crystal": "cr", "CUDA": "cu cuh",
    "Cython": "pyx pxd", "D": "d", "Dart": "dart", "Diff": "diff patch", "Dockerfile": "dockerfile",
    "Elixir": "ex exs", "Elm": "elm", "Emacs Lisp": "el", "Erlang": "erl hrl", "F#": "fs fsx fsi",
    "Fortran": "f f77 f90 f95 f03 f08 for", "GLSL": "glsl vert frag", "Go": "go", "GraphQL": "graphql gql",
    "Groovy": "groovy gradle", "HCL": "tf hcl tfvars", "Haskell": "hs lhs",
    "INI": "ini cfg conf cnf properties env service desktop editorconfig", "Java": "java",
    "JavaScript": "js mjs cjs jsx", "Julia": "jl", "Kotlin": "kt kts", "Lisp": "lisp lsp cl", "Lua": "lua",
    "Makefile": "mk mak", "Nim": "nim", "Nix": "nix", "OCaml": "ml mli", "Objective-C": "m mm", "PHP": "php phtml",
    "Pascal": "pas pp", "Perl": "pl pm t", "PowerShell": "ps1 psm1", "Prolog": "pro", "Protocol Buffers": "proto",
    "Puppet": "epp", "Python": "py pyi pyw", "R": "r", "Racket": "rkt", "Ruby": "rb rake gemspec", "Rust": "rs",
    "SQL": "sql ddl", "Scala": "scala sc", "Scheme": "scm ss", "Shell": "sh bash zsh fish ksh", "Solidity": "sol",
    "Starlark": "bzl", "Svelte": "svelte", "Swift": "swift", "SystemVerilog": "sv svh", "TOML": "toml",
    "Tcl": "tcl", "Template": "j2 jinja jinja2 tmpl tpl erb ejs hbs mustache", "TypeScript": "ts tsx mts cts",
    "VHDL": "vhd vhdl", "Verilog": "v", "Vim script": "vim", "Visual Basic": "vb vbs bas", "Vue": "vue",
    "YAML": "yaml yml", "Zig": "zig",
}  # fmt: skip
_NAMES = {
    "makefile": "Makefile", "gnumakefile": "Makefile", "dockerfile": "Dockerfile", "containerfile": "Dockerfile",
    "cmakelists.txt": "CMake", "rakefile": "Ruby", "gemfile": "Ruby", "vagrantfile": "Ruby", "jenkinsfile": "Groovy",
    "justfile": "Makefile", "build.bazel": "Starlark", ".bashrc": "Shell", ".zshrc": "Shell", ".profile": "Shell",
    ".vimrc": "Vim script", ".gitconfig": "INI",
}  # fmt: skip
_SHEBANGS = {
    "python": "Python", "bash": "Shell", "sh": "Shell", "zsh": "Shell", "dash": "Shell", "ksh": "Shell", "fish": "Shell",
    "node": "JavaScript", "deno": "TypeScript", "perl": "Perl", "ruby": "Ruby", "php": "PHP", "lua": "Lua", "awk": "Awk",
    "rscript": "R", "tclsh": "Tcl",
}  # fmt: skip
_BY_SUFFIX = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_SHEBANG = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?([A-Za-z]+)")


def language_of(path: str, head: bytes = b"") -> str | None:
    """Return the programming language that a file's name, or its first line, tells; None where neither does."""
    name = path.rpartition("/")[2].lower()
    if language := _NAMES.get(name):
        return language
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and (language := _BY_SUFFIX.get(suffix)):
        return language
    if not dot and (match := _SHEBANG.match(head)):
        return _SHEBANGS.get(match[1].decode("ascii").lower())
    return None
