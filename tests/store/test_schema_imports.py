"""What making and upgrading a store loads."""

from __future__ import annotations

import subprocess
import sys


def test_pandas_is_not_loaded_with_the_tables_and_can_be_afterwards() -> None:
    code = """
import sys
from importlib.util import find_spec
from semspace.store import schema
assert not [name for name in sys.modules if name.split(".")[0] == "pandas"]
assert schema.Database.__module__ in sys.modules
if find_spec("pandas"):
    import pandas
    assert pandas.__version__
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
