"""``python -m animegan.page``: the same as ``python -m animegan page``."""

import runpy
import sys

if __name__ == "__main__":
    sys.argv.insert(1, "page")
    runpy.run_module("animegan", run_name="__main__", alter_sys=True)
