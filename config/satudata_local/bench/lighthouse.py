"""Pages as Lighthouse sees them: on a slow phone with a slow network, as its own model of both has it."""

from __future__ import annotations

import json
import os
import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..programs import CONFIG, digest, done_before, npm_ci, run_node
from ..settings import Stack

SOURCE = CONFIG / "lighthouse"
CLI = "node_modules/lighthouse/cli/index.js"
CATEGORIES = ("performance", "accessibility", "best-practices")
CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"


@dataclass(frozen=True)
class Seen:
    """What Lighthouse says of a page.

    Attributes:
        paint_seconds: until the largest thing in sight was painted (LCP).
        shift: by how much things in sight moved (CLS).
        kb: what was sent, as it was sent, in kB.
        scores: of `CATEGORIES`, out of 100.
        faults: titles of what it finds wrong in accessibility and best practices.
    """

    paint_seconds: float
    shift: float
    kb: float
    scores: tuple[int, ...]
    faults: tuple[str, ...] = ()


def install(stack: Stack) -> None:
    """Fetch Lighthouse from npm as it is locked, if it is not there."""
    work, stamp, wanted = stack.var / "lighthouse", stack.var / "lighthouse.done", digest(SOURCE)
    if not done_before(stamp, wanted):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(SOURCE, work)
        npm_ci(stack, work)
        stamp.write_text(wanted, encoding="utf-8")


def look(stack: Stack, address: str) -> Seen:
    """Look at a page once."""
    work, report = stack.var / "lighthouse", stack.home / "tmp" / "lighthouse.json"
    options = ["--output=json", f"--output-path={report}", "--quiet", f"--chrome-flags={FLAGS}"]
    chromium = {"CHROME_PATH": os.environ.get("SATUDATA_CHROMIUM", CHROMIUM)}
    run_node(stack, work, "node", CLI, address, f"--only-categories={','.join(CATEGORIES)}", *options, more=chromium)
    return seen(json.loads(report.read_text(encoding="utf-8")))


def seen(report: dict[str, Any]) -> Seen:
    """Return what a report of Lighthouse says."""
    audits = report["audits"]
    scores = tuple(round(100 * report["categories"][name]["score"]) for name in CATEGORIES)
    judged = {one["id"] for name in CATEGORIES[1:] for one in report["categories"][name]["auditRefs"] if one["weight"]}
    return Seen(
        audits["largest-contentful-paint"]["numericValue"] / 1000,
        audits["cumulative-layout-shift"]["numericValue"],
        audits["total-byte-weight"]["numericValue"] / 1000,
        scores,
        tuple(audits[name]["title"] for name in sorted(judged) if audits[name]["score"] == 0),
    )


def median(looks: Sequence[Seen]) -> Seen:
    """Return the medians of several looks at a page, and what one of them found wrong."""
    return Seen(
        statistics.median(one.paint_seconds for one in looks),
        statistics.median(one.shift for one in looks),
        statistics.median(one.kb for one in looks),
        tuple(round(statistics.median(scores)) for scores in zip(*(one.scores for one in looks), strict=True)),
        tuple(sorted({fault for one in looks for fault in one.faults})),
    )
