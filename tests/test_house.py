"""The rules of the house that a program can see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import semspace
from semspace import errors

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for path in (ROOT / "semspace").rglob("*.py") if "samples" not in path.parts)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_has_a_docstring_and_a_name_that_says_something(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(tree) or path.name == "__main__.py"
    assert not re.search(r"util|helper|manager|^base|common|misc", path.stem)
    long = [f"{node.name}: {node.end_lineno - node.lineno + 1}" for node in functions(tree) if body_lines(node) > 40]
    assert long == []


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines without its docstring."""
    assert node.end_lineno is not None
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    return node.end_lineno - node.lineno + 1 - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)  # type: ignore[operator]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_function_and_class_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    nodes += [inner for node in classes for inner in node.body if isinstance(inner, ast.FunctionDef)]
    public = [node for node in nodes if not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def test_similarity_only() -> None:
    word = "dist" + "ance"
    for path in [*MODULES, ROOT / "README.md"]:
        assert word not in path.read_text(encoding="utf-8").lower(), path


def test_nothing_names_a_machine_or_a_registry() -> None:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    forbidden = re.compile(r"(?<![\w.])/(work|farm|opt/wheels)/|py" + r"pi\.org|files\.python" + r"hosted|/ro" + r"ot/")
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".faiss"}:
            assert not forbidden.search(path.read_text(encoding="utf-8", errors="replace")), name


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert semspace.__all__ == sorted(semspace.__all__)
    for name in semspace.__all__:
        assert getattr(semspace, name).__doc__
    assert set(semspace.__all__) <= set(dir(semspace))
    with pytest.raises(AttributeError):
        _ = semspace.no_such_name  # type: ignore[attr-defined]


def test_every_error_stands_in_the_tree_of_the_docstring() -> None:
    drawn = re.findall(r"[├└]── (\w+)", str(errors.__doc__))
    classes = [name for name, value in vars(errors).items() if isinstance(value, type) and name != "SemspaceError"]
    assert drawn == classes
    kinds = [getattr(errors, name).kind for name in classes]
    assert len(set(kinds)) == len(kinds)


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == semspace.__version__


def test_importing_the_package_imports_nothing_of_others() -> None:
    code = "import sys; before = set(sys.modules); import semspace; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"semspace"}
    assert foreign == set()


def test_no_module_has_the_name_of_what_its_package_gives() -> None:
    """Python puts a module that is imported into its package, there in the place of a function of the same name."""
    clashes = []
    for path in MODULES:
        if path.name == "__init__.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            given = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
            package = ".".join(path.parent.relative_to(ROOT).parts)
            # A module that the package imports as such is itself.
            imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != package]
            given |= {alias.asname or alias.name for node in imports for alias in node.names}
            clashes += [str(other) for other in path.parent.glob("*.py") if other.stem in given]
    assert clashes == []


def test_an_assert_only_tells_the_types_what_is_known() -> None:
    """Under `python -O` there are none: what comes from outside is checked by real exceptions."""
    asserted = []
    for path in MODULES:
        if "bench" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assert):
                told = ast.unparse(node.test)
                if not re.fullmatch(r"[\w.]+ is not None|isinstance\([\w.]+, [\w.]+\)", told):
                    asserted.append(f"{path.name}:{node.lineno}: {told}")
    assert asserted == []


def test_no_two_files_of_tests_have_one_name() -> None:
    # pytest imports them by their names alone.
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
