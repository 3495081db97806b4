"""What `make test` runs before the tests: format, lint, types, import rules."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

from .console import SetupError, step
from .processes import environment
from .programs import run
from .settings import CHECKOUT, Stack


def run_all(stack: Stack) -> None:
    """Run every check that needs no server.

    Raises:
        SetupError: a check failed; the message holds its output.
    """
    tree = unpack_wheel(stack)
    variables = environment(stack) | {"PYTHONPATH": str(tree), "RUFF_CACHE_DIR": str(stack.var / "cache" / "ruff")}
    checks = {
        "ruff check": [stack.program("ruff"), "check", str(CHECKOUT)],
        "ruff format": [stack.program("ruff"), "format", "--check", str(CHECKOUT)],
        "import-linter": [stack.program("lint-imports"), "--no-cache", "--config", str(CHECKOUT / "pyproject.toml")],
        "pyright": [stack.program("pyright"), "--project", write_pyright_settings(stack, tree)],
    }
    for name, command in checks.items():
        with step(name):
            run(command, stack.logs / f"{name.replace(' ', '-')}.log", variables, cwd=tree.parent)


def unpack_wheel(stack: Stack) -> Path:
    """Build the wheel and unpack it: a tree with every package in its place, for the tools that read files."""
    dist = stack.home / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    build = dist / "build"
    build.mkdir(parents=True)
    with step("Building the wheel"):
        variables = environment(stack) | {"SATUDATA_BUILD": str(build)}
        command = [stack.program("uv"), "build", "--wheel", "--out-dir", str(dist), str(CHECKOUT)]
        run(command, stack.logs / "wheel.log", variables)
    wheels = list(dist.glob("*.whl"))
    if len(wheels) != 1:
        raise SetupError(f"one wheel was expected in {dist}, {len(wheels)} found")
    tree = dist / "tree"
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(tree)
    return tree


def write_pyright_settings(stack: Stack, tree: Path) -> str:
    """Write pyright's settings for the unpacked wheel; what the checkout decides stands in config/pyright.json."""
    settings = json.loads((CHECKOUT / "config" / "pyright.json").read_text(encoding="utf-8"))
    path = tree.parent / "pyrightconfig.json"
    sources = [os.path.relpath(folder, path.parent) for folder in (tree, CHECKOUT / "config" / "satudata_local")]
    stubs = os.path.relpath(CHECKOUT / "config" / "typings", path.parent)
    settings |= {"include": sources, "stubPath": stubs, "venvPath": str(stack.var), "venv": "venv"}
    path.write_text(json.dumps(settings), encoding="utf-8")
    return str(path)
