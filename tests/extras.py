"""What `make test-extras` prints first: which optional packages are absent, the extra of each, what is not tested then.

python -m tests.extras
"""

from __future__ import annotations

import shutil
from importlib.metadata import version
from importlib.util import find_spec

EXTRAS = {  # package: its extra, what needs it
    "scipy": ("special", "optimisers; special functions of the generated code against SciPy's"),
    "jax": ("jax", "the JAX back end, `check` by JAX, JAX in the stability table"),
    "torch": ("torch", "the PyTorch back end, `check` by PyTorch"),
    "matplotlib": ("plot", "pictures of `plot` and `check` in files"),
}


def report() -> list[str]:
    """A line for each package, and one for the C compiler."""
    rows = []
    for package, (extra, use) in EXTRAS.items():
        if find_spec(package) is None:
            rows.append(f"absent: {package} (extra `{extra}`); skipped: {use}")
        else:
            rows.append(f"found:  {package} {version(package)}")
    compiler = shutil.which("gcc")
    rows.append("found:  gcc" if compiler else "absent: gcc; skipped: compiling generated C")
    return rows


if __name__ == "__main__":
    print("\n".join(report()))
