"""The WSGI application for a production server; CKAN_INI names the configuration file."""

from __future__ import annotations

import ctypes
import gc
import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from werkzeug.test import Client

from ckanext.satudatapmi.publication import fragments, versions, words
from ckanext.satudatapmi.publication.http import static
from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.schemas import wire

application = static.serve(make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config()))

AHEAD = ("/data.json?per_page=1", "/catalog.ttl?per_page=1", "/", "/dataset/")


def _read_ahead() -> None:
    """Read what a process reads once before its first visitor comes, who would wait for it."""
    for read in (words.document, wire.dataset_fields, wire.resource_fields, wilayah.spellings, negara.spellings):
        read()
    versions.code_version(*fragments.ROOMS)


def answer_ahead() -> None:
    """Ask for two pages and for a dataset of two feeds ourselves; the web server calls this in each process.

    Whoever asks first would wait until the process has connected to the servers and compiled its statements and its
    templates. Where the servers refuse, this comes to nothing, as for a visitor, and the process starts all the same.
    It comes after a fork: processes must not share connections.
    """
    visitor = Client(application)
    for address in AHEAD:
        visitor.head(address, buffered=True)


_read_ahead()
# What is loaded now stays; the garbage collector need not go through it again and again (docs of `gc.freeze`).
gc.collect()
gc.freeze()
# glibc would keep what loading has freed.
if give_back := getattr(ctypes.CDLL(None), "malloc_trim", None):
    give_back(0)
