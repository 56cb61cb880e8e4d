"""python -m semspace."""

from __future__ import annotations

import sys

from semspace.cli import main

if __name__ == "__main__":
    sys.exit(main())
